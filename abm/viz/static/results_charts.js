// Charts of the results page in SVG: worlds against a claim, months, worlds by one factor. Colours come from the page.

const SPACE = "http://www.w3.org/2000/svg";
const HEIGHT = 290, LEFT = 52, RIGHT = 14, TOP = 30, BOTTOM = 44;
const SIDES = ["cr-f-less", "cr-f-inside", "cr-f-more"];
const THROTTLE_MS = 80;

function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value !== null) node.setAttribute(name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== ""));
  return node;
}

function s(tag, attributes, ...children) {
  const node = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function ticks(low, high, count) {
  const raw = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => raw <= factor * power) || 10);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) found.push(i * step);
  return found;
}

function words(value, span) {
  const digits = span > 0 ? Math.min(Math.max(Math.ceil(1.3 - Math.log10(span)), 0), 6) : 2;
  const text = value.toLocaleString("en-US", { maximumFractionDigits: digits });
  return (text === "-0" ? "0" : text).replace("-", "\u2212");
}

// Axes, scales and a drawing to put marks on; x and y are [low, high].
function frame(width, x, y, spec) {
  const right = width - RIGHT, bottom = HEIGHT - BOTTOM;
  const px = (value) => LEFT + ((value - x[0]) / (x[1] - x[0])) * (right - LEFT);
  const py = (value) => bottom - ((value - y[0]) / (y[1] - y[0])) * (bottom - TOP);
  const svg = s("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": spec.alt });
  const grid = s("g", { class: "cr-grid" }), labels = s("g", { class: "cr-ticks" });
  for (const value of ticks(y[0], y[1], 5)) {
    grid.append(s("line", { x1: LEFT, x2: right, y1: py(value), y2: py(value) }));
    const text = s("text", { x: LEFT - 7, y: py(value) + 4, "text-anchor": "end" });
    text.textContent = words(value, y[1] - y[0]);
    labels.append(text);
  }
  for (const value of ticks(x[0], x[1], Math.max(3, Math.floor(width / 70)))) {
    const at = px(value);
    grid.append(s("line", { x1: at, x2: at, y1: bottom, y2: bottom + 4 }));
    const text = s("text", { x: at, y: bottom + 17, "text-anchor": "middle" });
    text.textContent = words(value, x[1] - x[0]);
    labels.append(text);
  }
  const below = s("text", { x: (LEFT + right) / 2, y: HEIGHT - 6, "text-anchor": "middle", class: "cr-axis" });
  below.textContent = shortened(spec.x_label, right - LEFT);
  const above = s("text", { x: 2, y: 13, class: "cr-axis" });
  above.textContent = spec.y_label;
  const marks = s("g");
  svg.append(grid, marks, s("line", { x1: LEFT, x2: right, y1: bottom, y2: bottom, class: "cr-base" }), labels, below, above);
  return { svg, marks, px, py, right, bottom, value: (at) => x[0] + ((at - LEFT) / (right - LEFT)) * (x[1] - x[0]) };
}

// About seven pixels a letter: cut at a word.
function shortened(text, room) {
  const most = Math.floor(room / 6.4);
  if (text.length <= most) return text;
  return `${text.slice(0, most).replace(/\s+\S*$/, "")}\u2026`;
}

function label(marks, x, y, text, anchor, extra) {
  const node = s("text", { x, y, "text-anchor": anchor, class: `cr-label ${extra || ""}` });
  node.textContent = text;
  marks.append(node);
}

function keyRow(entries) {
  return h("p", { class: "cr-keys" }, entries.filter(([word]) => word).map(([word, mark]) => h("span", {}, h("b", { class: mark }), word)));
}

function claimKeys(spec) {
  const marks = ["cr-less", "cr-inside", "cr-more"];
  const found = spec.keys.map((word, i) => [word, marks[i]]);
  return spec.band ? [...found, ["claimed", "cr-key-band"]] : found;
}

