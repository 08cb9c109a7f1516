// How one chart is drawn on its canvas. Pure of widgets: it gets a 2d context, a size, a spec, the lines and a memory of ranges.

const FONT = 'Roboto, "Segoe UI", Helvetica, Arial, sans-serif';
const SMALL = `11px ${FONT}`;
const LINE_PX = 13; // height of a line of small text
const STRIP_PX = 10; // below the panels, for marks of incidents
const LEAST_LABEL_PX = 72; // a shorter label says nothing

// ---------------------------------------------------------------------------------------------------------------- the drawing
function pathOf(ctx, day, values, x, y) {
  let isDown = false;
  ctx.beginPath();
  for (let i = 0; i < day.length; i++) {
    const value = values[i];
    if (value !== value) { isDown = false; continue; }
    if (isDown) ctx.lineTo(x(day[i]), y(value));
    else ctx.moveTo(x(day[i]), y(value));
    isDown = true;
  }
}

function areaOf(ctx, day, from, to, x, y) {
  for (let a = 0; a < day.length; a++) {
    if (to[a] !== to[a] || from[a] !== from[a]) continue;
    let b = a;
    while (b + 1 < day.length && to[b + 1] === to[b + 1] && from[b + 1] === from[b + 1]) b++;
    ctx.beginPath();
    for (let i = a; i <= b; i++) ctx.lineTo(x(day[i]), y(to[i]));
    for (let i = b; i >= a; i--) ctx.lineTo(x(day[i]), y(from[i]));
    ctx.closePath();
    ctx.fill();
    a = b;
  }
}

// A tile of thin diagonal lines: what was claimed, not what was computed.
const tiles = new Map();
function hatch(ctx, colour) {
  if (!tiles.has(colour)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 12;
    const t = tile.getContext("2d");
    t.strokeStyle = colour;
    t.lineWidth = 1.6;
    t.beginPath();
    for (const k of [-12, 0, 12]) { t.moveTo(k, 12); t.lineTo(k + 12, 0); }
    t.stroke();
    tiles.set(colour, tile);
  }
  const pattern = ctx.createPattern(tiles.get(colour), "repeat");
  pattern.setTransform(new DOMMatrix([0.5, 0, 0, 0.5, 0, 0]));
  return pattern;
}

function drawBand(ctx, band, panel, x, y, last, colours) {
  const steps = band.kind === "growth" ? 24 : 1;
  const edge = (i, side) => y(bandAt(band, panel.base, (last * i) / steps)[side]);
  ctx.beginPath();
  for (let i = 0; i <= steps; i++) ctx.lineTo(x((last * i) / steps), edge(i, 0));
  for (let i = steps; i >= 0; i--) ctx.lineTo(x((last * i) / steps), edge(i, 1));
  ctx.closePath();
  ctx.globalAlpha = 0.1;
  ctx.fillStyle = colours.highlight;
  ctx.fill();
  ctx.globalAlpha = 0.55;
  ctx.fillStyle = hatch(ctx, colours.highlight);
  ctx.fill();
  ctx.globalAlpha = 1;
}

// Labels at the ends of lines, moved apart so that none covers another.
function spread(labels, top, bottom) {
  labels.sort((a, b) => a.y - b.y);
  const half = LINE_PX / 2;
  let floor = top + half;
  for (const label of labels) { label.y = Math.max(label.y, floor + (label.rows - 1) * half); floor = label.y + (label.rows + 1) * half; }
  let ceiling = bottom - half;
  for (const label of [...labels].reverse()) { label.y = Math.min(label.y, ceiling - (label.rows - 1) * half); ceiling = label.y - (label.rows + 1) * half; }
  return labels;
}

function lastOf(values) {
  for (let i = values.length - 1; i >= 0; i--) if (values[i] === values[i]) return i;
  return -1;
}

