// Lists of the results page: every entry is a button, so that keyboard and screen reader get what the mouse gets.

function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined && child !== "") {
    node.append(typeof child === "string" ? child.replaceAll(" %", "\u00a0%") : child);
  }
  return node;
}

const percent = (share) => `${(100 * Math.min(Math.max(share, 0), 1)).toFixed(3)}%`;

function bar(item) {
  if (!item.bar) return null;
  const [less, inside, more] = item.bar;
  const whisker = (low, high, side) =>
    h("i", { class: `cr-whisker ${side}`, style: `left:${percent(low)};width:${percent(high - low)}` });
  return h("span", { class: "cr-bar", role: "img", "aria-label": item.aria },
    h("span", { class: "cr-less", style: `width:${percent(less[0])}` }),
    h("span", { class: "cr-inside", style: `width:${percent(inside[0])}` }),
    h("span", { class: "cr-more", style: `width:${percent(more[0])}` }),
    whisker(less[1], less[2], "upper"), whisker(1 - more[2], 1 - more[1], "lower"));
}

function keys(words, classes) {
  const entries = words.map((word, i) => (word ? h("span", {}, h("b", { class: classes[i] }), word) : null));
  return h("p", { class: "cr-keys" }, entries);
}

const CLAIM_KEYS = ["cr-less", "cr-inside", "cr-more", "cr-tick"];

function cards(spec, entry) {
  return [h("div", { class: "cr-cards" }, spec.items.map((item) => entry(item.id, "cr-card",
    h("span", { class: "cr-card-title" }, item.title),
    h("span", { class: "cr-small" }, item.claimed),
    h("span", { class: "cr-verdict" }, item.verdict),
    bar(item),
    item.given ? h("span", { class: "cr-small cr-line", title: item.given }, item.given) : null,
    h("span", { class: "cr-small cr-line", title: item.by }, `Source: ${item.by}`))))];
}

function bars(spec, entry) {
  const hasBars = spec.keys.length > 0, shape = hasBars ? "" : " cr-plain";
  const head = h("div", { class: `cr-reading cr-head${shape}`, "aria-hidden": "true" }, spec.heads.map((word) => h("span", {}, word)));
  const cells = (item) => item.cells.map((text, i) => h("span", { class: hasBars && i === 0 ? "cr-word" : "cr-cell" }, text));
  const rows = spec.groups.map((group) => h("div", { class: "cr-group" },
    h("h4", {}, group.head),
    group.items.map((item) => entry(item.id, `cr-reading${shape}`,
      h("span", { class: "cr-reading-name" }, item.name), hasBars ? h("span", {}, bar(item)) : null, cells(item)))));
  return [hasBars ? keys([...spec.keys, "95 % interval"], CLAIM_KEYS) : null, head, ...rows];
}

// Of two bars on one side the shorter lies in front and is slimmer, or one would hide the other.
function swing(item, spec) {
  const [from, to] = spec.domain;
  const at = (value) => (value - from) / (to - from);
  const one = (value, other, side) => {
    const a = Math.min(at(value), at(spec.centre)), b = Math.max(at(value), at(spec.centre));
    const isSlim = (value - spec.centre) * (other - spec.centre) > 0
      && Math.abs(value - spec.centre) <= Math.abs(other - spec.centre);
    return h("i", { class: `cr-swing ${side}${isSlim ? " slim" : ""}`, style: `left:${percent(a)};width:${percent(b - a)}` });
  };
  const isLowFirst = Math.abs(item.low - spec.centre) > Math.abs(item.high - spec.centre);
  const both = [one(item.low, item.high, "low"), one(item.high, item.low, "high")];
  return h("span", { class: "cr-track" }, isLowFirst ? both : both.reverse(),
    h("i", { class: "cr-centre", style: `left:${percent(at(spec.centre))}` }));
}

function name(item) {
  return h("span", { class: "cr-name" }, item.name, item.name === item.code ? null : " ", item.name === item.code ? null : h("code", {}, item.code));
}

function tornado(spec, entry) {
  const rows = spec.items.map((item) => {
    const ends = item.low_text ? `${item.low_text} to ${item.high_text}` : "";
    return entry(item.id, `cr-row${item.is_clear ? "" : " cr-unclear"}`,
      name(item), swing(item, spec),
      h("span", { class: "cr-number" }, ends),
      h("span", { class: "cr-number cr-importance" }, item.importance, item.in_box ? h("em", {}, "in the box") : null));
  });
  const head = h("div", { class: "cr-row cr-head", "aria-hidden": "true" },
    h("span", {}, "Factor"), h("span", {}, `${spec.axis}; the line is the mean of all worlds, ${spec.centre_text}`),
    h("span", { class: "cr-number" }, "low to high"),
    h("span", { class: "cr-number" }, spec.method ? `importance (${spec.method}, 95 %)` : spec.is_pending ? "importance\u2026" : ""));
  return [keys(spec.keys, ["cr-key-low", "cr-key-high"]), head, ...rows];
}

function limits(spec, entry) {
  return spec.groups.map((group) => h("div", { class: "cr-group" },
    h("h4", {}, group.head), h("p", { class: "cr-small" }, group.words),
    group.items.map((item) => entry(item.id, "cr-row cr-limit",
      name(item),
      h("span", { class: "cr-track cr-range" },
        item.parts.map(([low, high]) => h("i", { class: "cr-part", style: `left:${percent(low)};width:${percent(high - low)}` })),
        item.centre === null ? null : h("i", { class: "cr-central", style: `left:${percent(item.centre)}` })),
      h("span", { class: "cr-number" }, h("strong", {}, item.text), h("br"), `of ${item.out_of}`),
      h("span", { class: "cr-number cr-small" }, item.note)))));
}

const KINDS = { cards, bars, tornado, limits };

export default {
  render({ model, el }) {
    const root = h("div", { class: "cr-list", role: "group" });
    el.append(root);

    const entry = (id, classes, ...children) => {
      const button = h("button", { type: "button", class: `cr-entry ${classes}`, "data-id": id }, ...children);
      button.addEventListener("click", () => { model.set("chosen", id); model.save_changes(); });
      return button;
    };
    const mark = () => {
      const chosen = model.get("chosen");
      for (const button of root.querySelectorAll("button.cr-entry")) {
        button.setAttribute("aria-pressed", button.dataset.id === chosen ? "true" : "false");
      }
    };
    const draw = () => {
      const spec = model.get("spec");
      const held = root.contains(document.activeElement) ? document.activeElement.dataset.id : null;
      root.setAttribute("aria-label", spec.label || "");
      root.replaceChildren(...(spec.empty || !KINDS[spec.kind]
        ? [h("p", { class: "cr-empty" }, spec.empty || "")] : KINDS[spec.kind](spec, entry).filter(Boolean)));
      mark();
      if (held) [...root.querySelectorAll("button.cr-entry")].find((button) => button.dataset.id === held)?.focus();
    };
    const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    root.addEventListener("keydown", (event) => {
      const all = [...root.querySelectorAll("button.cr-entry")], at = all.indexOf(document.activeElement);
      if (at < 0) return;
      const next = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : at + (STEPS[event.key] || 0);
      if (next === at || !all[next]) return;
      event.preventDefault();
      all[next].focus();
    });
    model.on("change:spec", draw);
    model.on("change:chosen", mark);
    draw();
    return () => { model.off("change:spec", draw); model.off("change:chosen", mark); };
  },
};
