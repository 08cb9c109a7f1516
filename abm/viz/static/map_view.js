// Where the map looks: the projection, the window on it, and the widths that go with a scale.
const RAD = Math.PI / 180;
const LAT_LIMIT = 85;
const ZOOM_STEP = 1.6;
const NEAREST_PX = 2500; // pixels a degree: nearer than this straight links say nothing more
const EASE_MS = 420;
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

// Mercator's northing in degrees, so that both axes have one unit.
const northing = (lat) => Math.log(Math.tan(Math.PI / 4 + (clamp(lat, -LAT_LIMIT, LAT_LIMIT) * RAD) / 2)) / RAD;

// A view is {x, y, k}: the projected point at the middle of the canvas, and pixels a projected degree.
const screenX = (s, x) => (x - s.view.x) * s.view.k + s.w / 2;
const screenY = (s, y) => (s.view.y - y) * s.view.k + s.h / 2;

function extent(box) {
  const [west, east, south, north] = box;
  return { west, east, south: northing(south), north: northing(north) };
}

// The view of a box (west, east, south, north) that leaves `pad` pixels free and, where there is room to spare, the left for the legend.
function fitted(s, box, pad = 14) {
  const e = extent(box);
  const wide = Math.max(e.east - e.west, 1e-3);
  const high = Math.max(e.north - e.south, 1e-3);
  const k = Math.min(Math.max(s.w - 2 * pad, 50) / wide, Math.max(s.h - 2 * pad, 50) / high, NEAREST_PX);
  const spare = Math.max(0, s.w - wide * k);
  const shift = Math.min(spare / 2, s.legendWidth() / 2);
  return { x: (e.west + e.east) / 2 - shift / k, y: (e.south + e.north) / 2, k };
}

// A view that stays near the network: it can neither be lost off the edge nor zoomed to nothing.
function held(s, view) {
  const all = extent(s.scene.meta.box);
  const least = fitted(s, s.scene.meta.box, 0).k * 0.75;
  const k = clamp(view.k, Math.min(least, NEAREST_PX), NEAREST_PX);
  return { x: clamp(view.x, all.west, all.east), y: clamp(view.y, all.south, all.north), k };
}

// Zoomed by `factor` so that what lies under (px, py) stays there.
function zoomed(s, view, factor, px, py) {
  const k = held(s, { ...view, k: view.k * factor }).k;
  const x = view.x + (px - s.w / 2) / view.k;
  const y = view.y - (py - s.h / 2) / view.k;
  return held(s, { x: x - (px - s.w / 2) / k, y: y + (py - s.h / 2) / k, k });
}

// Between two views: the scale by equal ratios, the place in step with it, so that a flight looks even.
function between(a, b, t) {
  const k = a.k * Math.pow(b.k / a.k, t);
  const u = Math.abs(b.k / a.k - 1) < 1e-3 ? t : (1 / k - 1 / a.k) / (1 / b.k - 1 / a.k);
  return { x: a.x + (b.x - a.x) * u, y: a.y + (b.y - a.y) * u, k };
}

const eased = (t) => t * t * (3 - 2 * t);

// Symbols and lines are somewhat smaller on a map of much land: a factor on every width, in steps so that the legend stays calm.
function symbolScale(s) {
  const factor = Math.pow(s.view.k / 70, 0.3);
  return clamp(Math.round(factor * 20) / 20, 0.55, 1.3);
}

// The next round number (1, 2 or 5 times a power of ten) that is not smaller.
function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = Math.pow(10, Math.floor(Math.log10(value)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

function roundDown(value) {
  if (!(value > 0)) return 1;
  const power = Math.pow(10, Math.floor(Math.log10(value)));
  return [5, 2, 1].map((step) => step * power).find((step) => step <= value * 1.001);
}
