// The inspector: a card of facts, small charts and tables of one thing, and a search by name. Python works everything out; here it
// is written down. All text is set as text, never as markup, and elements are kept from day to day so that a click is not lost.
const SVG = "http://www.w3.org/2000/svg";
const HEADS = ["Without", "With"];
const OPEN_TABLES = 3, WIDE_COLUMNS = 7, MOST_BACK = 50;

function make(tag, className, parent) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (parent) parent.appendChild(node);
  return node;
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// As many children as there are items: those there are stay, missing ones are made, the rest goes.
function fit(parent, items, create, fill) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  items.forEach((item, k) => fill(parent.children[k] || parent.appendChild(create(item, k)), item, k));
}

function place(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

function drawn(tag) {
  return () => document.createElementNS(SVG, tag);
}

function render({ model, el }) {
  const root = make("section", "cv-insp", el);
  root.setAttribute("aria-label", "Inspector");
  const past = [];
  let shown = "", active = -1;

  const choose = (kind, id) => {
    model.set("chosen", { kind, id });
    model.save_changes();
  };
  const go = (kind, id) => {
    const now = model.get("chosen") || {};
    if (now.kind && (now.kind !== kind || now.id !== id)) {
      past.push([now.kind, now.id]);
      if (past.length > MOST_BACK) past.shift();
    }
    choose(kind, id);
  };

  // ------------------------------------------------------------------------------------------------------ search, back, close
  const bar = make("div", "cv-insp-bar", root);
  const search = make("div", "cv-insp-search", bar);
  const input = make("input", "", search);
  input.type = "text";
  input.placeholder = "Find a link, post, place, carrier or shipper";
  input.maxLength = 100;
  input.autocomplete = "off";
  const list = make("ul", "cv-insp-list", search);
  list.id = `cv-insp-${Math.random().toString(36).slice(2)}`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Found");
  place(input, { role: "combobox", "aria-label": "Find by name", "aria-controls": list.id, "aria-expanded": "false", "aria-autocomplete": "list" });
  const button = (text, title, act) => {
    const node = make("button", "", bar);
    node.type = "button";
    node.textContent = text;
    node.title = title;
    node.addEventListener("click", act);
    return node;
  };
  const back = button("Back", "What was shown before", () => {
    const last = past.pop();
    if (last) choose(...last);
  });
  const close = button("Close", "Nothing chosen", () => go("", ""));

  const finds = () => model.get("found") || [];
  const isAsking = () => document.activeElement === input && input.value.trim() !== "";
  function drawList() {
    const found = finds();
    const rows = found.length ? found : [{ title: "Nothing in this case has such a name", word: "" }];
    active = Math.min(active, found.length - 1);
    fit(list, rows, () => {
      const row = document.createElement("li");
      make("span", "", row);
      make("span", "", row);
      return row;
    }, (row, item, k) => {
      row.className = (found.length ? "" : "cv-insp-none") + (k === active ? " cv-insp-on" : "");
      place(row, { role: "option", id: `${list.id}-${k}`, "aria-selected": String(k === active) });
      say(row.firstElementChild, item.title);
      say(row.lastElementChild, item.word);
    });
    list.hidden = !isAsking() || input.value !== model.get("query");
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (active >= 0 && !list.hidden) input.setAttribute("aria-activedescendant", `${list.id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }
  const take = (k) => {
    const item = finds()[k];
    if (!item) return;
    input.value = "";
    active = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    model.set("query", "");
    go(item.kind, item.id);
  };
  input.addEventListener("input", () => {
    active = -1;
    model.set("query", input.value);
    model.save_changes();
    drawList();
  });
  input.addEventListener("focus", drawList);
  input.addEventListener("blur", () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); });
  input.addEventListener("keydown", (event) => {
    const n = finds().length;
    if (event.key === "Escape") {
      list.hidden = true;
    } else if (event.key === "Enter" && !list.hidden) {
      take(Math.max(active, 0));
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && n) {
      const way = event.key === "ArrowDown" ? 1 : -1;
      active = active < 0 && way < 0 ? n - 1 : (active + way + n) % n;
      drawList();
      list.children[active].scrollIntoView({ block: "nearest" });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the search keeps the focus
    const row = event.target.closest("li");
    if (row) take([...list.children].indexOf(row));
  });

  // ------------------------------------------------------------------------------------------------------------------ the card
  const title = make("h3", "", root);
  const subtitle = make("p", "cv-insp-sub", root);
  const words = make("div", "cv-insp-words", root);
  const body = make("div", "cv-insp-body", root);
  const facts = make("div", "cv-insp-scroll", body);
  const charts = make("div", "", body);
  const tables = make("div", "cv-insp-body cv-insp-wide", body);
  const notes = make("div", "cv-insp-notes cv-insp-wide", body);

  const factTable = make("table", "cv-insp-facts", facts);
  const factHead = make("tr", "", make("thead", "", factTable));
  make("th", "", factHead);
  HEADS.forEach((text, world) => {
    const head = make("th", `cv-insp-num cv-insp-${world}`, factHead);
    head.scope = "col";
    head.textContent = text;
  });
  make("th", "", factHead);
  const factBody = make("tbody", "", factTable);

  function fillFact(row, fact) {
    const [label, without, measure, unit, isCommon] = fact;
    const [head, first, second, last] = row.children;
    say(head, label);
    first.colSpan = isCommon ? 2 : 1;
    first.className = isCommon ? "cv-insp-both" : "cv-insp-num";
    second.hidden = isCommon;
    say(first, without);
    say(second, measure);
    say(last, unit);
  }
  function newFact() {
    const row = document.createElement("tr");
    make("th", "", row).scope = "row";
    make("td", "cv-insp-num", row);
    make("td", "cv-insp-num", row);
    make("td", "cv-insp-unit", row);
    return row;
  }

  function newChart() {
    const figure = document.createElement("figure");
    figure.className = "cv-insp-chart";
    const caption = make("figcaption", "", figure);
    caption.append(document.createTextNode(""), document.createElement("span"));
    make("p", "cv-insp-fine", figure);
    const svg = figure.appendChild(document.createElementNS(SVG, "svg"));
    for (let k = 0; k < 3; k += 1) svg.appendChild(document.createElementNS(SVG, "g"));
    svg.setAttribute("role", "img");
    return figure;
  }
  function fillChart(figure, chart) {
    const [caption, empty, svg] = figure.children;
    if (caption.firstChild.data !== chart.title) caption.firstChild.data = chart.title;
    say(caption.lastChild, `, ${chart.unit}`);
    say(empty, chart.empty);
    empty.hidden = !chart.empty;
    svg.style.display = chart.empty ? "none" : "";
    place(svg, { viewBox: `0 0 ${chart.width} ${chart.height}`, "aria-label": `${chart.title}, ${chart.unit}, without and with the measure` });
    const [grid, labels, lines] = svg.children;
    fit(grid, chart.ticks, drawn("line"), (line, tick) => place(line, { x1: 48, x2: chart.width - 8, y1: tick.y, y2: tick.y }));
    const texts = [
      ...chart.ticks.map((tick) => ({ x: 43, y: tick.y + 3.5, text: tick.text, anchor: "end" })),
      ...chart.dates.map((date) => ({ x: date.x, y: chart.height - 5, text: date.text, anchor: date.anchor })),
    ];
    fit(labels, texts, drawn("text"), (node, { x, y, text, anchor }) => {
      place(node, { x, y, "text-anchor": anchor });
      say(node, text);
    });
    fit(lines, chart.lines, drawn("path"), (path, line) => place(path, { d: line.d, class: `cv-insp-${line.world}` }));
  }

  function newTable(table, k) {
    const box = document.createElement("details");
    box.open = k < OPEN_TABLES;
    make("summary", "", box);
    const scroll = make("div", "cv-insp-scroll", box);
    const grid = make("table", "", scroll);
    make("tr", "", make("thead", "", grid));
    make("tbody", "", grid);
    make("p", "cv-insp-fine", box);
    return box;
  }
  function fillTable(box, table) {
    const [summary, scroll, note] = box.children;
    const [head, rows] = scroll.firstElementChild.children;
    const isNumber = (k) => k >= table.columns.length - table.rights;
    box.classList.toggle("cv-insp-wide", table.columns.length >= WIDE_COLUMNS);
    say(summary, table.title);
    scroll.hidden = !table.rows.length;
    say(note, table.empty || table.note);
    note.hidden = !note.textContent;
    fit(head.firstElementChild, table.columns, () => {
      const cell = document.createElement("th");
      cell.scope = "col";
      return cell;
    }, (cell, text, k) => {
      cell.className = isNumber(k) ? "cv-insp-num" : "";
      say(cell, text);
    });
    fit(rows, table.rows, () => document.createElement("tr"), (row, cells) => {
      fit(row, cells, () => document.createElement("td"), (cell, item, k) => {
        cell.className = isNumber(k) ? "cv-insp-num" : "";
        fillCell(cell, item);
      });
    });
  }
  function fillCell(cell, [text, kind, id]) {
    let link = cell.firstElementChild;
    if (!kind) {
      say(cell, text);
      return;
    }
    if (!link) {
      cell.textContent = "";
      link = make("button", "cv-insp-go", cell);
      link.type = "button";
      link.addEventListener("click", () => go(link.dataset.kind, link.dataset.id));
    }
    link.dataset.kind = kind;
    link.dataset.id = id;
    say(link, text);
  }

  function draw() {
    const card = model.get("card") || {};
    const key = `${card.kind}/${card.id}`;
    if (key !== shown) { // another thing: its tables begin as they should
      tables.replaceChildren();
      shown = key;
    }
    say(title, card.title || "");
    say(subtitle, card.subtitle || "");
    subtitle.hidden = !subtitle.textContent;
    fit(words, card.words || [], () => document.createElement("p"), say);
    fit(factBody, card.facts || [], newFact, fillFact);
    facts.hidden = !(card.facts || []).length;
    fit(charts, card.charts || [], newChart, fillChart);
    fit(tables, card.tables || [], newTable, fillTable);
    fit(notes, card.notes || [], () => {
      const note = document.createElement("p");
      note.className = "cv-insp-fine";
      return note;
    }, say);
    back.disabled = !past.length;
    close.disabled = !card.kind;
  }

  function paint() {
    const colours = (model.get("palette") || {})[model.get("dark") ? "dark" : "light"] || {};
    for (const [name, value] of Object.entries(colours)) if (typeof value === "string") root.style.setProperty(`--${name}`, value);
  }

  const follow = [["change:card", draw], ["change:found", drawList], ["change:query", drawList], ["change:dark", paint]];
  for (const [name, act] of follow) model.on(name, act);
  paint();
  draw();
  return () => { for (const [name, act] of follow) model.off(name, act); };
}
export default { render };