function histogram(board) {
  const { spec, width, state } = board;
  const isNear = spec.near !== null && state.near === true;
  const x = isNear ? spec.near : spec.domain;
  const n = spec.pale.length;
  const total = spec.pale.map((count, i) => count + spec.counts[0][i] + spec.counts[1][i] + spec.counts[2][i]);
  const drawing = frame(width, x, [0, Math.max(...total) * 1.08 || 1], spec);
  const { marks, px, py, bottom, right } = drawing;
  const clip = (at) => Math.min(Math.max(at, LEFT), right);
  if (spec.band) {
    const a = clip(spec.band[0] === null ? LEFT : px(spec.band[0])), b = clip(spec.band[1] === null ? right : px(spec.band[1]));
    if (b > a) marks.append(s("rect", { x: a, y: TOP, width: Math.max(b - a, 2), height: bottom - TOP, class: "cr-band" }));
  }
  if (x[0] < 0 && x[1] > 0) marks.append(s("line", { x1: px(0), x2: px(0), y1: TOP, y2: bottom, class: "cr-zero" }));
  for (let i = 0; i < n; i += 1) {
    const a = px(spec.edges[i]), wide = Math.max(px(spec.edges[i + 1]) - a - (isNear || px(spec.edges[1]) - px(spec.edges[0]) > 3 ? 1 : 0), 1);
    let at = 0;
    [...spec.counts.map((kind, k) => [kind[i], SIDES[k]]), [spec.pale[i], "cr-f-pale"]].forEach(([count, mark]) => {
      if (count) marks.append(s("rect", { x: a, y: py(at + count), width: wide, height: py(at) - py(at + count), class: mark }));
      at += count;
    });
  }
  const middle = px(spec.median);
  marks.append(s("line", { x1: middle, x2: middle, y1: TOP - 8, y2: bottom, class: "cr-median" }));
  const isRight = middle > (LEFT + right) / 2;
  label(marks, middle + (isRight ? -5 : 5), TOP - 2, `median ${words(spec.median, spec.edges[n] - spec.edges[0])} ${spec.unit}`, isRight ? "end" : "start", "cr-strong");
  board.show(drawing.svg, keyRow([...claimKeys(spec), spec.pale.some(Boolean) ? ["outside the marked range", "cr-pale"] : [""]]));
  if (spec.near !== null) {
    const button = h("button", { type: "button", class: "cr-tool", "aria-pressed": isNear ? "true" : "false" }, isNear ? "Show the claim" : "Closer to the worlds");
    button.addEventListener("click", () => { state.near = !isNear; board.draw(); board.tools.querySelector("button")?.focus(); });
    board.tools.append(button);
  }
  board.steps(n, (i) => {
    const span = spec.edges[n] - spec.edges[0];
    const parts = spec.counts.map((kind, k) => (kind[i] && spec.keys[k] ? `${kind[i].toLocaleString("en-US")} ${spec.keys[k]}` : "")).filter(Boolean);
    return {
      at: px((spec.edges[i] + spec.edges[i + 1]) / 2),
      text: `${words(spec.edges[i], span)} to ${words(spec.edges[i + 1], span)} ${spec.unit}: ${total[i].toLocaleString("en-US")} pairs of worlds${parts.length ? ` (${parts.join(", ")})` : ""}`,
    };
  }, (at) => Math.floor(((drawing.value(at) - spec.edges[0]) / (spec.edges[n] - spec.edges[0])) * n), drawing);
}

function fan(board) {
  const { spec, width, state } = board;
  const view = spec.views[state.view || 0];
  const months = view.bands[0].q[0].length;
  const finite = view.bands.flatMap((band) => [...band.q[0], ...band.q[4]]).filter(Number.isFinite);
  let low = Math.min(...finite), high = Math.max(...finite);
  const room = 0.06 * (high - low) || Math.abs(high) * 0.05 || 1;
  low = view.from_zero ? Math.min(low - room, 0) : low > high / 2 ? low - room : Math.min(0, low);
  high = view.from_zero ? Math.max(high + room, 0) : high + room;
  const drawing = frame(width, [0, months / 12], [low, high], { ...spec, y_label: view.y_label });
  const { marks, px, py } = drawing;
  const year = (month) => (month + 0.5) / 12;
  const line = (values) => values.map((value, i) => `${i ? "L" : "M"}${px(year(i)).toFixed(1)} ${py(value).toFixed(1)}`).join("");
  if (low < 0 && high > 0) marks.append(s("line", { x1: LEFT, x2: drawing.right, y1: py(0), y2: py(0), class: "cr-zero" }));
  for (const band of view.bands) {
    for (const [a, b, mark] of [[0, 4, "cr-outer"], [1, 3, "cr-inner"]]) {
      const back = band.q[a].map((value, i) => `L${px(year(i)).toFixed(1)} ${py(value).toFixed(1)}`).reverse().join("");
      marks.append(s("path", { d: `${line(band.q[b])}${back}Z`, class: `${mark} cr-fan-${band.colour}` }));
    }
    marks.append(s("path", { d: line(band.q[2]), class: `cr-line cr-line-${band.colour}` }));
  }
  board.show(drawing.svg, keyRow([
    ...view.bands.map((band) => [`${band.name}, median`, `cr-key-${band.colour}`]), ["half of the worlds", "cr-key-inner"], ["nine tenths", "cr-key-outer"],
  ]));
  spec.views.forEach((one, i) => {
    const button = h("button", { type: "button", class: "cr-tool", "aria-pressed": (state.view || 0) === i ? "true" : "false" }, one.name);
    button.addEventListener("click", () => { state.view = i; board.draw(); board.tools.children[i]?.focus(); });
    board.tools.append(button);
  });
  board.steps(months, (i) => ({
    at: px(year(i)),
    text: `Year ${Math.floor(i / 12) + 1}, month ${(i % 12) + 1}: ${view.bands.map((band) => `${band.name} ${words(band.q[2][i], high - low)} (${words(band.q[0][i], high - low)} to ${words(band.q[4][i], high - low)})`).join("; ")} ${view.y_label.split(",")[0]}`,
  }), (at) => Math.floor(drawing.value(at) * 12), drawing);
}

