// The legend says exactly what is drawn now; it is built anew only when that changes.
const tag = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const NODE_KEYS = { city: "city", port: "port", border: "border", junction: "junction", zone: "far market" };
const STATUS_KEYS = { 0: "closed", 2: "planned", 3: "being built", 4: "shut by incident" };

// A small canvas with one drawn sign: the legend's signs come from the same code as the map's.
function sign(s, width, height, draw) {
  const canvas = tag("canvas", "cv-map-sign");
  canvas.width = Math.round(width * s.dpr);
  canvas.height = Math.round(height * s.dpr);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.setAttribute("aria-hidden", "true");
  const ctx = canvas.getContext("2d");
  ctx.scale(s.dpr, s.dpr);
  ctx.lineCap = "round";
  draw(ctx, width, height);
  return canvas;
}

function line(ctx, width, y, { colour, thick, dash, alpha, cap }) {
  ctx.globalAlpha = alpha || 1;
  ctx.strokeStyle = colour;
  ctx.lineWidth = thick;
  ctx.lineCap = cap || "butt";
  ctx.setLineDash(dash || []);
  ctx.beginPath();
  ctx.moveTo(2, y);
  ctx.lineTo(width - 2, y);
  ctx.stroke();
}

function entry(picture, text) {
  const made = tag("span", "cv-map-entry");
  made.append(picture, tag("span", "", text));
  return made;
}

const lineEntry = (s, text, look) => entry(sign(s, 26, 14, (ctx, width, height) => line(ctx, width, height / 2, look)), text);

function section(title, entries, className) {
  const made = tag("div", "cv-map-section");
  made.append(tag("div", "cv-map-heading", title));
  const body = tag("div", className || "cv-map-entries");
  body.append(...entries);
  made.append(body);
  return made;
}

function colourSection(s) {
  const { palette } = s;
  const thick = 5;
  if (s.look.colour === "change") {
    return section("With the measure minus without", [
      lineEntry(s, "more", { colour: palette.more, thick }),
      lineEntry(s, "less", { colour: palette.less, thick }),
      lineEntry(s, "no change", { colour: palette.closed, thick: THINNEST_PX, alpha: 0.55 }),
    ]);
  }
  if (s.look.colour === "delay") {
    const names = [`under ${DELAY_STEPS[0]}`, ...DELAY_STEPS.slice(1).map((to, i) => `${DELAY_STEPS[i]}–${to}`), `over ${DELAY_STEPS.at(-1)}`];
    return section("Hours needed, free passage = 1", [
      ...names.map((name, i) => lineEntry(s, name, { colour: palette.delay[i], thick })),
      lineEntry(s, "no traffic", { colour: palette.closed, thick: THINNEST_PX, alpha: 0.55 }),
    ]);
  }
  const modes = ["road", "rail", "sea"].filter((mode) => s.scene.links.some((link) => link.mode === mode));
  return section("Links by mode", modes.map((mode) => entry(sign(s, 26, 14, (ctx, width, height) => {
    line(ctx, width, height / 2, { colour: palette[mode], thick });
    if (mode === "rail") line(ctx, width, height / 2, { colour: palette.land, thick: 1, dash: [5, 5], alpha: 0.6 });
  }), mode)));
}

function widthSection(s) {
  const isChange = s.look.colour === "change";
  const ref = isChange ? s.changeRef : s.flowRef;
  const colour = s.palette.muted;
  const entries = [roundDown(ref / 25), roundDown(ref / 4), ref].map((tonnes) => {
    const thick = lineWidth(s, tonnes, ref);
    return entry(sign(s, 26, Math.max(14, thick + 2), (ctx, width, height) => line(ctx, width, height / 2, { colour, thick })), figure(tonnes));
  });
  return section(isChange ? "Change, t/day" : "Moved, t/day", entries, "cv-map-column");
}

function statusSection(s) {
  const { palette } = s;
  const found = new Set(s.strokes.filter((stroke) => stroke.kind !== "flow").map((stroke) => stroke.status));
  const looks = {
    0: { colour: palette.closed, thick: NOT_OPEN_PX, dash: DASHES[0] },
    2: { colour: palette.planned, thick: 2.6, dash: DASHES[2], cap: "round" },
    3: { colour: palette.planned, thick: NOT_OPEN_PX, dash: DASHES[3], cap: "round" },
    4: { colour: palette.incident, thick: SHUT_PX * s.symbols, dash: [2.5, 3] },
  };
  const entries = [0, 2, 3, 4].filter((status) => found.has(status)).map((status) => lineEntry(s, STATUS_KEYS[status], looks[status]));
  if (found.has(STATUS.SHUT)) entries.at(-1).classList.add("cv-map-wide");
  if (found.has(STATUS.OPEN) && s.look.colour === "mode") {
    entries.unshift(lineEntry(s, "no traffic", { colour: palette.muted, thick: THINNEST_PX, alpha: 0.6 }));
  }
  return entries.length ? section("Not in use", entries, "cv-map-pairs") : null;
}

