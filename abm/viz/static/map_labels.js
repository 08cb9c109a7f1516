// Names of places: where each is written, so that none covers another, a mark or more of a line than it must.
const MAP_FONT = 'Roboto, "Segoe UI", Helvetica, Arial, sans-serif';
const LABEL_STYLES = {
  city: { size: 12.5, weight: 600, italic: false, colour: "ink" },
  port: { size: 12, weight: 500, italic: false, colour: "ink" },
  zone: { size: 12, weight: 500, italic: true, colour: "ink" },
  border: { size: 11, weight: 400, italic: false, colour: "muted" },
  junction: { size: 11, weight: 400, italic: false, colour: "muted" },
  exit: { size: 11, weight: 400, italic: true, colour: "muted" },
};
const DIRECTIONS = [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1]];
const DISTANCES_PX = [4, 8, 13];
const CELL_PX = 3; // of the raster on which lines are noted
const MINOR_FROM_PX = 34; // pixels a degree from which junctions and border stations are named
const DEAREST = 3.2; // a lesser place that can only be named at a higher cost stays without a name
const SAME_NAME_PX = 60;
const NEIGHBOUR_PX = 9; // a name this close to another place's mark could be taken for that place's
const NEIGHBOUR_COST = 0.7;
const NEARER_COST = 4;

const shortName = (name) => name.split("(")[0].split("/")[0].trim() || name;
const labelFont = (style) => `${style.italic ? "italic " : ""}${style.weight} ${style.size}px ${MAP_FONT}`;

// Which part of the canvas lines and circles cover, as a table of sums: the cover of any box in four look-ups.
function coverOf(s) {
  const columns = Math.ceil(s.w / CELL_PX) + 1;
  const rows = Math.ceil(s.h / CELL_PX) + 1;
  const sums = new Float32Array((columns + 1) * (rows + 1));
  const note = (x, y, amount) => {
    const column = Math.floor(x / CELL_PX);
    const row = Math.floor(y / CELL_PX);
    if (column >= 0 && row >= 0 && column < columns && row < rows) {
      const cell = (row + 1) * (columns + 1) + column + 1;
      sums[cell] = Math.max(sums[cell], amount);
    }
  };
  s.tracks.forEach((track, link) => {
    if (!track.seen) return;
    const half = s.strokes[link].width / 2;
    const amount = s.strokes[link].quiet ? 0.5 : 1;
    for (let i = 1; i < track.n; i++) {
      const dx = track.px[i] - track.px[i - 1];
      const dy = track.py[i] - track.py[i - 1];
      const far = Math.hypot(dx, dy);
      if (far === 0 || far > 20000) continue;
      for (let at = 0; at <= far; at += CELL_PX) {
        const x = track.px[i - 1] + (dx * at) / far;
        const y = track.py[i - 1] + (dy * at) / far;
        for (let aside = -half; aside <= half; aside += CELL_PX) note(x - (dy / far) * aside, y + (dx / far) * aside, amount);
      }
    }
  });
  for (let row = 1; row <= rows; row++) {
    for (let column = 1; column <= columns; column++) {
      const cell = row * (columns + 1) + column;
      sums[cell] += sums[cell - 1] + sums[cell - columns - 1] - sums[cell - columns - 2];
    }
  }
  return (left, top, right, bottom) => {
    const a = clamp(Math.floor(left / CELL_PX), 0, columns);
    const b = clamp(Math.ceil(right / CELL_PX), 0, columns);
    const c = clamp(Math.floor(top / CELL_PX), 0, rows) * (columns + 1);
    const d = clamp(Math.ceil(bottom / CELL_PX), 0, rows) * (columns + 1);
    return (sums[d + b] - sums[c + b] - sums[d + a] + sums[c + a]) * CELL_PX;
  };
}

const meet = (a, b) => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;

// Boxes that no name may touch: the marks themselves, circles of queues, and what lies over the map (legend, date).
function obstaclesOf(s) {
  const taken = s.overlayBoxes();
  const add = (x, y, r) => taken.push({ left: x - r, right: x + r, top: y - r, bottom: y + r });
  for (const node of s.scene.nodes) {
    if (s.nodeShown[node.row]) add(screenX(s, node.x), screenY(s, node.y), nodeRadius(s, node.type) + 0.5);
  }
  for (const gate of s.gates) {
    const r = queueRadius(s, queueOf(s, s.look.shown, gate));
    const { x, y } = gatePoint(s, gate);
    if (r >= 1.5) add(x, y, r * 0.72);
  }
  for (const mark of s.marks) add(mark.x, mark.y, INCIDENT_PX + 2);
  return taken;
}

function wishesOf(s, ctx) {
  const wishes = [];
  for (const node of s.scene.nodes) {
    if (!s.nodeShown[node.row]) continue;
    const isMinor = node.type === "border" || node.type === "junction";
    if (isMinor && s.view.k < MINOR_FROM_PX) continue;
    const x = screenX(s, node.x);
    const y = screenY(s, node.y);
    if (x < 0 || y < 0 || x > s.w || y > s.h) continue;
    const style = LABEL_STYLES[node.type] || LABEL_STYLES.junction;
    wishes.push({ node, x, y, r: nodeRadius(s, node.type), text: shortName(node.name), style, isMinor, weight: s.weight[node.row] });
  }
  wishes.sort((a, b) => b.weight - a.weight);
  // Of places side by side with one name, or where one name begins with the other, only the first is named.
  const named = wishes.filter((wish, at) => !wishes.some((other, before) => before < at && isTwin(wish, other)));
  for (const wish of named.concat(exitsOf(s))) {
    ctx.font = labelFont(wish.style);
    wish.width = ctx.measureText(wish.text).width;
  }
  return named.concat(s.exits);
}

