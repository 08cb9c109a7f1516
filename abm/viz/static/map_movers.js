// Consignments in motion: each goes along its route's line from where it was seen last to where it is now.
const MOVER_MODES = ["road", "rail", "sea"];
const DAY_REACH_KM = [900, 900, 900]; // nearer to an end of its route than this it set off, or arrives, within the day
const SEEN_APART_DAYS = 7; // frames further apart are not joined by motion
const LINE_UP_PX = 5; // between those that wait at one place
const LINE_UP_MOST = 9;
const STEPPED_MS = 450; // a motion that was not part of continuous play
const LONGEST_MS = 2500;
const FADES = 4; // levels of fading that are drawn together
const WAIT_ALPHA = 0.45;

function routeDistance(s, route, from, to) {
  let km = 0;
  for (let i = Math.floor(from); i < Math.min(Math.ceil(to), route.length); i++) {
    const share = Math.min(to - i, 1) - Math.max(from - i, 0);
    km += share * (s.scene.links[Math.abs(route[i]) - 1].km || 0);
  }
  return km;
}

function moverNow(mover, t) {
  return {
    at: mover.at0 + (mover.at1 - mover.at0) * t,
    back: mover.back0 + (mover.back1 - mover.back0) * t,
    alpha: mover.alpha0 + (mover.alpha1 - mover.alpha0) * t,
  };
}

// Takes a new frame: who goes on, who is new, who is gone.
function takeMovers(s, previous, now) {
  const { meta, arrays } = s.frame;
  const t = moverTime(s, now);
  const isJoined = previous && previous.shown === meta.shown && meta.day >= previous.day && meta.day - previous.day <= SEEN_APART_DAYS;
  const old = isJoined ? s.movers : new Map();
  const lines = new Map();
  const next = new Map();
  for (let i = 0; i < arrays.mover_id.length; i++) {
    const route = s.routes.get(arrays.mover_route[i]);
    if (!route) continue;
    const id = arrays.mover_id[i];
    const at1 = Math.min(arrays.mover_at[i], route.length);
    const waits = arrays.mover_waits[i] ? 1 : 0;
    const known = old.get(id);
    let state = { at: at1, back: 0, alpha: 0 };
    if (known && known.route === route && known.at1 <= at1 + 1e-3) state = moverNow(known, t);
    else if (isJoined && routeDistance(s, route, 0, at1) < DAY_REACH_KM[arrays.mover_mode[i]]) state.at = 0;
    let back1 = 0;
    if (waits) {
      const row = route[Math.min(Math.floor(at1), route.length - 1)];
      const key = `${row} ${Math.round(at1 * 50)}`;
      const rank = lines.get(key) || 0;
      lines.set(key, rank + 1);
      back1 = Math.min(rank, LINE_UP_MOST) * LINE_UP_PX;
    }
    next.set(id, { route, mode: arrays.mover_mode[i], waits, at0: Math.min(state.at, at1), at1, back0: state.back, back1, alpha0: state.alpha, alpha1: 1 });
  }
  for (const [id, mover] of old) {
    if (next.has(id) || mover.alpha1 === 0) continue;
    const state = moverNow(mover, t);
    const left = routeDistance(s, mover.route, state.at, mover.route.length);
    const at1 = left < DAY_REACH_KM[mover.mode] ? mover.route.length : state.at;
    next.set(id, { ...mover, waits: 0, at0: state.at, at1, back0: state.back, back1: 0, alpha0: state.alpha, alpha1: 0 });
  }
  s.movers = next;
  const gap = now - s.frameAt;
  s.frameAt = now;
  const isPlaying = gap < Math.max(LONGEST_MS, 2 * s.stepMs());
  const natural = isPlaying ? Math.max(s.stepMs(), gap) : STEPPED_MS;
  s.moveFrom = now;
  s.moveMs = s.isStill || !isJoined ? 0 : clamp(natural, 60, LONGEST_MS);
  s.moveEased = !isPlaying;
  if (!s.moveMs) dropGone(s);
}

function moverTime(s, now) {
  if (!s.moveMs) return 1;
  const t = clamp((now - s.moveFrom) / s.moveMs, 0, 1);
  return s.moveEased ? eased(t) : t;
}

function dropGone(s) {
  for (const [id, mover] of s.movers) if (mover.alpha1 === 0) s.movers.delete(id);
}

const SHAPES = [traceTruck, traceTrain, traceShip];

