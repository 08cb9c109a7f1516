// What never changes, made ready: nodes, links with their lines, crossings (the posts of one border), the base map.
const SAME_PLACE_DEG = 0.06; // nodes closer than this are one place: links between the same two places lie side by side
const COARSE_DEG = 0.1; // points of the base map are thinned to this when it is drawn small
const COARSE_BELOW_PX = 14; // pixels a degree
const PIECE_POINTS = 40; // coasts and borders are cut into pieces of so many points, of which only those in view are drawn

function rings(arrays, name) {
  const xs = arrays[`${name}_x`];
  const ys = arrays[`${name}_y`];
  const starts = arrays[`${name}_starts`];
  if (!xs || !starts) return [];
  const made = [];
  for (let i = 0; i < starts.length; i++) {
    const from = starts[i];
    const to = i + 1 < starts.length ? starts[i + 1] : xs.length;
    if (to - from >= 2) made.push({ xs: xs.subarray(from, to), ys: Float32Array.from(ys.subarray(from, to), northing) });
  }
  return made;
}

function pathOf(lines, closed, apart) {
  const path = new Path2D();
  for (const { xs, ys } of lines) {
    let lastX = xs[0];
    let lastY = ys[0];
    path.moveTo(lastX, lastY);
    for (let i = 1; i < xs.length; i++) {
      const isEnd = i === xs.length - 1;
      if (!isEnd && Math.abs(xs[i] - lastX) < apart && Math.abs(ys[i] - lastY) < apart) continue;
      lastX = xs[i];
      lastY = ys[i];
      path.lineTo(lastX, lastY);
    }
    if (closed) path.closePath();
  }
  return path;
}

function piecesOf(lines) {
  const pieces = [];
  for (const { xs, ys } of lines) {
    for (let from = 0; from < xs.length - 1; from += PIECE_POINTS) {
      const to = Math.min(from + PIECE_POINTS + 1, xs.length);
      const line = { xs: xs.subarray(from, to), ys: ys.subarray(from, to) };
      const box = { west: Math.min(...line.xs), east: Math.max(...line.xs), south: Math.min(...line.ys), north: Math.max(...line.ys) };
      pieces.push({ path: pathOf([line], false, 0), ...box });
    }
  }
  return pieces;
}

function baseOf(arrays, meta) {
  const [land, coast, border] = ["land", "coast", "border"].map((name) => rings(arrays, name));
  return {
    box: coast.length && meta.base_box ? extent(meta.base_box) : null,
    fine: { land: pathOf(land, true, 0), coast: piecesOf(coast), border: piecesOf(border) },
    coarse: { land: pathOf(land, true, COARSE_DEG), coast: pathOf(coast, false, COARSE_DEG), border: pathOf(border, false, COARSE_DEG) },
  };
}

// Which place each node belongs to: the first node within SAME_PLACE_DEG of it.
function placesOf(nodes) {
  const heads = [];
  return nodes.map((node) => {
    const near = heads.find((head) => Math.hypot(nodes[head].x - node.x, nodes[head].y - node.y) < SAME_PLACE_DEG);
    if (near !== undefined) return near;
    heads.push(node.row);
    return node.row;
  });
}

// Corners cut twice (Chaikin): a ship does not turn on the spot.
function rounded(points) {
  if (points.length < 3) return points;
  const made = [points[0]];
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    if (i > 1) made.push([a[0] * 0.75 + b[0] * 0.25, a[1] * 0.75 + b[1] * 0.25]);
    if (i < points.length - 1) made.push([a[0] * 0.25 + b[0] * 0.75, a[1] * 0.25 + b[1] * 0.75]);
  }
  made.push(points.at(-1));
  return made;
}

