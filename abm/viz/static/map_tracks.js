// Where each link runs on the screen: its line, moved aside where links share a place, and points along it.
const BUNDLE_GAP_PX = 1.4;

function layTracks(s) {
  const { links, bundles } = s.scene;
  if (!s.tracks) {
    s.tracks = links.map((link) => ({ n: link.xs.length, px: new Float32Array(link.xs.length), py: new Float32Array(link.xs.length), length: 0, seen: false }));
  }
  for (const members of bundles) {
    let whole = BUNDLE_GAP_PX * (members.length - 1);
    for (const { row } of members) whole += s.strokes[row].width;
    let edge = -whole / 2;
    for (const { row, side } of members) {
      const width = s.strokes[row].width;
      layTrack(s, links[row], s.tracks[row], side * (edge + width / 2));
      edge += width + BUNDLE_GAP_PX;
    }
  }
}

function layTrack(s, link, track, aside) {
  const { xs, ys } = link;
  const { px, py, n } = track;
  let [west, east, north, south] = [Infinity, -Infinity, Infinity, -Infinity];
  track.length = 0;
  for (let i = 0; i < n; i++) {
    let x = screenX(s, xs[i]);
    let y = screenY(s, ys[i]);
    if (aside) {
      const a = Math.max(i - 1, 0);
      const b = Math.min(i + 1, n - 1);
      const dx = xs[b] - xs[a];
      const dy = ys[a] - ys[b];
      const far = Math.hypot(dx, dy) || 1;
      x += (-dy / far) * aside;
      y += (dx / far) * aside;
    }
    px[i] = x;
    py[i] = y;
    if (x < west) west = x;
    if (x > east) east = x;
    if (y < north) north = y;
    if (y > south) south = y;
    if (i) track.length += Math.hypot(x - px[i - 1], y - py[i - 1]);
  }
  track.seen = east > -20 && west < s.w + 20 && south > -20 && north < s.h + 20;
}

// Point and heading at a share of a link's length, written into `out` (no garbage while 600 movers run).
function along(s, row, share, out) {
  const link = s.scene.links[row];
  const { px, py, n } = s.tracks[row];
  let i = 1;
  while (i < n - 1 && link.share[i] < share) i++;
  const span = link.share[i] - link.share[i - 1];
  const t = span > 0 ? clamp((share - link.share[i - 1]) / span, 0, 1) : 0;
  const dx = px[i] - px[i - 1];
  const dy = py[i] - py[i - 1];
  const far = Math.hypot(dx, dy) || 1;
  out.x = px[i - 1] + dx * t;
  out.y = py[i - 1] + dy * t;
  out.ux = dx / far;
  out.uy = dy / far;
  return out;
}

function traceTrack(ctx, track) {
  const { px, py, n } = track;
  ctx.moveTo(px[0], py[0]);
  for (let i = 1; i < n; i++) ctx.lineTo(px[i], py[i]);
}

function distanceToTrack(track, x, y) {
  let least = Infinity;
  for (let i = 1; i < track.n; i++) {
    const ax = track.px[i - 1];
    const ay = track.py[i - 1];
    const dx = track.px[i] - ax;
    const dy = track.py[i] - ay;
    const square = dx * dx + dy * dy;
    const t = square > 0 ? clamp(((x - ax) * dx + (y - ay) * dy) / square, 0, 1) : 0;
    least = Math.min(least, Math.hypot(x - ax - t * dx, y - ay - t * dy));
  }
  return least;
}
