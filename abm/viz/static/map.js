// The live map: takes scene, frame and look from Python, draws, and tells what was selected. The other map_*.js come before this file.
const LABELS_ANEW_DAYS = 91;
const PALETTE_VARIABLES = ["paper", "card", "land", "water", "ink", "muted", "faint", "grid", "select", "with", "on_accent"];
const MOST_DPR = 2;
const INK_SHARE = { light: 0.42, dark: 0.45 };

function takeScene(s) {
  s.scene = sceneOf(s.model.get("scene"));
  s.sceneCount += 1;
  s.tracks = null;
  s.movers = new Map();
  s.walk = {};
  [s.flowRef, s.changeRef, s.queueRef] = [LEAST_FLOW_REF, LEAST_FLOW_REF * CHANGE_OF_FLOW, LEAST_QUEUE_REF];
  s.parts.empty.hidden = Boolean(s.scene);
  if (!s.scene) return;
  const rows = (things) => new Map(things.map((thing, row) => [thing.id, row]));
  s.rowOf = { node: rows(s.scene.nodes), link: rows(s.scene.links), post: rows(s.scene.posts) };
  s.parts.note.textContent = s.scene.meta.note || "";
  s.parts.note.hidden = !s.scene.meta.note;
  s.isOwnView = false;
  fillRegions(s);
  showBar(s);
  takeTheme(s);
  if (s.w) s.view = fitted(s, regionNamed(s).box);
  s.redraw("view");
  s.redraw("rest");
}

function takeFrame(s) {
  const previous = s.frame && s.frame.meta;
  const frame = unpack(s.model.get("frame"));
  const n = s.scene ? s.scene.links.length : 0;
  // A frame of another case (it may come before or after its scene) is not drawn over this one.
  s.frame = frame && frame.arrays.flow_t_day && frame.arrays.flow_t_day.length === 2 * n ? frame : null;
  showDate(s);
  if (!s.scene) return;
  if (s.frame) {
    if (previous && s.frame.meta.day < previous.day) [s.flowRef, s.changeRef, s.queueRef] = [0, 0, 0];
    s.routes = routesOf(s.frame, s.routes);
    noteScales(s);
    takeMovers(s, previous, performance.now());
    const isFirst = !previous || previous.ready !== s.frame.meta.ready || s.frame.meta.day < previous.day;
    if (isFirst) s.walk = {};
    if (isFirst || Math.abs(s.frame.meta.day - s.labelDay) >= LABELS_ANEW_DAYS) s.redraw("rest");
  } else s.movers = new Map();
  s.redraw("data");
}

function takeLook(s, isChosen = false) {
  const before = s.look;
  s.look = { colour: "mode", shown: 1, region: "", movers: true, ...s.model.get("look") };
  s.look.shown = s.look.shown ? 1 : 0;
  if (s.scene && (isChosen || s.look.region !== before.region)) {
    s.isOwnView = false;
    flyTo(s, fitted(s, regionNamed(s).box));
  }
  showBar(s);
  if (s.look.shown !== before.shown) s.redraw("rest");
  s.redraw("data");
}

function takeTheme(s) {
  s.dark = Boolean(s.model.get("dark"));
  s.root.dataset.theme = s.dark ? "dark" : "light";
  if (!s.scene) return;
  s.palette = s.scene.meta.palette[s.dark ? "dark" : "light"];
  for (const name of PALETTE_VARIABLES) if (s.palette[name]) s.root.style.setProperty(`--cv-${name.replace("_", "-")}`, s.palette[name]);
  const share = INK_SHARE[s.dark ? "dark" : "light"];
  s.moverColours = MOVER_MODES.map((mode) => inked(s.palette[mode], s.palette.ink, share));
  s.redraw("view");
}

function takeSelected(s) {
  s.selected = { kind: "", id: "", ...s.model.get("selected") };
  if (s.scene) {
    showElsewhere(s);
    const thing = selectedThing(s);
    // What was selected elsewhere on the page, in a table say, is brought into view; what was clicked here stays where it is.
    if (thing && s.w && s.pickedHere !== `${thing.kind} ${thing.id}`) bringIn(s, thing);
    s.pickedHere = "";
  }
  s.redraw("marks");
}

function takeSize(s) {
  const { stage, back, middle, front } = s.parts;
  const [w, h] = [stage.clientWidth, stage.clientHeight];
  const dpr = Math.min(window.devicePixelRatio || 1, MOST_DPR);
  if (!w || !h || (w === s.w && h === s.h && dpr === s.dpr)) return;
  const isFirst = !s.w;
  Object.assign(s, { w, h, dpr });
  for (const canvas of [back, middle, front, s.baseLayer]) {
    canvas.width = Math.round(w * dpr);
    canvas.height = Math.round(h * dpr);
  }
  if (isFirst && w < NARROW_PX) s.foldLegend(true);
  if (!s.scene) return;
  if (!s.isOwnView) s.view = s.flight ? s.view : fitted(s, regionNamed(s).box);
  s.redraw("view");
  s.redraw("rest");
}

function cleared(s, canvas) {
  const ctx = canvas.getContext("2d");
  ctx.setTransform(s.dpr, 0, 0, s.dpr, 0, 0);
  ctx.clearRect(0, 0, s.w, s.h);
  return ctx;
}