// A link's line in projected degrees, with the share of its length reached at each point.
function lineOf(lons, lats, isSea) {
  let points = Array.from(lons, (lon, i) => [lon, northing(lats[i])]);
  if (isSea) points = rounded(rounded(points));
  const xs = Float64Array.from(points, (point) => point[0]);
  const ys = Float64Array.from(points, (point) => point[1]);
  const share = new Float64Array(xs.length);
  for (let i = 1; i < xs.length; i++) share[i] = share[i - 1] + Math.hypot(xs[i] - xs[i - 1], ys[i] - ys[i - 1]);
  const whole = share[xs.length - 1] || 1;
  for (let i = 1; i < xs.length; i++) share[i] = share[xs.length - 1] > 0 ? share[i] / whole : i / (xs.length - 1);
  return { xs, ys, share };
}

// Links between the same two places, in a fixed order: [[row, side]], side -1 where a link runs the other way.
const FANNED_DEG = 1e-3; // lines whose middles are further apart than this lie apart already
const middleOf = ({ xs, ys }) => {
  const [a, b] = [(xs.length - 1) >> 1, xs.length >> 1];
  return [(xs[a] + xs[b]) / 2, (ys[a] + ys[b]) / 2];
};

function bundlesOf(links, places) {
  const found = new Map();
  for (const link of links) {
    let a = places[link.from];
    let b = places[link.to];
    if (a === b) [a, b] = [link.from, link.to];
    const key = `${Math.min(a, b)} ${Math.max(a, b)}`;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push({ row: link.row, side: a <= b ? 1 : -1 });
  }
  const order = { road: 0, rail: 1, sea: 2 };
  for (const members of found.values()) {
    members.sort((p, q) => order[links[p.row].mode] - order[links[q.row].mode] || p.row - q.row);
  }
  return [...found.values()].map((members) => {
    const [x, y] = middleOf(links[members[0].row]);
    const isFanned = members.some(({ row }) => Math.hypot(middleOf(links[row])[0] - x, middleOf(links[row])[1] - y) > FANNED_DEG);
    return isFanned ? members.map((each) => [each]) : [members];
  }).flat();
}

// Posts that are shown as one circle: those of a whole border, and those of each of its sides.
function gateOf(posts, rows) {
  const gate = { title: posts[rows[0]].title.split(",")[0], posts: rows, x: 0, y: 0 };
  for (const row of rows) {
    gate.x += posts[row].x / rows.length;
    gate.y += posts[row].y / rows.length;
  }
  return gate;
}

function crossingsOf(posts) {
  const found = new Map();
  for (const post of posts) {
    if (!found.has(post.bcp)) found.set(post.bcp, []);
    found.get(post.bcp).push(post);
  }
  return [...found.values()].map((members) => {
    const sides = [...new Set(members.map((post) => post.country))].map((country) =>
      gateOf(posts, members.filter((post) => post.country === country).map((post) => post.row)));
    return { whole: gateOf(posts, members.map((post) => post.row)), sides };
  });
}

function sceneOf(block) {
  const packed = unpack(block);
  if (!packed) return null;
  const { meta, arrays } = packed;
  const nodes = meta.nodes.map((node, row) => ({ ...node, row, x: arrays.node_lon[row], y: northing(arrays.node_lat[row]) }));
  const starts = arrays.link_starts;
  const links = meta.links.map((link, row) => {
    const from = starts[row];
    const to = row + 1 < starts.length ? starts[row + 1] : arrays.link_x.length;
    return { ...link, row, ...lineOf(arrays.link_x.subarray(from, to), arrays.link_y.subarray(from, to), link.mode === "sea") };
  });
  const posts = meta.posts.map((post, row) => ({ ...post, row, x: arrays.post_x[row], y: northing(arrays.post_y[row]) }));
  const places = placesOf(nodes);
  const linksAt = nodes.map(() => []);
  for (const link of links) {
    linksAt[link.from].push(link.row);
    linksAt[link.to].push(link.row);
  }
  return { meta, nodes, links, posts, places, linksAt, bundles: bundlesOf(links, places), crossings: crossingsOf(posts), base: baseOf(arrays, meta) };
}