// Circles one in the other, standing on one point, each with its figure beside its top.
function queueSection(s) {
  if (!s.scene.posts.length) return null;
  const steps = [s.queueRef, roundDown(s.queueRef / 4), roundDown(s.queueRef / 25)];
  const most = queueRadius(s, s.queueRef);
  const apart = 13; // between two figures, so that they do not touch
  const high = Math.max(2 * most + 8, apart * steps.length + 4);
  const radii = steps.map((vehicles) => queueRadius(s, vehicles));
  const heights = radii.map((r) => Math.max(high - 1 - 2 * r, 7));
  for (let i = 1; i < heights.length; i++) heights[i] = Math.max(heights[i], heights[i - 1] + apart);
  for (let i = heights.length - 1, floor = high - 6; i >= 0; i--, floor -= apart) heights[i] = Math.min(heights[i], floor);
  const picture = sign(s, 2 * most + 52, high, (ctx, width, height) => {
    ctx.font = `11px ${MAP_FONT}`;
    ctx.textBaseline = "middle";
    radii.forEach((r, i) => {
      drawQueueCircle(ctx, s, most + 2, height - 2 - r, r);
      ctx.strokeStyle = s.palette.muted;
      ctx.lineWidth = 0.8;
      ctx.beginPath();
      ctx.moveTo(most + 2, height - 2 - 2 * r);
      ctx.lineTo(2 * most + 7, heights[i]);
      ctx.lineTo(2 * most + 11, heights[i]);
      ctx.stroke();
      ctx.fillStyle = s.palette.ink;
      ctx.fillText(figure(steps[i]), 2 * most + 14, heights[i] + 0.5);
    });
  });
  picture.setAttribute("role", "img");
  picture.removeAttribute("aria-hidden");
  picture.setAttribute("aria-label", `Circles for ${steps.map(figure).join(", ")} vehicles in line`);
  return section("Vehicles in line", [picture]);
}

function placeSection(s) {
  const found = new Set(s.scene.nodes.map((node) => node.type));
  const entries = ["city", "port", "border", "junction", "zone"].filter((type) => found.has(type)).map((type) =>
    entry(sign(s, 16, 14, (ctx, width, height) => drawNode(ctx, s, type, width / 2, height / 2, NODE_PX[type])), NODE_KEYS[type]));
  entries.push(entry(sign(s, 18, 16, (ctx, width, height) => drawIncident(ctx, s, width / 2, height / 2 + 1, 6)), "incident"));
  return section("Places and events", entries, "cv-map-pairs");
}

function moverSection(s) {
  if (!s.look.movers || !s.frame) return null;
  const share = s.frame.meta.sample_share || 1;
  const each = Math.max(1, Math.round(1 / share));
  const names = ["truck", "train", "ship"];
  const present = ["road", "rail", "sea"].map((mode) => s.scene.links.some((link) => link.mode === mode));
  const shape = (mode, alpha) => sign(s, mode === 1 ? 19 : 15, 14, (ctx, width, height) => {
    ctx.globalAlpha = alpha;
    ctx.fillStyle = s.moverColours[mode];
    ctx.beginPath();
    SHAPES[mode](ctx, width / 2, height / 2, 1, 0, 1.05);
    ctx.fill();
  });
  const entries = names.map((name, mode) => (present[mode] ? entry(shape(mode, 1), name) : null)).filter(Boolean);
  entries.push(entry(shape(0, WAIT_ALPHA), "waits"));
  return section(`1 mark = ${each === 1 ? "1 consignment" : `${figure(each)} consignments`}`, entries, "cv-map-row");
}

// What the legend depends on; the same text, the same legend.
function legendKey(s) {
  const statuses = [...new Set(s.strokes.map((stroke) => `${stroke.kind} ${stroke.status}`))].sort();
  const each = s.frame ? Math.round(1 / (s.frame.meta.sample_share || 1)) : 0;
  return JSON.stringify([s.look.colour, s.look.movers, s.dark, s.dpr, s.symbols, s.flowRef, s.changeRef, s.queueRef, statuses, each, s.sceneCount]);
}

function showLegend(s) {
  const key = legendKey(s);
  if (key === s.legendKey) return;
  s.legendKey = key;
  const sizes = tag("div", "cv-map-sizes");
  sizes.append(...[widthSection(s), queueSection(s)].filter(Boolean));
  s.legendBody.replaceChildren(...[colourSection(s), sizes, statusSection(s), placeSection(s), moverSection(s)].filter(Boolean));
}
