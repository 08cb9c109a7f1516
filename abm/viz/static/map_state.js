// What one map on a page knows, and what its parts may ask of it.
const NO_PALETTE = { land: "#f4f1ea", water: "#dfe9f0", paper: "#ffffff", ink: "#1f2933", muted: "#56636f" };

function startState(model, root) {
  return {
    model, root, routes: new Map(), scene: null, frame: null, sceneCount: 0, rowOf: {}, palette: NO_PALETTE, dark: false,
    look: { colour: "mode", shown: 1, region: "", movers: true }, selected: { kind: "", id: "" }, hover: null, pointer: { x: 0, y: 0 },
    view: { x: 0, y: 0, k: 1 }, w: 0, h: 0, dpr: 1, symbols: 1, flight: null, moving: false, isOwnView: false, isFolded: false,
    strokes: [], tracks: null, order: [], gates: [], gateOfPost: [], marks: [], labels: [], exits: [], nodeShown: new Uint8Array(0), weight: [],
    walk: {}, flowRef: 0, changeRef: 0, queueRef: LEAST_QUEUE_REF, legendKey: "", elsewhereKey: "", pickedHere: "", tipKey: "", movers: new Map(), moverColours: [],
    frameAt: -Infinity, moveFrom: 0, moveMs: 0, moveEased: false, isStill: false, labelDay: -Infinity, dirty: new Set(), raf: 0, restTimer: 0,
    baseLayer: document.createElement("canvas"), drawMs: [], stepMs: () => Math.max(1, model.get("step_ms") || STEPPED_MS),
  };
}

const regionNamed = (s) => {
  const regions = s.scene.meta.regions || [];
  // Without a wish the last region is shown: the narrowest that still holds what matters around the home country.
  return regions.find((region) => region.name === s.look.region) || regions.at(-1) || { name: "", box: s.scene.meta.box };
};

function attach(s) {
  s.redraw = (what) => {
    s.dirty.add(what);
    if (!s.raf) s.raf = requestAnimationFrame((now) => tick(s, now));
  };
  s.setLook = (change) => {
    s.model.set("look", { ...s.look, ...change });
    s.model.save_changes();
    if (change.region !== undefined) takeLook(s, true);
  };
  s.select = (thing) => {
    s.pickedHere = thing ? `${thing.kind} ${thing.id}` : "";
    s.model.set("selected", thing ? { kind: thing.kind, id: thing.id } : { kind: "", id: "" });
    s.model.save_changes();
    s.parts.live.textContent = thing ? spoken(s, thing) : "Nothing is selected";
  };
  s.point = (thing, at) => {
    const isSame = (thing && s.hover && thing.kind === s.hover.kind && thing.id === s.hover.id) || (!thing && !s.hover);
    s.hover = thing;
    if (at) s.pointer = at;
    s.parts.front.classList.toggle("cv-map-over", Boolean(thing));
    showTip(s);
    if (!isSame) s.redraw("marks");
  };
  s.ownView = (isOwn) => {
    s.isOwnView = isOwn;
    showBar(s);
  };
  s.showWhole = () => s.setLook({ region: (s.scene.meta.regions[0] || { name: "" }).name });
  s.toggleKeys = () => {
    s.parts.keys.hidden = !s.parts.keys.hidden;
    s.parts.help.setAttribute("aria-expanded", String(!s.parts.keys.hidden));
    (s.parts.keys.hidden ? s.parts.front : s.parts.keys.querySelector("button")).focus({ preventScroll: true });
  };
  s.foldLegend = (isFolded) => {
    s.isFolded = isFolded;
    s.parts.legend.classList.toggle("cv-map-folded", isFolded);
    s.parts.fold.setAttribute("aria-expanded", String(!isFolded));
    if (s.scene) s.redraw("rest");
  };
  s.legendBody = s.parts.legendBody;
  s.front = s.parts.front;
  s.legendWidth = () => (s.isFolded ? 0 : s.parts.legend.offsetWidth + 12);
  s.overlayBoxes = () => {
    const home = s.parts.stage.getBoundingClientRect();
    return [s.parts.legend, s.parts.badge, s.parts.note, s.parts.elsewhere].filter((part) => part.offsetWidth).map((part) => {
      const box = part.getBoundingClientRect();
      return { left: box.left - home.left - 4, right: box.right - home.left + 4, top: box.top - home.top - 3, bottom: box.bottom - home.top + 3 };
    });
  };
}
