// Nodes, queues at crossings, incidents: what is drawn as a mark at a point.
const NODE_WORDS = { city: "city", port: "port", border: "border station", junction: "junction", zone: "far market" };
const NODE_PX = { city: 3.9, port: 3.6, border: 3.1, junction: 2.2, zone: 4.2 };
const NODE_RANK = { city: 3, zone: 2.6, port: 2.5, border: 1, junction: 0 };
const MINOR_NODES_FROM_PX = 20; // pixels a degree from which border stations and junctions are marked
const LEAST_APART_PX = 7.5; // nodes that would lie closer than this are left out, the lesser first
const BIGGEST_QUEUE_PX = 28;
const LEAST_QUEUE_REF = 100; // vehicles that the biggest circle stands for at the least
const POSTS_FROM_PX = 90; // pixels a degree from which crossings without a queue are marked, too
const SIDES_APART_PX = 44; // from here on the two sides of a border have a circle each
const INCIDENT_PX = 9;

function queueOf(s, world, gate) {
  if (!s.frame) return 0;
  let vehicles = 0;
  for (const row of gate.posts) vehicles += s.frame.arrays.queue[world * s.scene.posts.length + row] || 0;
  return vehicles;
}

const queueRadius = (s, vehicles) => BIGGEST_QUEUE_PX * Math.sqrt(Math.min(vehicles / s.queueRef, 1)) * s.symbols;

// Tonnes a day on the links of a node, both directions, in the shown world: each tonne that passes through counts twice.
function nodeFlow(s, world, row) {
  let tonnes = 0;
  for (const link of s.scene.linksAt[row]) tonnes += linkFlow(s, world, link);
  return tonnes;
}

// Which nodes have room; the more important first. Called when the view has come to rest.
function thinNodes(s) {
  const flows = s.scene.nodes.map((node) => nodeFlow(s, s.look.shown, node.row));
  const most = Math.max(1, ...flows);
  s.weight = s.scene.nodes.map((node) => (NODE_RANK[node.type] ?? 0) + 2 * Math.sqrt(flows[node.row] / most));
  const ranked = [...s.scene.nodes].sort((a, b) => s.weight[b.row] - s.weight[a.row] || a.row - b.row);
  const kept = [];
  s.nodeShown = new Uint8Array(s.scene.nodes.length);
  for (const node of ranked) {
    if (s.view.k < MINOR_NODES_FROM_PX && (NODE_RANK[node.type] ?? 0) <= NODE_RANK.border) continue;
    const x = screenX(s, node.x);
    const y = screenY(s, node.y);
    if (kept.some((other) => Math.hypot(other.x - x, other.y - y) < LEAST_APART_PX)) continue;
    kept.push({ x, y });
    s.nodeShown[node.row] = 1;
  }
}

function traceNode(ctx, type, x, y, r) {
  ctx.beginPath();
  if (type === "port") ctx.rect(x - r, y - r, 2 * r, 2 * r);
  else if (type === "border") {
    ctx.moveTo(x, y - r * 1.25);
    ctx.lineTo(x + r * 1.25, y);
    ctx.lineTo(x, y + r * 1.25);
    ctx.lineTo(x - r * 1.25, y);
    ctx.closePath();
  } else ctx.arc(x, y, r, 0, 2 * Math.PI);
}

const nodeRadius = (s, type) => (NODE_PX[type] || NODE_PX.junction) * clamp(s.symbols * 1.1, 0.75, 1.3);

function drawNode(ctx, s, type, x, y, r) {
  const { palette } = s;
  traceNode(ctx, type, x, y, r);
  ctx.lineWidth = type === "city" || type === "port" ? 1.6 : 1.2;
  ctx.strokeStyle = type === "junction" ? palette.paper : palette.ink;
  ctx.fillStyle = type === "junction" ? palette.muted : palette.paper;
  ctx.fill();
  ctx.stroke();
  if (type === "zone") {
    ctx.beginPath();
    ctx.arc(x, y, r * 0.42, 0, 2 * Math.PI);
    ctx.fillStyle = palette.ink;
    ctx.fill();
  }
}

const isNodeDrawn = (s, row) => s.nodeShown[row] === 1 || (s.selected.kind === "node" && s.rowOf.node.get(s.selected.id) === row);

function drawNodes(ctx, s) {
  const ordered = [...s.scene.nodes].sort((a, b) => (NODE_RANK[a.type] ?? 0) - (NODE_RANK[b.type] ?? 0));
  for (const node of ordered) {
    if (!isNodeDrawn(s, node.row)) continue;
    const x = screenX(s, node.x);
    const y = screenY(s, node.y);
    if (x < -10 || y < -10 || x > s.w + 10 || y > s.h + 10) continue;
    drawNode(ctx, s, node.type, x, y, nodeRadius(s, node.type));
  }
}

const gatePoint = (s, gate) => ({ x: screenX(s, gate.x), y: screenY(s, gate.y) });

// One circle for a border, or one for each side where they would lie apart. Called when the view changes.
function layGates(s) {
  s.gates = [];
  s.gateOfPost = [];
  for (const { whole, sides } of s.scene.crossings) {
    const apart = sides.length > 1 ? Math.hypot(sides[0].x - sides[1].x, sides[0].y - sides[1].y) * s.view.k : 0;
    for (const gate of apart > SIDES_APART_PX ? sides : [whole]) {
      s.gates.push(gate);
      for (const row of gate.posts) s.gateOfPost[row] = gate;
    }
  }
}