function traceTruck(ctx, x, y, ux, uy, z) {
  const [l, w] = [4.6 * z, 2.5 * z];
  ctx.moveTo(x + ux * l, y + uy * l);
  ctx.lineTo(x - uy * w, y + ux * w);
  ctx.lineTo(x - ux * l, y - uy * l);
  ctx.lineTo(x + uy * w, y - ux * w);
  ctx.closePath();
}

function traceTrain(ctx, x, y, ux, uy, z) {
  const [l, w] = [7.5 * z, 1.7 * z];
  ctx.moveTo(x + ux * l - uy * w, y + uy * l + ux * w);
  ctx.lineTo(x - ux * l - uy * w, y - uy * l + ux * w);
  ctx.lineTo(x - ux * l + uy * w, y - uy * l - ux * w);
  ctx.lineTo(x + ux * l + uy * w, y + uy * l - ux * w);
  ctx.closePath();
}

// A drop: pointed bow, round stern.
function traceShip(ctx, x, y, ux, uy, z) {
  const [bow, stern, w] = [6.5 * z, 4 * z, 3.4 * z];
  ctx.moveTo(x + ux * bow, y + uy * bow);
  ctx.quadraticCurveTo(x + ux * z - uy * w, y + uy * z + ux * w, x - ux * stern * 0.5 - uy * w * 0.9, y - uy * stern * 0.5 + ux * w * 0.9);
  ctx.quadraticCurveTo(x - ux * stern * 1.5, y - uy * stern * 1.5, x - ux * stern * 0.5 + uy * w * 0.9, y - uy * stern * 0.5 - ux * w * 0.9);
  ctx.quadraticCurveTo(x + ux * z + uy * w, y + uy * z - ux * w, x + ux * bow, y + uy * bow);
  ctx.closePath();
}

const moverScale = (s) => clamp(s.symbols, 0.62, 1.1);

function drawMovers(ctx, s, now) {
  if (!s.frame || !s.look.movers || s.frame.meta.shown !== s.look.shown) return;
  const t = moverTime(s, now);
  const z = moverScale(s);
  const groups = new Map();
  const at = { x: 0, y: 0, ux: 0, uy: 0 };
  for (const mover of s.movers.values()) {
    const alpha = mover.alpha0 + (mover.alpha1 - mover.alpha0) * t;
    const level = Math.ceil(alpha * FADES);
    if (level <= 0) continue;
    const done = mover.at0 + (mover.at1 - mover.at0) * t;
    const leg = Math.min(Math.floor(done), mover.route.length - 1);
    const signed = mover.route[leg];
    const row = Math.abs(signed) - 1;
    const track = s.tracks[row];
    if (!track.seen) continue;
    const back = (mover.back0 + (mover.back1 - mover.back0) * t) * z;
    const share = clamp(done - leg - (track.length > 0 ? back / track.length : 0), 0, 1);
    along(s, row, signed > 0 ? share : 1 - share, at);
    if (at.x < -12 || at.y < -12 || at.x > s.w + 12 || at.y > s.h + 12) continue;
    const turn = signed > 0 ? 1 : -1;
    const aside = clamp(s.strokes[row].width * 0.26, 1.4, 4);
    const key = (mover.mode * 2 + mover.waits) * (FADES + 1) + level;
    if (!groups.has(key)) groups.set(key, new Path2D());
    // Those who meet pass each other on the right.
    SHAPES[mover.mode](groups.get(key), at.x - at.uy * turn * aside, at.y + at.ux * turn * aside, at.ux * turn, at.uy * turn, z);
  }
  ctx.lineJoin = "round";
  for (const [key, path] of groups) {
    const level = key % (FADES + 1);
    const kind = Math.floor(key / (FADES + 1));
    ctx.globalAlpha = (level / FADES) * (kind % 2 ? WAIT_ALPHA : 1);
    ctx.strokeStyle = s.palette.paper;
    ctx.lineWidth = 2;
    ctx.stroke(path);
    ctx.fillStyle = s.moverColours[kind >> 1];
    ctx.fill(path);
  }
  ctx.globalAlpha = 1;
}

// A mode's colour moved towards the ink, so that a consignment stands out from the line it runs on.
function inked(colour, ink, share) {
  const parts = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const [a, b] = [parts(colour), parts(ink)];
  return `rgb(${a.map((value, i) => Math.round(value + (b[i] - value) * share)).join(",")})`;
}
