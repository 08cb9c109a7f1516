// Pointer, wheel and keys: moving the map, pointing, choosing.
const DRAG_FROM_PX = 4;
const PAN_KEY_PX = 70;
const REST_MS = 140;
const KEYS_TOLD = [
  ["Arrows", "move the map"], ["+ −", "zoom"], ["0", "whole network"], ["n, Shift+n", "next, previous place"],
  ["l, Shift+l", "next, previous link"], ["p, Shift+p", "next, previous border post"], ["Esc", "clear the selection"],
  ["m d c", "colour by mode, delay, change"], ["w", "other world"], ["?", "these keys"],
];

// A change of view by hand: it takes effect at once, names are placed anew when it comes to rest.
function moveTo(s, view, isOwn = true) {
  s.flight = null;
  s.view = held(s, view);
  s.moving = true;
  if (isOwn) s.ownView(true);
  s.redraw("view");
  clearTimeout(s.restTimer);
  s.restTimer = setTimeout(() => {
    s.moving = false;
    s.redraw("rest");
  }, REST_MS);
}

// A flight to a view; at once for those who asked for less motion.
function flyTo(s, view) {
  const to = held(s, view);
  if (s.isStill) return moveTo(s, to, false);
  s.flight = { from: { ...s.view }, to, since: performance.now() };
  s.moving = true;
  return s.redraw("view");
}

function zoomBy(s, factor, x = s.w / 2, y = s.h / 2) {
  s.ownView(true);
  flyTo(s, zoomed(s, s.flight ? s.flight.to : s.view, factor, x, y));
}

// Brings a thing into view if it is off the canvas or near its edge.
function bringIn(s, thing) {
  const place = placeOf(s, thing);
  if (!place) return;
  const [x, y] = [screenX(s, place.x), screenY(s, place.y)];
  const edge = 40;
  if (x > edge && y > edge && x < s.w - edge && y < s.h - edge) return;
  s.ownView(true);
  flyTo(s, { ...s.view, x: place.x, y: place.y });
}

function listen(s, canvas, signal) {
  const touches = new Map();
  let press = null;
  let spread = 0;
  const on = (name, act, options) => canvas.addEventListener(name, act, { signal, ...options });
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const spreadOf = () => {
    const [a, b] = [...touches.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };

  on("pointerdown", (event) => {
    if (event.button || !s.scene) return;
    canvas.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, at(event));
    if (touches.size === 2) spread = spreadOf();
    press = { ...at(event), moved: touches.size > 1 };
    s.flight = null;
  });
  on("pointermove", (event) => {
    if (!s.scene) return;
    const here = at(event);
    if (!touches.has(event.pointerId)) {
      s.point(pick(s, here.x, here.y), here);
      return;
    }
    const before = touches.get(event.pointerId);
    touches.set(event.pointerId, here);
    if (touches.size === 2) {
      const now = spreadOf();
      const [a, b] = [...touches.values()];
      moveTo(s, zoomed(s, s.view, now / (spread || now), (a.x + b.x) / 2, (a.y + b.y) / 2));
      spread = now;
    } else if (press && (press.moved || Math.hypot(here.x - press.x, here.y - press.y) > DRAG_FROM_PX)) {
      press.moved = true;
      canvas.classList.add("cv-map-dragged");
      s.point(null);
      moveTo(s, { ...s.view, x: s.view.x - (here.x - before.x) / s.view.k, y: s.view.y + (here.y - before.y) / s.view.k });
    }
  });
  const lift = (event) => {
    if (!touches.delete(event.pointerId)) return;
    if (touches.size) return;
    canvas.classList.remove("cv-map-dragged");
    if (event.type === "pointerup" && press && !press.moved) clicked(s, pick(s, press.x, press.y));
    press = null;
  };
  on("pointerup", lift);
  on("pointercancel", lift);
  on("pointerleave", () => s.point(null));
  on("dblclick", (event) => s.scene && zoomBy(s, ZOOM_STEP * ZOOM_STEP, at(event).x, at(event).y));
  on("wheel", (event) => {
    if (!s.scene) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const power = clamp(event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018), -0.8, 0.8);
    const { x, y } = at(event);
    s.point(null);
    moveTo(s, zoomed(s, s.view, Math.exp(-power), x, y));
  }, { passive: false });
  on("keydown", (event) => {
    if (!s.scene || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!pressed(s, event)) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

// A second click on a circle goes on to the next of its posts.
function clicked(s, thing) {
  if (thing && thing.kind === "post" && s.selected.kind === "post") {
    const { posts } = s.gateOfPost[thing.row];
    const now = posts.indexOf(s.rowOf.post.get(s.selected.id));
    if (now >= 0) thing = postOf(s, posts[(now + 1) % posts.length]);
  }
  s.select(thing);
}

// Does what a key says; false for a key that means nothing here.
function pressed(s, event) {
  const pan = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  const walk = { n: "node", l: "link", p: "post" }[event.key.toLowerCase()];
  const colour = { m: "mode", d: "delay", c: "change" }[event.key.toLowerCase()];
  if (pan) {
    const step = PAN_KEY_PX / s.view.k;
    moveTo(s, { ...s.view, x: s.view.x + pan[0] * step, y: s.view.y + pan[1] * step });
  } else if (event.key === "+" || event.key === "=") zoomBy(s, ZOOM_STEP);
  else if (event.key === "-" || event.key === "_") zoomBy(s, 1 / ZOOM_STEP);
  else if (event.key === "0") s.showWhole();
  else if (event.key === "?") s.toggleKeys();
  else if (event.key === "Escape") s.select(null);
  else if (walk) {
    const thing = stepThrough(s, walk, event.shiftKey ? -1 : 1);
    if (thing) {
      s.select(thing);
      bringIn(s, thing);
    }
  } else if (colour) s.setLook({ colour });
  else if (event.key.toLowerCase() === "w") s.setLook({ shown: 1 - s.look.shown });
  else return false;
  return true;
}
