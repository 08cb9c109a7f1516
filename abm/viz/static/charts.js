// Small charts of two worlds in a grid: one card each, a menu of what is shown, one crosshair over all of them.
// Put together with unpack.js, dates.js, charts_scale.js and charts_draw.js (see chart_widget.py).

const EMPTY = "Press Play or Step: lines appear day by day";
const NO_VALUE = "No value yet: it comes with the first deliveries";

function make(tag, className, parent, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

function render({ model, el }) {
  const root = make("div", "cv-charts", el);
  const bar = make("div", "cv-charts-bar", root);
  const key = make("div", "cv-charts-key", bar);
  const menu = make("details", "cv-charts-menu", bar);
  const button = make("summary", "", menu, "Charts");
  const list = make("div", "cv-charts-list", menu);
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "Charts to show");
  const grid = make("div", "cv-charts-grid", root);
  const nothing = make("div", "cv-charts-nothing", root, "No chart is chosen: take some from the menu Charts");
  const cards = new Map();
  const none = { day: new Int32Array(0), arrays: {}, meta: { day: 0, horizon: 365, policies: [], incidents: { titles: [], day: [], title: [], world: [] } } };
  let data = none, colours = {}, crossDay = null, asked = 0;

  const specs = () => model.get("spec") || [];
  const chosen = () => model.get("chosen") || [];

  function readData() {
    const block = unpack(model.get("data"));
    data = block && block.arrays.day ? { day: block.arrays.day, arrays: block.arrays, meta: block.meta } : none;
    draw();
  }

  function readColours() {
    const dark = Boolean(model.get("dark"));
    const palette = model.get("palette") || {};
    colours = palette[dark ? "dark" : "light"] || {};
    root.classList.toggle("cv-dark", dark);
    for (const [name, value] of Object.entries(colours)) if (typeof value === "string") root.style.setProperty(`--${name}`, value);
    draw();
  }

  // ---------------------------------------------------------------------------------------------------------- legend and menu
  function buildBar() {
    key.replaceChildren();
    for (const [name, words] of [["with", "with the measure"], ["without", "without"], ["policy", "policy begins or ends"], ["incident", "incident"]]) {
      const item = make("span", "cv-charts-item", key);
      make("i", `cv-charts-sign cv-${name}`, item).setAttribute("aria-hidden", "true");
      make("span", "", item, words);
    }
    list.replaceChildren();
    for (const spec of specs()) {
      const label = make("label", "", list);
      const box = make("input", "", label);
      box.type = "checkbox";
      box.value = spec.id;
      make("span", "", label, spec.title);
      box.addEventListener("change", () => {
        const picked = new Set(chosen());
        if (box.checked) picked.add(spec.id);
        else picked.delete(spec.id);
        model.set("chosen", specs().map((s) => s.id).filter((id) => picked.has(id)));
        model.save_changes();
        buildCards();
      });
    }
  }

  // ------------------------------------------------------------------------------------------------------------------- the cards
  function buildCards() {
    const shown = specs().filter((spec) => chosen().includes(spec.id));
    for (const [id, card] of cards) if (!shown.some((spec) => spec.id === id)) { card.watch.disconnect(); card.node.remove(); cards.delete(id); }
    shown.forEach((spec, i) => {
      const card = cards.get(spec.id) || newCard(spec);
      card.spec = spec;
      cards.set(spec.id, card);
      if (grid.children[i] !== card.node) grid.insertBefore(card.node, grid.children[i] || null);
    });
    for (const box of list.querySelectorAll("input")) box.checked = chosen().includes(box.value);
    button.textContent = `Charts (${shown.length} of ${specs().length})`;
    nothing.hidden = shown.length > 0 || specs().length === 0;
    draw();
  }

  function newCard(spec) {
    const node = make("section", "cv-chart", null);
    node.dataset.chart = spec.id;
    make("h3", "", node, spec.title);
    const about = make("div", "cv-chart-about", node, spec.about);
    about.title = spec.about;
    const frame = make("div", "cv-chart-frame", node);
    const canvas = make("canvas", "", frame);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    const empty = make("div", "cv-chart-empty", frame, EMPTY);
    const tip = make("div", "cv-chart-tip", frame);
    tip.hidden = true;
    tip.setAttribute("role", "status");
    for (const panel of spec.panels) for (const band of panel.bands) {
      const foot = make("div", "cv-chart-claim", node);
      make("i", "cv-charts-sign cv-claim", foot).setAttribute("aria-hidden", "true");
      make("span", "", foot, `Claim: ${band.title}`);
      foot.title = bandWords(band);
    }
    const card = { spec, node, canvas, empty, tip, frame, ctx: canvas.getContext("2d"), memory: { ranges: [] }, place: null, w: 0, h: 0 };
    card.watch = new ResizeObserver(() => { measure(card); draw(); });
    card.watch.observe(frame);
    canvas.addEventListener("pointermove", (event) => point(card, event.offsetX));
    canvas.addEventListener("pointerleave", () => leave(card));
    canvas.addEventListener("blur", () => leave(card));
    canvas.addEventListener("keydown", (event) => walk(card, event));
    return card;
  }

  const bandWords = (band) => {
    const percent = (share) => numberWords(band.kind === "growth" ? share * 100 : share, 0, band.kind !== "growth");
    return `${percent(band.low)} to ${percent(band.high)} %${band.kind === "growth" ? " a year" : ""}`;
  };

  function measure(card) {
    const box = card.frame.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    card.w = Math.floor(box.width);
    card.h = Math.floor(box.height);
    card.canvas.width = Math.round(card.w * ratio);
    card.canvas.height = Math.round(card.h * ratio);
    card.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    card.memory.left = card.memory.right = 0;
  }

  // ------------------------------------------------------------------------------------------------------------------ the drawing
  function draw() {
    if (!asked) asked = requestAnimationFrame(drawNow);
  }

  function drawNow() {
    asked = 0;
    const began = performance.now();
    for (const card of cards.values()) {
      if (card.w < 40 || card.h < 40) continue;
      for (const panel of card.spec.panels) for (const band of panel.bands) band.from = data.meta.measure_from; // growth is claimed from the measure on
      card.place = drawChart(card.ctx, card.w, card.h, card.spec, data, data.meta.horizon, colours, card.memory, crossDay);
      const words = !data.day.length ? EMPTY : hasValue(card) ? "" : NO_VALUE;
      if (card.empty.textContent !== words) card.empty.textContent = words;
      card.empty.hidden = !words;
      if (!card.tip.hidden) fillTip(card);
      card.canvas.setAttribute("aria-label", summary(card));
    }
    root.dataset.drawMs = (performance.now() - began).toFixed(2);
  }

  const hasValue = (card) => card.place.parts.some((part) => part.lines && part.lines.some((line) => lastOf(line.values) >= 0));

  function summary(card) {
    const said = card.place.parts.flatMap((part) => part.labels.map((label) => label.text.join(" ")));
    const when = data.day.length ? dateWords(dateOf(card.spec.start_date, data.day[data.day.length - 1])) : "not played yet";
    return `${card.spec.title}, ${card.spec.panels[0].unit}, ${when}: ${said.join("; ") || "no values"}. Arrow keys read single days.`;
  }

  // ---------------------------------------------------------------------------------------------------------------- the crosshair
  function point(card, px) {
    const place = card.place;
    if (!place || !data.day.length || px < place.left - 8 || px > place.right + 8) { leave(card); return; }
    const share = Math.max(0, Math.min(1, (px - place.left) / (place.right - place.left)));
    show(card, data.day[nearest(data.day, share * place.last)]);
  }

  function show(card, day) {
    crossDay = day;
    for (const other of cards.values()) if (other !== card) other.tip.hidden = true;
    card.tip.hidden = false;
    draw();
  }

  function leave(card) {
    if (crossDay === null) return;
    crossDay = null;
    card.tip.hidden = true;
    draw();
  }

  function walk(card, event) {
    const m = data.day.length;
    if (event.key === "Escape") { leave(card); return; }
    const stride = event.shiftKey ? Math.max(1, Math.round(m / 12)) : 1;
    const to = { ArrowLeft: -stride, ArrowRight: stride, Home: -m, End: m }[event.key];
    if (to === undefined || !m) return;
    event.preventDefault();
    const from = crossDay === null ? m : nearest(data.day, crossDay);
    show(card, data.day[Math.max(0, Math.min(m - 1, from + to))]);
  }

  function fillTip(card) {
    const { tip, place, spec } = card, i = nearest(data.day, crossDay), day = data.day[i];
    tip.replaceChildren();
    make("strong", "", tip, dateWords(dateOf(spec.start_date, day)));
    const row = (colour, words, value) => {
      const line = make("div", "cv-chart-row", tip);
      make("i", "", line).style.background = colour || "transparent";
      make("span", "", line, words);
      make("b", "", line, value);
    };
    for (const { panel, lines } of place.parts) {
      if (!lines) continue;
      const unit = panel.unit.startsWith("%") ? " %" : "";
      const say = (value, sign) => numberWords(value, panel.digits, sign) + unit;
      if (place.parts.length > 1 && panel.title && panel.kind !== "gap") make("em", "", tip, `${panel.title}, ${panel.unit}`);
      if (panel.kind === "pair") for (const line of [...lines].reverse()) row(colours[line.key], line.key === "with" ? "with the measure" : "without", numberWords(line.values[i], panel.digits, false));
      if (panel.kind === "pair" && !place.parts.some((part) => part.panel.kind === "gap")) row("", "difference", numberWords(lines[1].values[i] - lines[0].values[i], panel.digits, true));
      if (panel.kind === "gap") row("", "difference", say(lines[0].values[i], true));
      if (panel.kind === "mix") for (const line of lines) row(colours[line.key], line.label, `${say(line.values[i])} (without ${say(line.other[i])})`);
      if (panel.kind === "split") {
        for (const line of lines) row(colours[line.key], line.label, say(line.values[i], true));
        row(colours.ink, "together", say(lines.reduce((sum, line) => sum + line.values[i], 0), true));
      }
    }
    for (const { panel } of place.parts) for (const band of panel.bands) row("", "claim", claimWords(bandAt(band, panel.base, day), panel));
    for (const words of marksNear(day, place)) make("div", "cv-chart-mark", tip, words);
    const at = place.x(day), wide = tip.offsetWidth;
    tip.style.left = `${Math.max(0, at + 12 + wide > card.w ? at - 12 - wide : at + 12)}px`;
  }

  function claimWords([low, high], panel) {
    const say = (value) => numberWords(value, panel.digits, panel.kind === "gap");
    const unit = panel.unit.startsWith("%") ? " %" : "";
    return `${say(low)} to ${say(high)}${unit}`;
  }

  // What happened within two pixels of a day, in words; each thing once.
  function marksNear(day, place) {
    const near = (2 * place.last) / Math.max(place.right - place.left, 1);
    const said = data.meta.policies.filter((mark) => Math.abs(mark.day - day) <= near).map((mark) => mark.title);
    const { titles, day: days, title, world } = data.meta.incidents;
    for (let i = 0; i < days.length; i++) {
      if (Math.abs(days[i] - day) <= near) said.push(titles[title[i]] + (world[i] === 2 ? "" : world[i] ? " (with only)" : " (without only)"));
    }
    return [...new Set(said)].slice(0, 4);
  }

  // ---------------------------------------------------------------------------------------------------------------------- wiring
  const handlers = {
    "change:spec": () => { for (const card of cards.values()) { card.watch.disconnect(); card.node.remove(); } cards.clear(); buildBar(); buildCards(); },
    "change:chosen": buildCards,
    "change:data": readData,
    "change:dark": readColours,
    "change:palette": readColours,
  };
  for (const [name, handler] of Object.entries(handlers)) model.on(name, handler);
  const closeMenu = (event) => {
    if (menu.open && (event.type === "keydown" ? event.key === "Escape" : !menu.contains(event.target))) {
      menu.open = false;
      if (event.type === "keydown") button.focus();
    }
  };
  document.addEventListener("pointerdown", closeMenu);
  document.addEventListener("keydown", closeMenu);
  el.caravanCharts = root.caravanCharts = {
    ids: () => [...cards.keys()],
    day: () => data.meta.day,
    points: (id, world) => {
      const spec = specs().find((s) => s.id === id);
      const values = data.arrays[spec ? spec.panels[0].names[0] : id];
      return values ? Array.from(data.day, (day, i) => [day, values[world * data.day.length + i]]) : [];
    },
  };
  buildBar();
  readColours();
  readData();
  buildCards();

  return () => {
    cancelAnimationFrame(asked);
    for (const [name, handler] of Object.entries(handlers)) model.off(name, handler);
    document.removeEventListener("pointerdown", closeMenu);
    document.removeEventListener("keydown", closeMenu);
    for (const card of cards.values()) card.watch.disconnect();
    cards.clear();
    delete el.caravanCharts;
    root.remove();
  };
}

export default { render };
