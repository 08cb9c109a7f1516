// Links: how each is drawn (what its colour, width and dashes say), and the drawing.
const STATUS = { CLOSED: 0, OPEN: 1, PLANNED: 2, BUILDING: 3, SHUT: 4 };
const STATUS_WORDS = ["closed", "open", "planned", "under construction", "shut by an incident"];
const STATUS_OF_CASE = { closed: 0, open: 1, planned: 2, under_construction: 3 };
const WIDEST_PX = 15;
const THINNEST_PX = 1.3;
const NOT_OPEN_PX = 1.6;
const SHUT_PX = 4.5;
const LEAST_FLOW_REF = 100; // t/day that the widest line stands for at the least
const CHANGE_OF_FLOW = 0.1; // the widest line of a change stands for this share of the widest flow at the least
const SAME_SHARE = 0.004; // a change below this share of the widest is drawn as none
const LEAST_FLOW = 0.5; // t/day; less is no traffic
const DELAY_STEPS = [1.25, 1.5, 2, 4]; // times the free hours
const DASHES = { 0: [6, 5], 2: [0.1, 5], 3: [10, 4, 0.1, 4] };

const linkFlow = (s, world, row) => (s.frame ? s.frame.arrays.flow_t_day[world * s.scene.links.length + row] : 0);
const linkDelay = (s, world, row) => (s.frame ? s.frame.arrays.delay[world * s.scene.links.length + row] : NaN);
const linkChange = (s, row) => linkFlow(s, 1, row) - linkFlow(s, 0, row);

function linkStatus(s, world, row) {
  if (s.frame) return s.frame.arrays.status[world * s.scene.links.length + row];
  return STATUS_OF_CASE[s.scene.links[row].status] ?? STATUS.OPEN;
}

// What the widest line stands for, t/day: a round number that only grows while a run lasts, so that widths can be compared over time.
function noteScales(s) {
  if (!s.frame) return;
  const { flow_t_day: flow, queue } = s.frame.arrays;
  const n = s.scene.links.length;
  let [most, change, longest] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    most = Math.max(most, flow[i], flow[n + i]);
    change = Math.max(change, Math.abs(flow[n + i] - flow[i]));
  }
  for (const { whole } of s.scene.crossings) longest = Math.max(longest, queueOf(s, 0, whole), queueOf(s, 1, whole));
  s.flowRef = Math.max(s.flowRef, roundUp(most), LEAST_FLOW_REF);
  s.changeRef = Math.max(s.changeRef, roundUp(change), roundUp(s.flowRef * CHANGE_OF_FLOW));
  s.queueRef = Math.max(s.queueRef, roundUp(longest), LEAST_QUEUE_REF);
}

const lineWidth = (s, tonnes, ref) => Math.max(THINNEST_PX, WIDEST_PX * Math.sqrt(Math.min(tonnes / ref, 1)) * s.symbols);

function delayStep(times) {
  let step = 0;
  while (step < DELAY_STEPS.length && times >= DELAY_STEPS[step]) step++;
  return step;
}

// {kind, colour, width, quiet} of one link; kind: "flow", "none" (open, nothing moves or nothing changes) or "off" (not open).
function strokeOf(s, row) {
  const world = s.look.shown;
  const status = linkStatus(s, world, row);
  const link = s.scene.links[row];
  const { palette } = s;
  const tonnes = linkFlow(s, world, row);
  if (s.look.colour === "change") {
    const change = linkChange(s, row);
    if (Math.abs(change) > SAME_SHARE * s.changeRef) {
      const colour = change > 0 ? palette.more : palette.less;
      return { kind: "flow", status, colour, width: lineWidth(s, Math.abs(change), s.changeRef), quiet: false };
    }
  }
  if (status === STATUS.SHUT) return { kind: "off", status, colour: palette.incident, width: SHUT_PX * s.symbols, quiet: false };
  if (status !== STATUS.OPEN) {
    const colour = status === STATUS.CLOSED ? palette.closed : palette.planned;
    return { kind: "off", status, colour, width: NOT_OPEN_PX, quiet: false };
  }
  if (s.look.colour === "change") return { kind: "none", status, colour: palette.closed, width: THINNEST_PX, quiet: true };
  if (tonnes < LEAST_FLOW) {
    const colour = s.look.colour === "mode" ? palette[link.mode] : palette.closed;
    return { kind: "none", status, colour, width: THINNEST_PX, quiet: true };
  }
  let colour = palette[link.mode];
  if (s.look.colour === "delay") {
    const times = linkDelay(s, world, row);
    colour = Number.isFinite(times) ? palette.delay[delayStep(times)] : palette.closed;
  }
  return { kind: "flow", status, colour, width: lineWidth(s, tonnes, s.flowRef), quiet: false };
}