function drawQueueCircle(ctx, s, x, y, r) {
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.globalAlpha = s.dark ? 0.34 : 0.26;
  ctx.fillStyle = s.palette.queue;
  ctx.fill();
  ctx.globalAlpha = 0.95;
  ctx.lineWidth = 1.3;
  ctx.strokeStyle = s.palette.queue;
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function drawQueues(ctx, s) {
  const sized = s.gates.map((gate) => ({ gate, vehicles: queueOf(s, s.look.shown, gate) }));
  sized.sort((a, b) => b.vehicles - a.vehicles);
  for (const { gate, vehicles } of sized) {
    const { x, y } = gatePoint(s, gate);
    if (x < -40 || y < -40 || x > s.w + 40 || y > s.h + 40) continue;
    const r = vehicles >= 1 ? queueRadius(s, vehicles) : 0;
    if (r >= 1.5) drawQueueCircle(ctx, s, x, y, r);
    else if (s.view.k >= POSTS_FROM_PX) {
      ctx.beginPath();
      ctx.arc(x, y, 1.8, 0, 2 * Math.PI);
      ctx.fillStyle = s.palette.queue;
      ctx.fill();
    }
  }
}

const isGateDrawn = (s, gate) =>
  s.view.k >= POSTS_FROM_PX || queueRadius(s, queueOf(s, s.look.shown, gate)) >= 1.5;

const incidentsShown = (s) =>
  s.frame ? (s.frame.meta.incidents || []).filter((incident) => !incident.worlds || incident.worlds.includes(s.look.shown)) : [];

function incidentsPointedAt(s) {
  const ids = [s.selected.kind === "incident" ? s.selected.id : "", s.hover && s.hover.kind === "incident" ? s.hover.id : ""];
  return incidentsShown(s).filter((incident) => ids.includes(String(incident.id)));
}

// Incidents of the shown world with their place on the screen; those at one place stand side by side.
function incidentMarks(s) {
  const taken = new Map();
  const marks = [];
  for (const incident of incidentsShown(s)) {
    const point = incidentPoint(s, incident);
    if (!point) continue;
    const key = `${Math.round(point.x / 6)} ${Math.round(point.y / 6)}`;
    const rank = taken.get(key) || 0;
    taken.set(key, rank + 1);
    marks.push({ incident, link: point.link, x: point.x + rank * INCIDENT_PX * 1.5, y: point.y });
  }
  return marks;
}

function incidentPoint(s, incident) {
  const links = incident.links || [];
  if (links.length) {
    const link = links[Math.floor((links.length - 1) / 2)];
    return along(s, link, 0.5, { x: 0, y: 0, ux: 0, uy: 0, link });
  }
  const posts = incident.posts || [];
  return posts.length ? gatePoint(s, s.gateOfPost[posts[0]]) : null;
}

function drawIncident(ctx, s, x, y, r) {
  ctx.beginPath();
  ctx.moveTo(x, y - r);
  ctx.lineTo(x + r * 0.98, y + r * 0.72);
  ctx.lineTo(x - r * 0.98, y + r * 0.72);
  ctx.closePath();
  ctx.lineJoin = "round";
  ctx.lineWidth = 4;
  ctx.strokeStyle = s.palette.paper;
  ctx.stroke();
  ctx.fillStyle = s.palette.incident;
  ctx.strokeStyle = s.palette.incident;
  ctx.lineWidth = 1.6;
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = s.palette.paper;
  ctx.fillRect(x - 0.9, y - r * 0.42, 1.8, r * 0.62);
  ctx.fillRect(x - 0.9, y + r * 0.34, 1.8, 1.8);
}

// Links that an incident shut carry a cross where no warning stands.
function drawCrosses(ctx, s, marks) {
  const marked = new Set(marks.map((mark) => mark.link));
  const at = { x: 0, y: 0, ux: 0, uy: 0 };
  for (const row of s.order) {
    if (s.strokes[row].status !== STATUS.SHUT || marked.has(row) || !s.tracks[row].seen) continue;
    along(s, row, 0.5, at);
    for (const [colour, width] of [[s.palette.paper, 4.5], [s.palette.incident, 2]]) {
      ctx.beginPath();
      ctx.moveTo(at.x - 4, at.y - 4);
      ctx.lineTo(at.x + 4, at.y + 4);
      ctx.moveTo(at.x + 4, at.y - 4);
      ctx.lineTo(at.x - 4, at.y + 4);
      ctx.lineWidth = width;
      ctx.strokeStyle = colour;
      ctx.stroke();
    }
  }
}

function drawRing(ctx, s, x, y, r, alpha) {
  for (const [colour, width] of [[s.palette.paper, 5], [s.palette.select, 2.4]]) {
    ctx.globalAlpha = colour === s.palette.paper ? alpha * 0.8 : alpha;
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

// The ring around what is selected or under the pointer, if it is a mark (links have a halo under their line).
function drawRings(ctx, s, marks) {
  const ring = (kind, row, alpha) => {
    if (kind === "node" && row !== undefined) {
      const node = s.scene.nodes[row];
      drawRing(ctx, s, screenX(s, node.x), screenY(s, node.y), nodeRadius(s, node.type) + 4.5, alpha);
    } else if (kind === "post" && row !== undefined) {
      const gate = s.gateOfPost[row];
      const { x, y } = gatePoint(s, gate);
      drawRing(ctx, s, x, y, Math.max(queueRadius(s, queueOf(s, s.look.shown, gate)) + 3.5, 7), alpha);
    }
  };
  if (s.hover) ring(s.hover.kind, s.hover.row, 0.5);
  if (s.rowOf[s.selected.kind]) ring(s.selected.kind, s.rowOf[s.selected.kind].get(s.selected.id), 1);
  const chosen = s.selected.kind === "incident" ? marks.find((mark) => String(mark.incident.id) === s.selected.id) : undefined;
  if (chosen) drawRing(ctx, s, chosen.x, chosen.y, INCIDENT_PX + 6, 1);
}