const isTwin = (a, b) =>
  (a.text.startsWith(b.text) || b.text.startsWith(a.text)) && Math.hypot(a.x - b.x, a.y - b.y) < SAME_NAME_PX;

// Where links leave the canvas: "to X" at the edge, for the far end of each that carries something.
function exitsOf(s) {
  const best = new Map();
  const isOn = (x, y) => x >= 0 && y >= 0 && x <= s.w && y <= s.h;
  for (const link of s.scene.links) {
    const track = s.tracks[link.row];
    if (!track.seen || s.strokes[link.row].kind !== "flow") continue;
    const last = track.n - 1;
    const [here, there] = [isOn(track.px[0], track.py[0]), isOn(track.px[last], track.py[last])];
    if (here === there) continue;
    const far = here ? link.to : link.from;
    const tonnes = linkFlow(s, s.look.shown, link.row);
    if (best.has(far) && best.get(far).tonnes >= tonnes) continue;
    const at = { x: 0, y: 0, ux: 0, uy: 0 };
    let [low, high] = [0, 1]; // share of the way from the end on the canvas at which the line leaves it
    for (let i = 0; i < 18; i++) {
      const middle = (low + high) / 2;
      along(s, link.row, here ? middle : 1 - middle, at);
      if (isOn(at.x, at.y)) low = middle;
      else high = middle;
    }
    best.set(far, { tonnes, x: clamp(at.x, 2, s.w - 2), y: clamp(at.y, 2, s.h - 2) });
  }
  s.exits = [...best].sort((a, b) => b[1].tonnes - a[1].tonnes).map(([far, { x, y, tonnes }]) => (
    { node: null, x, y, r: 2, text: `to ${shortName(s.scene.nodes[far].name)}`, style: LABEL_STYLES.exit, isMinor: true, weight: tonnes }
  ));
  return s.exits;
}

// What it costs that a name in this box could be taken for another place's: much where that place is the nearer one.
function mistaken(s, wish, box) {
  const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  const own = Math.hypot(middle.x - wish.x, middle.y - wish.y);
  let cost = 0;
  for (const node of s.scene.nodes) {
    if (node === wish.node || !s.nodeShown[node.row]) continue;
    const x = screenX(s, node.x);
    const y = screenY(s, node.y);
    const far = Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
    if (far < NEIGHBOUR_PX) cost += Math.hypot(middle.x - x, middle.y - y) <= own ? NEARER_COST : NEIGHBOUR_COST;
  }
  return cost;
}

function placeLabels(s) {
  const ctx = s.front.getContext("2d");
  thinNodes(s);
  const taken = obstaclesOf(s);
  const cover = coverOf(s);
  s.labels = [];
  for (const wish of wishesOf(s, ctx)) {
    const high = wish.style.size * 1.12;
    let best = null;
    for (let far = 0; far < DISTANCES_PX.length; far++) {
      for (let rank = 0; rank < DIRECTIONS.length; rank++) {
        const [right, down] = DIRECTIONS[rank];
        const gap = (DISTANCES_PX[far] + wish.r) * (right && down ? 0.72 : 1);
        const left = wish.x + right * gap - (right > 0 ? 0 : right < 0 ? wish.width : wish.width / 2);
        const top = wish.y + down * gap - (down > 0 ? 0 : down < 0 ? high : high / 2);
        const box = { left, top, right: left + wish.width, bottom: top + high };
        if (left < 4 || top < 4 || box.right > s.w - 4 || box.bottom > s.h - 4) continue;
        if (taken.some((other) => meet(box, other))) continue;
        const covered = cover(left + 1, top + 2, box.right - 1, box.bottom - 2) / high;
        const cost = 0.15 * rank + 0.8 * far + covered + mistaken(s, wish, box);
        if (!best || cost < best.cost) best = { cost, box };
      }
    }
    if (!best || (wish.isMinor && best.cost > DEAREST)) continue;
    const { box } = best;
    taken.push({ left: box.left - 4, right: box.right + 4, top: box.top - 1.5, bottom: box.bottom + 1.5 });
    const anchor = wish.node ? [wish.x, wish.y] : [0, 0];
    s.labels.push({ node: wish.node, text: wish.text, style: wish.style, dx: box.left - anchor[0], dy: (box.top + box.bottom) / 2 - anchor[1] });
  }
}

// While the map is moved names stay with their places; exits, which belong to the edge, are left out.
function drawLabels(ctx, s) {
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.lineJoin = "round";
  for (const { node, text, style, dx, dy } of s.labels) {
    if (!node && s.moving) continue;
    const x = (node ? screenX(s, node.x) : 0) + dx;
    const y = (node ? screenY(s, node.y) : 0) + dy;
    ctx.font = labelFont(style);
    ctx.globalAlpha = 0.88;
    ctx.lineWidth = 3.2;
    ctx.strokeStyle = s.palette.land;
    ctx.strokeText(text, x, y);
    ctx.globalAlpha = 1;
    ctx.fillStyle = s.palette[style.colour];
    ctx.fillText(text, x, y);
  }
}
