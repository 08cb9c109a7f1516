// Policies and changes by hand over the horizon: bars that are dragged, walked with arrow keys, typed, chosen and dropped.
// Put together with dates.js (see timeline_widget.py).

const DRAG_PX = 4; // a shorter move is a click
const PATIENCE_MS = 1500; // how long a row shows the day that was asked for before the answer
const WALK_MS = 260; // arrow keys are gathered for so long before a move is asked for
const SMALL_STEP = 1, LARGE_STEP = 30; // days
const LETTER_PX = 6.2; // width of a letter of the words in and beside bars

function node(tag, className, parent, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  if (parent) parent.appendChild(made);
  return made;
}

function render({ model, el }) {
  const root = node("section", "cv-tl", el);
  root.setAttribute("aria-label", "Timeline of policies");
  const scroll = node("div", "cv-tl-scroll", root);
  const head = node("div", "cv-tl-head", scroll);
  const title = node("div", "cv-tl-title", head, "Policies and changes");
  const count = node("small", "", title);
  const axis = node("div", "cv-tl-axis", head);
  const body = node("div", "cv-tl-body", scroll);
  const overlay = node("div", "cv-tl-overlay", body);
  const past = node("div", "cv-tl-past", overlay);
  const nowLine = node("div", "cv-tl-now", overlay);
  const list = node("div", "cv-tl-rows", body);
  list.setAttribute("role", "list");
  const free = node("div", "cv-tl-divider", null, "Not chosen: + takes a policy in");
  const empty = node("div", "cv-tl-empty", body, "This case has no policies; changes made by hand appear here");
  const pop = node("form", "cv-tl-pop", root);
  pop.hidden = true;
  const rows = new Map(); // id -> what the row is made of
  const asked = new Map(); // id -> { day, until }: asked for, not answered yet
  let spec = { horizon_days: 1, start_date: "2000-01-01", today: 0, rows: [], incidents: { titles: [], day: [], title: [], world: [] } };
  let drag = null, opened = null, walking = 0, patience = 0, axisKey = "", ticksKey = "", asking = 0, wide = 1;

  const share = (day) => Math.max(0, Math.min(1, day / spec.horizon_days));
  const percent = (day) => `${(100 * share(day)).toFixed(3)}%`;
  const held = (day) => Math.max(spec.today, Math.min(spec.horizon_days - 1, Math.round(day)));
  const said = (day) => dateWords(dateOf(spec.start_date, day));

  function send(kind, id, day) {
    asking = Math.max(asking, (model.get("event") || {}).n || 0) + 1;
    model.set("event", { n: asking, kind, id, day });
    model.save_changes();
  }

  // ------------------------------------------------------------------------------------------------------------------- the rows
  function update() {
    spec = { ...spec, ...(model.get("spec") || {}) };
    wide = Math.max(axis.clientWidth, 120);
    for (const [id, wish] of asked) {
      const row = spec.rows.find((r) => r.id === id);
      if (!row || row.start_day === wish.day || performance.now() > wish.until) asked.delete(id);
    }
    for (const [id, row] of rows) {
      if (!spec.rows.some((r) => r.id === id)) { row.node.remove(); rows.delete(id); if (opened === id) closePop(false); }
    }
    const firstFree = spec.rows.findIndex((row) => row.state === "not chosen");
    let place = 0;
    const put = (child) => { if (list.children[place] !== child) list.insertBefore(child, list.children[place] || null); place += 1; };
    if (firstFree < 0) free.remove();
    spec.rows.forEach((row, i) => {
      if (i === firstFree) put(free);
      const made = rows.get(row.id) || newRow(row.id);
      put(made.node);
      fillRow(made, row);
    });
    const n = firstFree < 0 ? spec.rows.length : firstFree, more = spec.rows.length - n;
    const words = `${n || "none"} chosen${more ? `, ${more} more to choose from below` : ""}`;
    if (count.textContent !== words) count.textContent = words;
    empty.hidden = spec.rows.length > 0;
    drawAxis();
    past.style.width = percent(spec.today);
    nowLine.style.left = percent(spec.today);
    if (opened && !rows.has(opened)) closePop(false);
  }

  function newRow(id) {
    const made = { id, node: node("div", "cv-tl-row", null) };
    made.node.setAttribute("role", "listitem");
    made.node.dataset.row = id;
    made.button = node("button", "cv-tl-act", made.node);
    made.button.type = "button";
    made.name = node("div", "cv-tl-name", made.node);
    made.track = node("div", "cv-tl-track", made.node);
    made.bar = node("div", "cv-tl-bar", made.track);
    made.when = node("span", "cv-tl-when", made.track);
    made.button.addEventListener("click", () => act(made.row));
    made.bar.addEventListener("pointerdown", (event) => grab(made, event));
    made.bar.addEventListener("keydown", (event) => walk(made, event));
    rows.set(id, made);
    return made;
  }

  function fillRow(made, row) {
    const isFree = row.state === "not chosen";
    made.row = row;
    const start = drag && drag.made === made ? drag.day : asked.has(row.id) ? asked.get(row.id).day : row.start_day;
    const key = JSON.stringify([row, start, spec.horizon_days, wide, isFree && spec.today >= row.start_day]);
    if (made.key === key) return;
    made.key = key;
    made.node.className = `cv-tl-row cv-${row.state.replace(/ /g, "-")}${row.movable ? " cv-movable" : ""}${row.in_both ? " cv-both" : ""}`;
    const title = row.title + (row.in_both ? " (in both worlds)" : "");
    if (made.name.textContent !== title) made.name.textContent = made.name.title = title;
    const deed = isFree ? "Choose" : row.state === "in force" ? "End" : "Take out";
    made.button.textContent = isFree ? "+" : "\u00d7";
    made.button.hidden = row.state === "ended";
    made.button.title = isFree ? `Choose, from ${spec.today >= row.start_day ? "today" : said(row.start_day)}` : row.state === "in force" ? "End today" : "Take out";
    made.button.setAttribute("aria-label", `${deed}: ${row.title}`);
    const shift = start === null || row.start_day === null ? 0 : start - row.start_day;
    const end = row.end_day === null ? spec.horizon_days : Math.min(spec.horizon_days, row.end_day + (row.movable ? shift : 0));
    made.bar.hidden = start === null || start >= spec.horizon_days || end <= 0;
    made.bar.style.left = percent(start || 0);
    made.bar.style.width = `max(6px, ${(100 * Math.max(0, share(end) - share(start || 0))).toFixed(3)}%)`;
    made.bar.classList.toggle("cv-open-end", row.end_day === null);
    const words = wordsOf(row, start, row.end_day === null ? null : row.end_day + (row.movable ? shift : 0));
    made.when.textContent = words;
    placeWords(made, start || 0, end, words);
    describeBar(made, row, start, words);
  }

  // Words stand in the bar where it is wide, else beside it on a side with room, else they are left to the hint.
  function placeWords(made, start, end, words) {
    const width = wide, needed = words.length * LETTER_PX + 16;
    const from = share(start) * width, to = share(end) * width;
    const side = made.bar.hidden ? "alone" : to - from >= needed ? "inside" : width - to >= needed ? "right" : from >= needed ? "left" : "nowhere";
    made.when.className = `cv-tl-when cv-${side}`;
    made.when.style.left = side === "inside" ? percent(start) : side === "right" ? percent(end) : side === "alone" ? "0" : "";
    made.when.style.right = side === "left" ? `${(100 * (1 - share(start))).toFixed(3)}%` : "";
    made.bar.title = words;
  }

  function describeBar(made, row, start, words) {
    const { bar } = made;
    if (row.state === "not chosen") {
      bar.removeAttribute("tabindex");
      bar.setAttribute("role", "presentation");
      return;
    }
    bar.tabIndex = 0;
    bar.setAttribute("role", row.movable ? "slider" : "button");
    bar.setAttribute("aria-label", `${row.title}: ${words}`);
    for (const [name, value] of [["valuemin", spec.today], ["valuemax", spec.horizon_days - 1], ["valuenow", start], ["valuetext", words]]) {
      if (row.movable) bar.setAttribute(`aria-${name}`, value);
      else bar.removeAttribute(`aria-${name}`);
    }
  }

  function wordsOf(row, start, end) {
    if (start === null) return "does not come in this world";
    if (start >= spec.horizon_days) return `only from ${said(start)}, after the horizon`;
    const until = end === null ? "" : ` until ${said(end)}`;
    if (row.state === "in force") return `since ${said(start)}${until}`;
    if (row.state === "ended") return end === null ? "ended" : `${said(start)} to ${said(end)}, ended`;
    return `from ${said(start)}${until}`;
  }

  // ------------------------------------------------------------------------------------------------------------------- the axis
  function drawAxis() {
    const width = wide;
    const key = JSON.stringify([spec.start_date, spec.horizon_days, width]);
    if (key !== axisKey) {
      axisKey = key;
      for (const old of axis.querySelectorAll(".cv-tl-tick")) old.remove();
      for (const tick of dateTicks(spec.start_date, spec.horizon_days, width)) {
        if (share(tick.day) * width + tick.text.length * LETTER_PX + 6 > width) continue;
        node("span", "cv-tl-tick", axis, tick.text).style.left = percent(tick.day);
      }
    }
    const { day, title, titles, world } = spec.incidents;
    const marksKey = `${day.length} ${day[0]} ${day[day.length - 1]} ${spec.horizon_days}`;
    if (marksKey !== ticksKey) {
      ticksKey = marksKey;
      for (const old of axis.querySelectorAll(".cv-tl-incident")) old.remove();
      day.forEach((when, i) => {
        const made = node("i", `cv-tl-incident${world[i] === 0 ? " cv-elsewhere" : ""}`, axis);
        made.style.left = percent(when);
        made.title = `${said(when)}: ${titles[title[i]]}`;
      });
    }
    let tag = axis.querySelector(".cv-tl-today");
    if (!tag) tag = node("span", "cv-tl-today", axis, "today");
    tag.style.left = percent(spec.today);
    tag.title = said(spec.today);
    tag.classList.toggle("cv-last", share(spec.today) > 0.95);
    tag.classList.toggle("cv-first", share(spec.today) < 0.04);
  }

  // -------------------------------------------------------------------------------------------------------- asking for a change
  function wish(made, day) {
    asked.set(made.id, { day, until: performance.now() + PATIENCE_MS });
    fillRow(made, made.row);
    clearTimeout(patience);
    patience = setTimeout(update, PATIENCE_MS + 50); // not granted: back to the day that stands
  }

  function act(row) {
    if (row.state === "not chosen") send("choose", row.id, null); // on the days of its rows, or today: the desk knows
    else if (row.state !== "ended") send("drop", row.id, spec.today);
    closePop(false);
  }

  function grab(made, event) {
    if (event.button || made.row.state === "not chosen") return;
    event.preventDefault();
    made.bar.focus();
    drag = { made, from: event.clientX, day: made.row.start_day, first: made.row.start_day, moved: false };
    made.bar.setPointerCapture(event.pointerId);
    const move = (e) => {
      if (!made.row.movable || (!drag.moved && Math.abs(e.clientX - drag.from) < DRAG_PX)) return;
      drag.moved = true;
      made.node.classList.add("cv-dragged");
      drag.day = held(drag.first + ((e.clientX - drag.from) / made.track.clientWidth) * spec.horizon_days);
      fillRow(made, made.row);
    };
    const stop = (e) => {
      for (const [name, handler] of [["pointermove", move], ["pointerup", stop], ["pointercancel", stop]]) made.bar.removeEventListener(name, handler);
      made.node.classList.remove("cv-dragged");
      const { moved, day, first } = drag;
      drag = null;
      if (e.type === "pointercancel" || !made.row.movable) { fillRow(made, made.row); if (e.type !== "pointercancel" && !moved) openPop(made); return; }
      if (!moved) openPop(made);
      else if (day !== first) { wish(made, held(day)); send("move", made.id, held(day)); }
    };
    for (const [name, handler] of [["pointermove", move], ["pointerup", stop], ["pointercancel", stop]]) made.bar.addEventListener(name, handler);
  }

  function walk(made, event) {
    const { row } = made;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      if (row.state !== "ended") send("drop", row.id, spec.today);
      return;
    }
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); openPop(made); return; }
    const sign = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!sign || !row.movable) return;
    event.preventDefault();
    const from = asked.has(row.id) ? asked.get(row.id).day : row.start_day;
    wish(made, held(from + sign * (event.shiftKey ? LARGE_STEP : SMALL_STEP)));
    clearTimeout(walking);
    walking = setTimeout(() => { if (asked.has(row.id)) send("move", row.id, held(asked.get(row.id).day)); }, WALK_MS);
  }

  // ------------------------------------------------------------------------------------------------------------- the small form
  function openPop(made) {
    const { row } = made;
    opened = row.id;
    pop.replaceChildren();
    node("strong", "", pop, row.title);
    if (row.movable) {
      const label = node("label", "", pop, "First day");
      const field = node("input", "", label);
      field.type = "text";
      field.placeholder = "YYYY-MM-DD";
      field.setAttribute("inputmode", "numeric");
      field.value = dateOf(spec.start_date, row.start_day).toISOString().slice(0, 10);
      const problem = node("div", "cv-tl-problem", pop);
      problem.setAttribute("role", "alert");
      const buttons = node("div", "cv-tl-buttons", pop);
      node("button", "cv-tl-main", buttons, "Set").type = "submit";
      ending(buttons, row, "Take out");
      pop.onsubmit = (event) => { event.preventDefault(); typed(made, field, problem); };
      place(made);
      field.focus();
      field.select();
      return;
    }
    node("div", "cv-tl-words", pop, made.when.textContent);
    const buttons = node("div", "cv-tl-buttons", pop);
    const end = row.state === "ended" ? null : ending(buttons, row, row.state === "in force" ? "End today" : "Take out");
    const close = node("button", "", buttons, "Close");
    close.type = "button";
    close.addEventListener("click", () => closePop(true));
    pop.onsubmit = (event) => event.preventDefault();
    place(made);
    (end || close).focus();
  }

  function ending(buttons, row, words) {
    const button = node("button", "", buttons, words);
    button.type = "button";
    button.addEventListener("click", () => act(row));
    return button;
  }

  function typed(made, field, problem) {
    const text = field.value.trim();
    const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
    const day = Math.round((time - dateOf(spec.start_date, 0)) / DAY_MS);
    // JavaScript takes 31 February for a day in March.
    const isDate = Number.isFinite(day) && dateOf(spec.start_date, day).toISOString().slice(0, 10) === text;
    const words = !isDate ? "Type a date such as 2027-03-12"
      : day < spec.today ? `Not before today, ${said(spec.today)}`
      : day >= spec.horizon_days ? `Before the horizon, ${said(spec.horizon_days)}` : "";
    problem.textContent = words;
    field.setAttribute("aria-invalid", words ? "true" : "false");
    if (words) { field.focus(); return; }
    if (day !== made.row.start_day) { wish(made, day); send("move", made.id, day); }
    closePop(true);
  }

  function place(made) {
    pop.hidden = false;
    const bar = (made.bar.hidden ? made.track : made.bar).getBoundingClientRect();
    const left = Math.min(Math.max(bar.left, 8), Math.max(8, window.innerWidth - pop.offsetWidth - 8));
    const hasRoom = bar.bottom + pop.offsetHeight + 12 <= window.innerHeight;
    pop.style.left = `${left}px`; // over the window, since the panel would cut it off
    pop.style.top = `${hasRoom ? bar.bottom + 6 : Math.max(8, bar.top - pop.offsetHeight - 6)}px`;
  }

  function closePop(isBack) {
    if (pop.hidden) return;
    const made = rows.get(opened);
    pop.hidden = true;
    opened = null;
    if (isBack && made) made.bar.focus();
  }

  // ---------------------------------------------------------------------------------------------------------------------- wiring
  function recolour() {
    const dark = Boolean(model.get("dark"));
    const colours = (model.get("palette") || {})[dark ? "dark" : "light"] || {};
    root.classList.toggle("cv-dark", dark);
    for (const [name, value] of Object.entries(colours)) if (typeof value === "string") root.style.setProperty(`--${name}`, value);
  }

  const outside = (event) => { if (!pop.hidden && !pop.contains(event.target) && !event.target.closest?.(".cv-tl-bar")) closePop(false); };
  const escape = (event) => { if (event.key === "Escape" && !pop.hidden) { event.stopPropagation(); closePop(true); } };
  const rolled = () => closePop(false);
  const watch = new ResizeObserver(() => { closePop(false); update(); });
  model.on("change:spec", update);
  model.on("change:dark", recolour);
  model.on("change:palette", recolour);
  document.addEventListener("pointerdown", outside);
  root.addEventListener("keydown", escape);
  scroll.addEventListener("scroll", rolled);
  recolour();
  update();
  watch.observe(axis);

  return () => {
    clearTimeout(patience);
    clearTimeout(walking);
    watch.disconnect();
    model.off("change:spec", update);
    model.off("change:dark", recolour);
    model.off("change:palette", recolour);
    document.removeEventListener("pointerdown", outside);
    rows.clear();
    root.remove();
  };
}

export default { render };