function endLabels(panel, lines, y, colours) {
  if (panel.kind === "mix" || panel.kind === "split") {
    const edges = stacked(lines, 1);
    const parts = lines.flatMap((line, i) => {
      const at = lastOf(line.values);
      if (at < 0) return [];
      const value = numberWords(line.values[at], panel.kind === "mix" ? 0 : panel.digits, panel.kind === "split");
      const unit = panel.unit.startsWith("%") ? " %" : "";
      const text = [`${line.label} ${value}${unit}`];
      return [{ y: y((edges[i].from[at] + edges[i].to[at]) / 2), text, rows: 1, colour: colours.ink, chip: colours[line.key] }];
    });
    if (panel.kind === "split" && parts.length) {
      const net = netOf(lines), at = lastOf(net);
      parts.push({ y: y(net[at]), text: [`net ${numberWords(net[at], panel.digits, true)} %`], rows: 1, colour: colours.ink, strong: true, chip: colours.ink, isLine: true });
    }
    return parts;
  }
  return lines.flatMap((line) => {
    const at = lastOf(line.values);
    if (at < 0) return [];
    const text = [`${line.label} ${numberWords(line.values[at], panel.digits, panel.kind === "gap")}`.trim()];
    return [{ y: y(line.values[at]), text, rows: 1, colour: line.key === "with" ? colours.with : colours.muted, strong: line.key === "with" }];
  });
}

function cut(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  let n = Math.floor((text.length * width) / ctx.measureText(text).width);
  while (n > 3 && ctx.measureText(`${text.slice(0, n).trimEnd()}\u2026`).width > width) n--;
  return n > 3 ? `${text.slice(0, n).trimEnd()}\u2026` : "";
}

function drawPolicies(ctx, box, x, last, data, colours, hasWords) {
  const marks = data.meta.policies.filter((mark) => mark.day <= last);
  const words = (title) => title.replace(/: begins$/, "");
  let free = -Infinity;
  ctx.font = SMALL;
  ctx.textBaseline = "top";
  marks.forEach((mark, i) => {
    const at = Math.round(x(mark.day)) + 0.5;
    ctx.strokeStyle = colours.muted;
    ctx.lineWidth = 1;
    ctx.setLineDash([1, 2]);
    ctx.beginPath();
    ctx.moveTo(at, box.top);
    ctx.lineTo(at, box.bottom);
    ctx.stroke();
    ctx.setLineDash([]);
    const next = marks.slice(i + 1).find((other) => x(other.day) > at + 24);
    const room = Math.min(next ? x(next.day) - 6 : box.right, at + 0.6 * (box.right - box.left)) - at - 5;
    if (at < free || !hasWords || room < LEAST_LABEL_PX) return;
    const text = cut(ctx, words(mark.title), room);
    if (!text) return;
    ctx.lineWidth = 3;
    ctx.strokeStyle = colours.paper;
    ctx.lineJoin = "round";
    ctx.strokeText(text, at + 4, box.top + 1);
    ctx.fillStyle = colours.muted;
    ctx.textAlign = "left";
    ctx.fillText(text, at + 4, box.top + 1);
    free = at + 8 + ctx.measureText(text).width;
  });
}

function drawIncidents(ctx, box, x, last, data, colours) {
  const { day, world } = data.meta.incidents;
  for (let i = 0; i < day.length; i++) {
    if (day[i] > last) continue;
    ctx.fillStyle = world[i] === 0 ? colours.without : colours.incident;
    ctx.fillRect(Math.round(x(day[i])), box.floor - 7, 1.5, 6);
  }
}

function drawPanel(ctx, panel, lines, box, x, range, last, data, colours, isFirst) {
  const y = (value) => box.bottom - ((value - range.low) / (range.high - range.low)) * (box.bottom - box.top);
  ctx.font = SMALL;
  ctx.textBaseline = "middle";
  const isEmpty = !data.day.length; // an axis without lines would be made up
  for (const tick of isEmpty ? [] : ticksOf(range)) {
    const at = Math.round(y(tick.value)) + 0.5;
    ctx.strokeStyle = tick.value === 0 && range.low < 0 ? colours.muted : colours.grid;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(box.left, at);
    ctx.lineTo(box.right, at);
    ctx.stroke();
    ctx.fillStyle = colours.muted;
    ctx.textAlign = "right";
    ctx.fillText(tick.text, box.left - 6, at);
  }
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.fillStyle = colours.muted;
  const caption = panel.title ? `${panel.title}, ${panel.unit}` : panel.unit;
  ctx.fillText(cut(ctx, caption, box.edge - 2), 2, box.top - 11);
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top - 1, box.right - box.left + 2, box.bottom - box.top + 2);
  ctx.clip();
  if (!isEmpty) for (const band of panel.bands) drawBand(ctx, band, panel, x, y, last, colours);
  ctx.lineJoin = "round";
  if (lines) drawLines(ctx, panel, lines, x, y, data, colours);
  ctx.restore();
  drawPolicies(ctx, box, x, last, data, colours, isFirst && panel.kind !== "mix");
  return y;
}

