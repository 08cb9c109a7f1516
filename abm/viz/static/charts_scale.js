// What a chart is made of before it is drawn: ranges, ticks, lines, stacked parts, bands of claims.

const TICK_PX = 17; // least distance of two ticks of values
const STAGES = [60, 120, 240, 365, 548, 730, 1095, 1460, 1825]; // days that the axis of dates may show
const SETTLING_DAYS = 7; // days at first in which trailing means still jump, left out of a range once eight times as many have passed

function niceStep(span, count) {
  const rough = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 2.5 ? 2.5 : lead <= 5 ? 5 : 10) * power;
}

// The range of an axis: wide enough for low..high, ends on half ticks, and steady: it grows, and shrinks only when half of it is empty.
function steadyRange(low, high, count, smallest, before) {
  if (!(high >= low)) [low, high] = [0, smallest];
  if (high - low < smallest) {
    const middle = (low + high) / 2;
    const floor = low >= 0 ? Math.max(middle - smallest / 2, 0) : high <= 0 ? Math.min(middle - smallest / 2, -smallest) : middle - smallest / 2;
    [low, high] = [floor, floor + smallest];
  }
  const snap = (a, b) => {
    const fine = niceStep(b - a, count) / 2;
    const range = { low: Math.floor(a / fine + 1e-6) * fine, high: Math.ceil(b / fine - 1e-6) * fine };
    return { ...range, step: niceStep(range.high - range.low, count), count };
  };
  const fresh = snap(low, high);
  if (!before || before.count !== count) return fresh;
  const together = snap(Math.min(before.low, low), Math.max(before.high, high));
  return fresh.high - fresh.low <= 0.5 * (together.high - together.low) ? fresh : together;
}

function ticksOf(range) {
  const digits = [0, 1, 2, 3].find((d) => Math.abs(range.step * 10 ** d - Math.round(range.step * 10 ** d)) < 1e-6) ?? 4;
  const found = [];
  for (let k = Math.ceil(range.low / range.step - 1e-6); k <= Math.floor(range.high / range.step + 1e-6); k++) found.push(k * range.step);
  return found.map((value) => ({ value, text: numberWords(value, digits, false) }));
}

function stageOf(day, horizon) {
  const wide = STAGES.find((stage) => day <= stage * 0.97) || horizon;
  return Math.max(2, Math.min(wide, horizon));
}

// ----------------------------------------------------------------------------------------------------------------- the numbers
// Lines of a panel: [{ values, key, label, dashed }], each values as long as the days.
function linesOf(panel, data) {
  const m = data.day.length;
  const row = (name, world) => data.arrays[name] && data.arrays[name].subarray(world * m, (world + 1) * m);
  if (panel.names.some((name) => !data.arrays[name])) return null;
  const [name] = panel.names;
  if (panel.kind === "pair") {
    return [{ values: row(name, 0), key: "without", label: "without", dashed: true }, { values: row(name, 1), key: "with", label: "with" }];
  }
  if (panel.kind === "gap") {
    if (panel.own) return [{ values: row(name, 1), key: "with", label: "" }];
    const before = row(name, 0), after = row(name, 1);
    return [{ values: after.map((value, i) => value - before[i]), key: "with", label: "" }];
  }
  return panel.names.map((part, i) => ({
    values: row(part, 1), other: row(part, 0), key: panel.colours[i], label: panel.labels[i],
  }));
}

// Stacked edges of a mix or a split: for every part the lower and upper edge; parts below zero hang from it.
function stacked(lines, world) {
  const m = lines[0].values.length;
  const up = new Float32Array(m), down = new Float32Array(m);
  return lines.map((line) => {
    const values = world ? line.values : line.other;
    const from = new Float32Array(m), to = new Float32Array(m);
    for (let i = 0; i < m; i++) {
      const side = values[i] < 0 ? down : up;
      from[i] = side[i];
      side[i] += values[i];
      to[i] = side[i];
    }
    return { from, to };
  });
}

const netOf = (lines) => lines[0].values.map((_, i) => lines.reduce((sum, line) => sum + line.values[i], 0));

// Lowest and highest value of lines, without the first days in which trailing means still jump.
function extent(rows, day) {
  const last = day.length ? day[day.length - 1] : 0;
  const from = last > 8 * SETTLING_DAYS ? SETTLING_DAYS : 0;
  let low = Infinity, high = -Infinity;
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) {
      if (day[i] < from) continue;
      const value = row[i];
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

function bandAt(band, base, day) {
  const edge = (value) => (band.kind === "growth" ? base * (1 + value) ** (Math.max(0, day - (band.from || 0)) / 365) : value);
  return [edge(band.low), edge(band.high)];
}

function rangeOf(panel, lines, data, height, before) {
  const rows = panel.kind === "mix" || panel.kind === "split" ? stacked(lines, 1).flatMap((s) => [s.from, s.to]) : lines.map((l) => l.values);
  let [low, high] = extent(rows, data.day);
  const last = data.day.length ? data.day[data.day.length - 1] : 0;
  for (const band of panel.bands) {
    for (const edge of bandAt(band, panel.base, last)) {
      low = Math.min(low, edge);
      high = Math.max(high, edge);
    }
  }
  if (panel.kind === "mix") return { low: 0, high: panel.unit.startsWith("%") ? 100 : 1, step: panel.unit.startsWith("%") ? 25 : 0.25, count: 4 };
  if (panel.zero || panel.kind !== "pair") [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  const size = Math.max(Math.abs(low), Math.abs(high)), pad = 0.05 * (high - low);
  if (high > 0 || panel.kind === "pair") high += pad;
  if (low < 0 || (panel.kind === "pair" && !panel.zero)) low -= pad;
  const finest = 4 * 10 ** -panel.digits;
  const smallest = panel.kind === "pair" && !panel.zero && Number.isFinite(size) ? Math.max(finest, 0.08 * size) : finest;
  return steadyRange(low, high, Math.max(2, Math.min(6, Math.floor(height / TICK_PX))), smallest, before);
}