function scatter(board) {
  const { spec, width, model } = board;
  const data = model.get("data"), n = spec.n;
  if (!data || data.byteLength !== 9 * n) return;
  const number = (i) => data.getFloat32(4 * i, true), side = (i) => data.getUint8(8 * n + i);
  const drawing = frame(width, spec.x_domain, spec.domain, spec);
  const { marks, px, py, bottom, right } = drawing;
  if (spec.band) {
    const top = spec.band[1] === null ? TOP : Math.max(py(spec.band[1]), TOP), base = spec.band[0] === null ? bottom : Math.min(py(spec.band[0]), bottom);
    if (base > top) marks.append(s("rect", { x: LEFT, y: top, width: right - LEFT, height: Math.max(base - top, 2), class: "cr-band" }));
  }
  if (spec.domain[0] < 0 && spec.domain[1] > 0) marks.append(s("line", { x1: LEFT, x2: right, y1: py(0), y2: py(0), class: "cr-zero" }));
  const brush = model.get("brush");
  const isIn = (x) => brush.length !== 2 || (x >= brush[0] && x <= brush[1]);
  const paths = { true: ["", "", ""], false: ["", "", ""] };
  const places = [];
  for (let i = 0; i < n; i += 1) {
    const x = px(number(i)), y = Math.min(Math.max(py(number(n + i)), TOP), bottom); // what lies beyond stands at the edge
    places.push([x, y]);
    paths[isIn(number(i))][side(i)] += `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
  }
  for (const inside of [false, true]) {
    paths[inside].forEach((d, k) => { if (d) marks.append(s("path", { d, class: `cr-dots ${inside ? SIDES[k] : "cr-f-pale"}` })); });
  }
  spec.boxes.forEach(([a, b, text], i) => {
    const isRight = px(b) - px(a) < 110 && px(a) > (LEFT + right) / 2;
    marks.append(s("rect", { x: px(a), y: TOP, width: Math.max(px(b) - px(a), 2), height: bottom - TOP, class: i ? "cr-box cr-box-far" : "cr-box" }));
    label(marks, px(a) + (isRight ? -5 : 5), bottom - 6 - 15 * i, text, isRight ? "end" : "start", "cr-strong cr-halo");
  });
  if (spec.off) label(marks, right, TOP - 4, spec.off, "end", "cr-strong");
  const shade = s("rect", { y: TOP, height: bottom - TOP, class: "cr-brush" });
  const place = (low, high) => { shade.setAttribute("x", px(low)); shade.setAttribute("width", Math.max(px(high) - px(low), 1)); };
  if (brush.length === 2) { place(...brush); marks.append(shade); }
  board.show(drawing.svg, keyRow([...claimKeys(spec), spec.boxes.length ? ["limits of the box", "cr-key-box"] : [""]]));
  board.brushing(drawing, shade, place, places, (i) => `Point ${spec.points[i]}: ${spec.factor} ${words(number(i), spec.x_domain[1] - spec.x_domain[0])}, ${words(number(n + i), spec.domain[1] - spec.domain[0])} ${spec.unit}`);
}

const KINDS = { histogram, fan, scatter };

class Board {
  constructor(model, el) {
    this.model = model;
    this.state = {};
    this.tools = h("div", { class: "cr-tools" });
    this.keys = h("div");
    this.plot = h("div", { class: "cr-plot" });
    this.readout = h("p", { class: "cr-readout", "aria-live": "polite" });
    this.form = h("div", { class: "cr-form" });
    el.append(h("div", { class: "cr-chart" }, this.tools, this.keys, this.plot, this.readout, this.form));
    this.sent = 0;
    this.drag = null;
  }

  get spec() { return this.model.get("spec"); }

  get width() { return Math.max(this.plot.clientWidth || 0, 280); }

  draw() {
    if (this.drag) return;
    const held = this.plot.contains(document.activeElement);
    this.tools.replaceChildren();
    this.readout.textContent = "";
    if (this.spec.empty || !KINDS[this.spec.kind]) {
      this.keys.replaceChildren();
      this.form.replaceChildren();
      this.plot.replaceChildren(h("p", { class: "cr-empty" }, this.spec.empty || ""));
      return;
    }
    KINDS[this.spec.kind](this);
    if (held) this.plot.querySelector("svg")?.focus();
  }

  show(svg, keys) {
    this.keys.replaceChildren(keys);
    this.plot.replaceChildren(svg);
  }

  // A line that follows mouse or arrow keys and reads out what it stands on.
  steps(count, told, indexAt, { svg, bottom }) {
    const line = s("line", { y1: TOP, y2: bottom, class: "cr-cursor", visibility: "hidden" });
    svg.append(line);
    svg.setAttribute("tabindex", "0");
    let at = -1;
    const go = (i) => {
      at = Math.min(Math.max(i, 0), count - 1);
      const { at: x, text } = told(at);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.setAttribute("visibility", "visible");
      this.readout.textContent = text;
    };
    svg.addEventListener("pointermove", (event) => {
      const i = indexAt(event.clientX - svg.getBoundingClientRect().left);
      if (i >= 0 && i < count) go(i);
    });
    svg.addEventListener("pointerleave", () => { line.setAttribute("visibility", "hidden"); this.readout.textContent = ""; });
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (event.key === "Home") go(0);
      else if (event.key === "End") go(count - 1);
      else if (step) go(at + step);
      else return;
      event.preventDefault();
    });
  }

  setBrush(pair, isLast) {
    const now = Date.now();
    if (!isLast && now - this.sent < THROTTLE_MS) return;
    this.sent = now;
    this.model.set("brush", pair);
    this.model.save_changes();
  }

  brushing({ svg, value, right }, shade, place, places, told) {
    const spec = this.spec, brush = this.model.get("brush");
    const inside = (event) => Math.min(Math.max(event.clientX - svg.getBoundingClientRect().left, LEFT), right);
    svg.addEventListener("pointerdown", (event) => {
      svg.setPointerCapture(event.pointerId);
      this.drag = value(inside(event));
    });
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
      if (this.drag !== null) {
        const pair = [this.drag, value(inside(event))].sort((a, b) => a - b);
        if (!shade.parentNode) svg.append(shade);
        place(...pair);
        this.setBrush(pair, false);
        return;
      }
      let best = -1, least = 64;
      places.forEach(([a, b], i) => { const far = (a - x) ** 2 + (b - y) ** 2; if (far < least) { least = far; best = i; } });
      this.readout.textContent = best < 0 ? "" : told(best);
    });
    svg.addEventListener("pointerup", (event) => {
      if (this.drag === null) return;
      const pair = [this.drag, value(inside(event))].sort((a, b) => a - b);
      this.drag = null;
      this.setBrush(pair[1] > pair[0] ? pair : [], true);
      this.draw();
    });
    svg.addEventListener("pointercancel", () => { this.drag = null; this.draw(); });
    if (this.form.contains(document.activeElement) && document.activeElement.tagName === "INPUT" && this.form.dataset.factor === spec.factor) return;
    const field = (word, i) => {
      const input = h("input", { type: "number", step: "any", "aria-label": `${spec.factor}, ${word}` });
      if (brush.length === 2) input.value = Number(brush[i].toPrecision(4));
      return input;
    };
    const low = field("from", 0), high = field("to", 1);
    const clear = h("button", { type: "button", class: "cr-tool" }, "Clear");
    const typed = () => {
      const pair = [low.valueAsNumber, high.valueAsNumber];
      if (pair.every(Number.isFinite) && pair[0] <= pair[1]) this.setBrush(pair, true);
    };
    for (const input of [low, high]) input.addEventListener("change", typed);
    clear.addEventListener("click", () => { low.value = ""; high.value = ""; this.setBrush([], true); this.draw(); });
    this.form.dataset.factor = spec.factor;
    this.form.replaceChildren(h("label", {}, `${spec.factor} from `, low), h("label", {}, " to ", high), clear);
  }
}

export default {
  render({ model, el }) {
    const board = new Board(model, el);
    let waiting = 0;
    const draw = () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(() => board.draw()); };
    let seen = "";
    const fresh = () => {
      const { topic } = model.get("spec");
      if (topic !== seen) board.state.near = false;
      seen = topic;
      draw();
    };
    model.on("change:spec", fresh);
    model.on("change:data", draw);
    model.on("change:brush", draw);
    let wide = 0;
    const watch = new ResizeObserver(() => { if (board.width !== wide) { wide = board.width; draw(); } });
    watch.observe(board.plot);
    draw();
    return () => {
      watch.disconnect();
      cancelAnimationFrame(waiting);
      model.off("change:spec", fresh);
      model.off("change:data", draw);
      model.off("change:brush", draw);
    };
  },
};