// One frame on the screen: only what has changed is drawn, and nothing is asked for when nothing moves.
function tick(s, now) {
  s.raf = 0;
  if (!s.scene || !s.w) return;
  const began = performance.now();
  const has = (what) => s.dirty.has(what);
  if (s.flight) fly(s, now);
  const isView = has("view");
  const isData = isView || has("data") || has("rest");
  const isRest = has("rest") && !s.moving;
  const isMarks = isData || has("marks");
  s.dirty.clear();
  if (isData) {
    styleLinks(s);
    layGates(s);
    layTracks(s);
    s.marks = incidentMarks(s);
    showLegend(s);
    describe(s);
    showElsewhere(s);
    if (s.hover) showTip(s);
  }
  if (isRest) {
    placeLabels(s);
    s.labelDay = s.frame ? s.frame.meta.day : -Infinity;
  }
  if (isView) drawBase(s);
  if (isMarks) drawStill(s);
  const isRunning = s.moveMs > 0 && now - s.moveFrom < s.moveMs;
  if (isMarks || isRunning || s.isRunning) drawMovers(cleared(s, s.parts.middle), s, now);
  if (s.isRunning && !isRunning) dropGone(s);
  s.isRunning = isRunning;
  s.drawMs.push(performance.now() - began);
  if (s.drawMs.length > 240) s.drawMs.shift();
  if (isRunning) s.redraw("movers");
}

function drawStill(s) {
  const ctx = s.parts.back.getContext("2d");
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.drawImage(s.baseLayer, 0, 0);
  ctx.setTransform(s.dpr, 0, 0, s.dpr, 0, 0);
  drawLinks(ctx, s);
  drawQueues(ctx, s);
  const front = cleared(s, s.front);
  drawNodes(front, s);
  drawCrosses(front, s, s.marks);
  drawLabels(front, s);
  drawRings(front, s, s.marks);
  for (const mark of s.marks) drawIncident(front, s, mark.x, mark.y, INCIDENT_PX);
}

function fly(s, now) {
  const { from, to, since } = s.flight;
  const t = clamp((now - since) / EASE_MS, 0, 1);
  s.view = between(from, to, eased(t));
  s.dirty.add("view");
  if (t < 1) {
    s.raf = requestAnimationFrame((later) => tick(s, later));
  } else {
    s.view = to;
    s.flight = null;
    s.moving = false;
    s.dirty.add("rest");
  }
}

// What a test in a browser needs to find its way on the canvas; coordinates in CSS pixels from the canvas' top left.
function exposed(s) {
  return {
    get nLinks() { return s.scene ? s.scene.links.length : 0; },
    get frameDay() { return s.frame ? s.frame.meta.day : null; },
    get drawMs() { return [...s.drawMs]; },
    get nMovers() { return s.movers.size; },
    get view() { return { ...s.view }; },
    get labels() { return s.labels.map((label) => label.text); },
    isRunning: () => s.raf !== 0,
    pick: (x, y) => {
      const thing = pick(s, x, y);
      return thing ? { kind: thing.kind, id: thing.id } : null;
    },
    project: (lon, lat) => [screenX(s, lon), screenY(s, northing(lat))],
    linkPoint: (id, share = 0.5) => {
      const at = along(s, s.rowOf.link.get(id), share, { x: 0, y: 0, ux: 0, uy: 0 });
      return [at.x, at.y];
    },
    linkState: (id) => {
      const row = s.rowOf.link.get(id);
      if (row === undefined) return null;
      const world = s.look.shown;
      return { ...s.strokes[row], flow: linkFlow(s, world, row), delay: linkDelay(s, world, row), status: linkStatus(s, world, row) };
    },
  };
}

// The routes of a frame, number -> signed links. One that has not changed stays the same array, by which movers know it again.
function routesOf(frame, before) {
  const routes = new Map();
  for (const [name, links] of Object.entries(frame.meta.new_routes || {})) {
    const known = before.get(Number(name));
    const isSame = known && known.length === links.length && links.every((link, at) => link === known[at]);
    routes.set(Number(name), isSame ? known : Int32Array.from(links));
  }
  return routes;
}

function render({ model, el }) {
  const root = tag("div", "cv-map");
  const stop = new AbortController();
  const s = startState(model, root);
  s.parts = buildFrame(s, root, stop.signal);
  attach(s);
  el.append(root);
  root.caravanMap = exposed(s);
  el.caravanMap = root.caravanMap;
  s.foldLegend(false);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  s.isStill = still.matches;
  still.addEventListener("change", () => { s.isStill = still.matches; }, { signal: stop.signal });
  listen(s, s.front, stop.signal);
  const follow = {
    "change:scene": () => {
      takeScene(s);
      takeFrame(s);
    },
    "change:frame": () => takeFrame(s),
    "change:look": () => takeLook(s),
    "change:selected": () => takeSelected(s),
    "change:dark": () => takeTheme(s),
  };
  for (const [name, act] of Object.entries(follow)) model.on(name, act);
  const observer = new ResizeObserver(() => takeSize(s));
  observer.observe(s.parts.stage);
  window.addEventListener("resize", () => takeSize(s), { signal: stop.signal }); // the pixel ratio may change while the size does not
  takeSize(s);
  takeSelected(s);
  takeLook(s);
  follow["change:scene"]();
  return () => {
    stop.abort();
    observer.disconnect();
    cancelAnimationFrame(s.raf);
    s.raf = -1; // nothing is asked for any more
    clearTimeout(s.restTimer);
    for (const [name, act] of Object.entries(follow)) model.off(name, act);
    root.remove();
  };
}

export default { render };
