// The base map: water, land with a soft shore, coast and borders; kept on a canvas of its own until view or theme change.
const SHORE_PX = 7;

// Strokes a whole path, or those of its pieces that are in view.
function strokeBase(ctx, s, lines) {
  if (!Array.isArray(lines)) {
    ctx.stroke(lines);
    return;
  }
  const [wide, high] = [s.w / 2 / s.view.k, s.h / 2 / s.view.k];
  for (const { path, west, east, south, north } of lines) {
    if (east > s.view.x - wide && west < s.view.x + wide && north > s.view.y - high && south < s.view.y + high) ctx.stroke(path);
  }
}

function baseTransform(ctx, s) {
  const k = s.view.k * s.dpr;
  ctx.setTransform(k, 0, 0, -k, (s.w / 2) * s.dpr - s.view.x * k, (s.h / 2) * s.dpr + s.view.y * k);
}

function drawBase(s) {
  const ctx = s.baseLayer.getContext("2d");
  const { palette } = s;
  const base = s.scene.base;
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.globalAlpha = 1;
  ctx.fillStyle = base.box ? palette.water : palette.land;
  ctx.fillRect(0, 0, s.baseLayer.width, s.baseLayer.height);
  if (!base.box) return;
  const lines = s.view.k < COARSE_BELOW_PX ? base.coarse : base.fine;
  const px = 1 / s.view.k;
  ctx.save();
  baseTransform(ctx, s);
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  ctx.strokeStyle = palette.coast;
  ctx.globalAlpha = s.dark ? 0.16 : 0.2;
  ctx.lineWidth = (s.view.k < COARSE_BELOW_PX ? SHORE_PX / 2 : SHORE_PX) * px;
  strokeBase(ctx, s, lines.coast);
  ctx.globalAlpha = 1;
  ctx.fillStyle = palette.land;
  ctx.fill(lines.land, "evenodd");
  ctx.strokeStyle = palette.coast;
  ctx.lineWidth = 0.9 * px;
  strokeBase(ctx, s, lines.coast);
  ctx.strokeStyle = palette.border;
  ctx.globalAlpha = 0.7;
  ctx.lineWidth = 0.9 * px;
  ctx.lineCap = "butt";
  ctx.setLineDash([4 * px, 3 * px]);
  strokeBase(ctx, s, lines.border);
  ctx.restore();
  drawNeatLine(ctx, s);
}

// Beyond the edge of the base map there is nothing to show: plain paper and a thin line around what is known.
function drawNeatLine(ctx, s) {
  const { west, east, south, north } = s.scene.base.box;
  const [left, right] = [screenX(s, west), screenX(s, east)];
  const [top, bottom] = [screenY(s, north), screenY(s, south)];
  if (left <= 0 && right >= s.w && top <= 0 && bottom >= s.h) return;
  ctx.setTransform(s.dpr, 0, 0, s.dpr, 0, 0);
  ctx.fillStyle = s.palette.paper;
  ctx.beginPath();
  ctx.rect(-1, -1, s.w + 2, s.h + 2);
  ctx.rect(left, top, right - left, bottom - top);
  ctx.fill("evenodd");
  ctx.strokeStyle = s.palette.coast;
  ctx.lineWidth = 1;
  ctx.strokeRect(left, top, right - left, bottom - top);
}