function styleLinks(s) {
  s.symbols = symbolScale(s);
  s.strokes = s.scene.links.map((link) => strokeOf(s, link.row));
  const modes = { sea: 0, rail: 1, road: 2 };
  const rank = (row) => (s.strokes[row].kind === "flow" ? 10 : 0) + modes[s.scene.links[row].mode];
  s.order = s.scene.links.map((link) => link.row).sort((a, b) => rank(a) - rank(b) || s.strokes[a].width - s.strokes[b].width);
}

function strokeTrack(ctx, s, row, width, colour, dash) {
  ctx.setLineDash(dash || []);
  ctx.lineWidth = width;
  ctx.strokeStyle = colour;
  ctx.beginPath();
  traceTrack(ctx, s.tracks[row]);
  ctx.stroke();
}

function drawLinks(ctx, s) {
  const drawn = s.order.filter((row) => s.tracks[row].seen);
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  if (s.selected.kind === "link") drawLinkHalo(ctx, s, s.rowOf.link.get(s.selected.id), 0.42);
  if (s.hover && s.hover.kind === "link") drawLinkHalo(ctx, s, s.hover.row, 0.22);
  for (const incident of incidentsPointedAt(s)) for (const row of incident.links || []) drawLinkHalo(ctx, s, row, 0.3);
  // A thin casing in the colour of the ground parts lines that cross; all casings of a level come before its lines.
  for (const level of ["none", "off", "flow"]) {
    const rows = drawn.filter((row) => s.strokes[row].kind === level);
    if (level === "flow") {
      ctx.globalAlpha = 0.9;
      for (const row of rows) strokeTrack(ctx, s, row, s.strokes[row].width + 2, s.palette.land);
    }
    for (const row of rows) drawLink(ctx, s, row);
  }
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
}

function drawLink(ctx, s, row) {
  const { status, colour, width, quiet, kind } = s.strokes[row];
  ctx.globalAlpha = quiet ? 0.55 : 1;
  if (kind === "flow") {
    strokeTrack(ctx, s, row, width, colour);
    if (s.scene.links[row].mode === "rail" && width >= 3) {
      ctx.lineCap = "butt"; // rails carry the light centre line that printed maps give them
      ctx.globalAlpha = 0.6;
      strokeTrack(ctx, s, row, Math.max(0.8, width * 0.2), s.palette.land, [5, 5]);
      ctx.lineCap = "round";
    }
  } else if (status === STATUS.SHUT) {
    ctx.lineCap = "butt";
    strokeTrack(ctx, s, row, width + 2, s.palette.land);
    strokeTrack(ctx, s, row, width, colour, [2.5, 3]);
    strokeTrack(ctx, s, row, 1, colour);
    ctx.lineCap = "round";
  } else {
    ctx.lineCap = status === STATUS.CLOSED ? "butt" : "round";
    const dotted = status === STATUS.PLANNED ? 2.6 : width;
    strokeTrack(ctx, s, row, dotted, colour, DASHES[status]);
    ctx.lineCap = "round";
  }
}

function drawLinkHalo(ctx, s, row, alpha) {
  if (row === undefined || !s.tracks[row].seen) return;
  ctx.globalAlpha = alpha;
  strokeTrack(ctx, s, row, s.strokes[row].width + 10, s.palette.select);
  ctx.globalAlpha = 1;
}