function drawLines(ctx, panel, lines, x, y, data, colours) {
  const day = data.day;
  if (panel.kind === "mix" || panel.kind === "split") {
    stacked(lines, 1).forEach((edges, i) => {
      ctx.fillStyle = colours[lines[i].key];
      ctx.globalAlpha = panel.kind === "mix" ? 0.75 : 0.85;
      areaOf(ctx, day, edges.from, edges.to, x, y);
      ctx.globalAlpha = 1;
    });
    ctx.lineWidth = 1.5;
    if (panel.kind === "mix") {
      ctx.strokeStyle = colours.ink;
      ctx.setLineDash([4, 3]);
      stacked(lines, 0).slice(0, -1).forEach((edges) => { pathOf(ctx, day, edges.to, x, y); ctx.stroke(); });
      ctx.setLineDash([]);
    } else {
      ctx.strokeStyle = colours.ink;
      pathOf(ctx, day, netOf(lines), x, y);
      ctx.stroke();
    }
    return;
  }
  if (panel.kind === "gap") {
    ctx.fillStyle = colours.with;
    ctx.globalAlpha = 0.22;
    areaOf(ctx, day, new Float32Array(day.length), lines[0].values, x, y);
    ctx.globalAlpha = 1;
  } else {
    ctx.fillStyle = colours.with;
    ctx.globalAlpha = 0.1;
    areaOf(ctx, day, lines[0].values, lines[1].values, x, y);
    ctx.globalAlpha = 1;
  }
  for (const line of lines) {
    ctx.strokeStyle = colours[line.key];
    ctx.lineWidth = line.dashed ? 1.75 : panel.kind === "gap" ? 1.5 : 2;
    ctx.setLineDash(line.dashed ? [5, 3] : []);
    pathOf(ctx, day, line.values, x, y);
    ctx.stroke();
    if (day.length === 1) { ctx.fillStyle = colours[line.key]; ctx.fillRect(x(day[0]) - 1.5, y(line.values[0]) - 1.5, 3, 3); }
  }
  ctx.setLineDash([]);
}

