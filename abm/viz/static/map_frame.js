// The frame around the canvas: toolbar, legend, date, note, tooltip, keys; plain HTML.
const COLOUR_WORDS = { mode: "Mode", delay: "Delay", change: "Change" };
const OWN_VIEW = "\u0000own";
const NARROW_PX = 980; // below this the legend starts folded: it would cover a quarter of the map

function button(text, title, act, signal) {
  const made = tag("button", "cv-map-button", text);
  made.type = "button";
  made.title = title;
  made.setAttribute("aria-label", title);
  made.addEventListener("click", act, { signal });
  return made;
}

function group(label, ...members) {
  const made = tag("div", "cv-map-group");
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", label);
  made.append(...members);
  return made;
}

// Builds everything inside `root` and hands back what has to be found again.
function buildFrame(s, root, signal) {
  const bar = tag("div", "cv-map-bar");
  const colours = Object.entries(COLOUR_WORDS).map(([colour, word]) => {
    const made = button(word, `Colour links by ${colour}`, () => s.setLook({ colour }), signal);
    made.dataset.colour = colour;
    return made;
  });
  const worlds = [1, 0].map((shown) => {
    const made = button(WORLD_WORDS[shown], shown ? "Show the world with the measure" : "Show the world without the measure", () => s.setLook({ shown }), signal);
    made.dataset.shown = String(shown);
    return made;
  });
  const movers = button("Movers", "Show consignments on the way", () => s.setLook({ movers: !s.look.movers }), signal);
  const regions = tag("select", "cv-map-select");
  regions.setAttribute("aria-label", "Region");
  regions.title = "Region";
  regions.addEventListener("change", () => s.setLook({ region: regions.value }), { signal });
  const zoom = group("Zoom",
    button("−", "Zoom out", () => s.scene && zoomBy(s, 1 / ZOOM_STEP), signal),
    button("+", "Zoom in", () => s.scene && zoomBy(s, ZOOM_STEP), signal),
    button("Whole", "Show the whole network", () => s.scene && s.showWhole(), signal));
  const help = button("?", "Keys of the map", () => s.toggleKeys(), signal);
  const lead = (text) => tag("span", "cv-map-lead", text);
  bar.append(
    group("Colour", lead("Colour"), ...colours), group("World", lead("World"), ...worlds), group("Consignments", movers),
    tag("span", "cv-map-gap"), group("Region", regions), zoom, group("Help", help));

  const stage = tag("div", "cv-map-stage");
  const [back, middle, front] = ["back", "middle", "front"].map((name) => tag("canvas", `cv-map-layer cv-map-${name}`));
  for (const each of [back, middle]) each.setAttribute("aria-hidden", "true");
  front.tabIndex = 0;
  front.setAttribute("role", "application");
  front.setAttribute("aria-roledescription", "map");

  const legend = tag("div", "cv-map-legend");
  const fold = tag("button", "cv-map-fold", "Legend");
  fold.type = "button";
  fold.addEventListener("click", () => s.foldLegend(!s.isFolded), { signal });
  const legendBody = tag("div", "cv-map-legend-body");
  legend.append(fold, legendBody);

  const badge = tag("div", "cv-map-badge");
  const date = tag("div", "cv-map-date");
  const day = tag("div", "cv-map-day");
  badge.append(date, day);
  const elsewhere = tag("div", "cv-map-elsewhere"); // incidents that have no place on the map, such as a ban on a country's goods
  const note = tag("div", "cv-map-note");
  const tip = tag("div", "cv-map-tip");
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // what it says is spoken through `live` when something is selected
  const keys = tag("div", "cv-map-keys");
  keys.hidden = true;
  const list = tag("dl");
  for (const [key, words] of KEYS_TOLD) list.append(tag("dt", "", key), tag("dd", "", words));
  keys.append(tag("div", "cv-map-heading", "Keys, when the map has the focus"), list,
    button("Close", "Close the list of keys", () => s.toggleKeys(), signal));
  keys.addEventListener("keydown", (event) => {
    if (event.key === "Escape") s.toggleKeys();
  }, { signal });
  const live = tag("div", "cv-map-live");
  live.setAttribute("aria-live", "polite");
  const empty = tag("div", "cv-map-empty", "The map is being made ready");
  stage.append(back, middle, front, note, badge, elsewhere, legend, empty, tip, keys);
  root.append(bar, stage, live);
  return { bar, stage, back, middle, front, colours, worlds, movers, regions, help, legend, fold, legendBody, date, day, badge, elsewhere, note, tip, keys, live, empty };
}

