// What lies under a point, and the lists that the keyboard walks through.
const PICK_PX = 8;

// {kind, id, row} nearest to (x, y): an incident before a post, a post before a node, a node before a link; null over nothing.
function pick(s, x, y) {
  if (!s.scene || !s.tracks) return null;
  const mark = nearest(s.marks, (each) => Math.hypot(each.x - x, each.y - y) - INCIDENT_PX);
  if (mark) return { kind: "incident", id: String(mark.incident.id), incident: mark.incident };
  const node = nearest(s.scene.nodes.filter((each) => isNodeDrawn(s, each.row)), (each) =>
    Math.hypot(screenX(s, each.x) - x, screenY(s, each.y) - y));
  const isOnNode = node && Math.hypot(screenX(s, node.x) - x, screenY(s, node.y) - y) <= 4;
  const gate = nearest(s.gates.filter((each) => isGateDrawn(s, each)), (each) => {
    const point = gatePoint(s, each);
    const far = Math.hypot(point.x - x, point.y - y);
    const r = queueRadius(s, queueOf(s, s.look.shown, each));
    if (isOnNode && far > PICK_PX) return Infinity; // a place within a big circle can be reached by its own dot
    return far <= r ? far / PICK_PX : far;
  });
  if (gate) return postOf(s, busiestPost(s, gate));
  if (node) return { kind: "node", id: node.id, row: node.row };
  const rows = s.order.filter((row) => s.tracks[row].seen);
  const link = nearest(rows, (row) => distanceToTrack(s.tracks[row], x, y) - s.strokes[row].width / 4);
  return link === null ? null : { kind: "link", id: s.scene.links[link].id, row: link };
}

const postOf = (s, row) => ({ kind: "post", id: s.scene.posts[row].id, row });

function nearest(things, distance) {
  let best = null;
  let least = PICK_PX + 1e-6;
  for (const thing of things) {
    const far = distance(thing);
    if (far < least) {
      least = far;
      best = thing;
    }
  }
  return best;
}

function busiestPost(s, gate) {
  if (!s.frame) return gate.posts[0];
  const at = s.look.shown * s.scene.posts.length;
  const { queue } = s.frame.arrays;
  return gate.posts.reduce((best, row) => (queue[at + row] > queue[at + best] ? row : best));
}

// The thing that `selected` names, with its row; null when nothing is selected or the case has no such thing (any more).
function selectedThing(s) {
  const { kind, id } = s.selected;
  if (kind === "incident") {
    const incident = s.frame && (s.frame.meta.incidents || []).find((each) => String(each.id) === id);
    return incident ? { kind, id, incident } : null;
  }
  const row = s.rowOf[kind] ? s.rowOf[kind].get(id) : undefined;
  return row === undefined ? null : { kind, id, row };
}

// Projected place of a thing, to bring it into view.
function placeOf(s, thing) {
  if (thing.kind === "node") return s.scene.nodes[thing.row];
  if (thing.kind === "post") return s.gateOfPost[thing.row];
  if (thing.kind === "link") {
    const { xs, ys, share } = s.scene.links[thing.row];
    const middle = Math.max(1, share.findIndex((each) => each >= 0.5));
    const t = (0.5 - share[middle - 1]) / (share[middle] - share[middle - 1] || 1);
    return { x: xs[middle - 1] + (xs[middle] - xs[middle - 1]) * t, y: ys[middle - 1] + (ys[middle] - ys[middle - 1]) * t };
  }
  return null;
}

// The next thing of a kind after the selected one: nodes and links by what they carry now, posts in the order of the case.
function stepThrough(s, kind, direction) {
  const world = s.look.shown;
  let rows;
  if (kind === "post") rows = s.scene.posts.map((post) => post.row);
  else {
    const weigh = kind === "node" ? (row) => s.weight[row] : (row) => linkFlow(s, world, row);
    const all = kind === "node" ? s.scene.nodes : s.scene.links;
    rows = s.walk[kind] || all.map((each) => each.row).sort((a, b) => weigh(b) - weigh(a) || a - b);
    s.walk[kind] = rows; // the order stays while someone walks through it, though the flows change
  }
  if (!rows.length) return null;
  const now = s.selected.kind === kind ? rows.indexOf(s.rowOf[kind].get(s.selected.id)) : direction > 0 ? -1 : 0;
  const row = rows[(now + direction + rows.length) % rows.length];
  const ids = { node: s.scene.nodes, link: s.scene.links, post: s.scene.posts };
  return { kind, id: ids[kind][row].id, row };
}