// Draws a chart and returns where things are: { left, right, last, x, panels: [{ panel, lines, y, box }] } for the crosshair.
function drawChart(ctx, width, height, spec, data, horizon, colours, memory, crossDay) {
  const day = data.day, today = day.length ? day[day.length - 1] : 0;
  if (memory.today > today) { memory.ranges = []; memory.left = memory.right = 0; memory.last = 0; }
  memory.today = today;
  ctx.clearRect(0, 0, width, height);
  ctx.font = SMALL;
  const last = Math.max(memory.last || 0, stageOf(today, horizon));
  memory.last = last;
  const head = 27, between = 34, foot = 22, weights = spec.panels.reduce((sum, panel) => sum + panel.weight, 0);
  const inner = height - head - between * (spec.panels.length - 1) - STRIP_PX - foot;
  let top = 0;
  const parts = spec.panels.map((panel, i) => {
    const tall = (inner * panel.weight) / weights, above = i ? between : head;
    const box = { top: Math.round(top + above), bottom: Math.round(top + above + tall) };
    top += above + tall;
    const lines = linesOf(panel, data);
    const range = rangeOf(panel, lines || [{ values: new Float32Array(0), other: new Float32Array(0) }], data, tall, memory.ranges[i]);
    if (day.length > 1) memory.ranges[i] = range;
    const scale = (value) => box.bottom - ((value - range.low) / (range.high - range.low)) * (box.bottom - box.top);
    return { panel, lines, range, box, labels: lines ? endLabels(panel, lines, scale, colours) : [] };
  });
  const wide = (texts) => texts.reduce((most, text) => Math.max(most, ctx.measureText(text).width), 0);
  const ticks = wide(parts.flatMap((part) => ticksOf(part.range).map((tick) => tick.text)));
  ctx.font = `600 ${SMALL}`;
  const ends = wide(parts.flatMap((part) => part.labels.flatMap((label) => label.text.map((text) => text + (label.chip ? "mm" : "")))));
  memory.left = Math.max(memory.left || 0, Math.ceil(ticks) + 10);
  memory.right = Math.max(memory.right || 0, Math.ceil(ends) + 10, 24);
  const left = memory.left, right = width - memory.right, floor = height - foot;
  const x = (d) => left + ((right - left) * d) / last;
  parts.forEach((part, i) => {
    Object.assign(part.box, { left, right, edge: width, floor });
    part.y = drawPanel(ctx, part.panel, part.lines, part.box, x, part.range, last, data, colours, i === 0);
    for (const label of spread(part.labels, part.box.top - 8, part.box.bottom + 8)) drawLabel(ctx, label, right + 6, colours);
  });
  drawIncidents(ctx, { floor }, x, last, data, colours);
  drawDates(ctx, spec.start_date, last, left, right, floor, x, colours);
  if (crossDay !== null && day.length) drawCross(ctx, parts, x, crossDay, day, floor, colours);
  return { left, right, last, x, parts };
}

function drawLabel(ctx, label, at, colours) {
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.font = label.strong ? `600 ${SMALL}` : SMALL;
  const indent = label.chip ? 12 : 0;
  label.text.forEach((text, i) => {
    ctx.fillStyle = label.colour;
    ctx.fillText(text, at + indent, label.y + (i - (label.rows - 1) / 2) * LINE_PX);
  });
  if (label.chip) {
    ctx.fillStyle = label.chip;
    if (label.isLine) ctx.fillRect(at, label.y - 1, 8, 2);
    else ctx.fillRect(at, label.y - ((label.rows - 1) * LINE_PX) / 2 - 4, 8, 8);
  }
}

function drawDates(ctx, start, last, left, right, floor, x, colours) {
  ctx.font = SMALL;
  ctx.textBaseline = "top";
  ctx.strokeStyle = colours.faint;
  ctx.fillStyle = colours.muted;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(left, floor + 0.5);
  ctx.lineTo(right, floor + 0.5);
  let free = -Infinity;
  for (const tick of dateTicks(start, last, right - left)) {
    const at = Math.round(x(tick.day)) + 0.5;
    const wide = ctx.measureText(tick.text).width;
    ctx.moveTo(at, floor);
    ctx.lineTo(at, floor + 4);
    const from = Math.max(2, at - wide / 2);
    if (from < free) continue;
    ctx.textAlign = "left";
    ctx.fillText(tick.text, from, floor + 6);
    free = from + wide + 8;
  }
  ctx.stroke();
}

function nearest(day, wanted) {
  let low = 0, high = day.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (day[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && wanted - day[low - 1] < day[low] - wanted ? low - 1 : low;
}

function drawCross(ctx, parts, x, crossDay, day, floor, colours) {
  const i = nearest(day, crossDay);
  const at = Math.round(x(day[i])) + 0.5;
  ctx.strokeStyle = colours.ink;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(at, parts[0].box.top);
  ctx.lineTo(at, floor);
  ctx.stroke();
  for (const { panel, lines, y } of parts) {
    if (!lines || panel.kind === "mix" || panel.kind === "split") continue;
    for (const line of lines) {
      if (line.values[i] !== line.values[i]) continue;
      ctx.beginPath();
      ctx.arc(at, y(line.values[i]), 3.2, 0, 7);
      ctx.fillStyle = colours[line.key];
      ctx.strokeStyle = colours.paper;
      ctx.lineWidth = 1.5;
      ctx.fill();
      ctx.stroke();
    }
  }
}