function showBar(s) {
  const { parts, look } = s;
  for (const each of parts.colours) each.setAttribute("aria-pressed", String(each.dataset.colour === look.colour));
  for (const each of parts.worlds) each.setAttribute("aria-pressed", String(Number(each.dataset.shown) === look.shown));
  parts.movers.setAttribute("aria-pressed", String(look.movers));
  if (s.scene) parts.regions.value = s.isOwnView ? OWN_VIEW : regionNamed(s).name;
}

function fillRegions(s) {
  const names = (s.scene.meta.regions || []).map((region) => region.name);
  const options = names.map((name) => new Option(name, name));
  const own = new Option("Own view", OWN_VIEW);
  own.hidden = true;
  own.disabled = true;
  s.parts.regions.replaceChildren(...options, own);
}

function showDate(s) {
  const { parts, frame, root } = s;
  root.dataset.day = frame ? String(frame.meta.day) : "";
  root.dataset.ready = String(Boolean(frame && frame.meta.ready));
  parts.badge.hidden = !frame;
  if (!frame) return;
  const under = frame.meta.n_under_way;
  parts.date.textContent = dateWords(frame.meta.date);
  const words = [`Day ${frame.meta.day.toLocaleString("en-GB")}`];
  if (Number.isFinite(under)) words.push(`${under.toLocaleString("en-GB")} consignments on the way`);
  parts.day.textContent = frame.meta.ready ? words.join(", ") : "The base year is being played";
}

const MOST_ELSEWHERE = 3;

function showElsewhere(s) {
  const found = incidentsShown(s).filter((incident) => !(incident.links || []).length && !(incident.posts || []).length);
  const key = JSON.stringify([found.map((incident) => incident.id), s.selected, s.dark]);
  if (key === s.elsewhereKey) return;
  s.elsewhereKey = key;
  const made = found.slice(0, MOST_ELSEWHERE).map((incident) => {
    const thing = { kind: "incident", id: String(incident.id), incident };
    const chip = tag("button", "cv-map-chip");
    chip.type = "button";
    chip.title = [incident.title, ...incidentCard(s, incident).words].join(". ");
    chip.setAttribute("aria-pressed", String(s.selected.kind === "incident" && s.selected.id === thing.id));
    chip.append(sign(s, 16, 14, (ctx, width, height) => drawIncident(ctx, s, width / 2, height / 2 + 1, 5)), tag("span", "", incident.title));
    chip.addEventListener("click", () => s.select(thing));
    return chip;
  });
  if (found.length > MOST_ELSEWHERE) made.push(tag("span", "cv-map-more", `and ${found.length - MOST_ELSEWHERE} more`));
  s.parts.elsewhere.replaceChildren(...made);
}

function describe(s) {
  const place = s.scene ? s.scene.meta.title : "";
  const day = s.frame ? `, ${dateWords(s.frame.meta.date)}` : "";
  s.parts.front.setAttribute("aria-label", `Map of ${place}: ${WORLD_WORDS[s.look.shown].toLowerCase()}, coloured by ${s.look.colour}${day}. Press ? for keys.`);
}

function showTip(s) {
  const { tip } = s.parts;
  const thing = s.hover;
  if (!thing) {
    tip.hidden = true;
    return;
  }
  const card = cardFor(s, thing);
  const key = JSON.stringify([card, s.look.shown]);
  if (key !== s.tipKey) {
    s.tipKey = key;
    const made = [tag("div", "cv-map-tip-title", card.title), tag("div", "cv-map-tip-sub", card.subtitle)];
    if (card.rows.length) made.push(tipTable(s, card.rows));
    for (const words of card.words) made.push(tag("div", "", words));
    tip.replaceChildren(...made);
  }
  tip.hidden = false;
  const [wide, high] = [tip.offsetWidth, tip.offsetHeight];
  const { x, y } = s.pointer;
  const left = x + 16 + wide > s.w - 6 ? x - wide - 14 : x + 16;
  const top = y + 14 + high > s.h - 6 ? y - high - 12 : y + 14;
  tip.style.transform = `translate(${Math.round(clamp(left, 4, Math.max(4, s.w - wide - 4)))}px, ${Math.round(clamp(top, 4, Math.max(4, s.h - high - 4)))}px)`;
}

function tipTable(s, rows) {
  const table = tag("table");
  const head = tag("tr");
  head.append(tag("td"), tag("th", s.look.shown === 1 ? "cv-map-now" : "", "With"), tag("th", s.look.shown === 0 ? "cv-map-now" : "", "Without"), tag("td"));
  table.append(head);
  for (const [label, without, measure, unit] of rows) {
    const row = tag("tr");
    row.append(tag("td", "", label), tag("td", "", measure), tag("td", "", without), tag("td", "cv-map-unit", unit));
    table.append(row);
  }
  return table;
}
