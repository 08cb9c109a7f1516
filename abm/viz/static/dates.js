// Days and numbers in words, and where the ticks of an axis of dates stand.
const DAY_MS = 86400000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const dateOf = (start, day) => new Date(Date.parse(`${start}T00:00:00Z`) + day * DAY_MS);
const dateWords = (date) => `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;

function numberWords(value, digits, sign) {
  if (!Number.isFinite(value)) return "no value";
  const rounded = Number(value.toFixed(digits));
  const text = Math.abs(rounded).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (rounded < 0) return `\u2212${text}`;
  return sign && rounded > 0 ? `+${text}` : text;
}

// Ticks of dates: days, months or years, as many as have room.
function dateTicks(start, last, width) {
  const most = Math.max(2, Math.floor(width / 52));
  const from = dateOf(start, 0), found = [];
  const push = (date, text) => {
    const day = Math.round((date - from) / DAY_MS);
    if (day >= 0 && day <= last) found.push({ day, text });
  };
  if (last <= 70) {
    const step = [7, 14, 28].find((s) => last / s <= most) || 28;
    for (let d = 0; d <= last; d += step) {
      const date = dateOf(start, d);
      push(date, `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`);
    }
    return withYear(start, found);
  }
  const months = last / 30.4;
  const step = [1, 2, 3, 6, 12, 24, 60, 120].find((s) => months / s <= most) || 120;
  let month = Math.ceil((from.getUTCFullYear() * 12 + from.getUTCMonth() + (from.getUTCDate() > 1 ? 1 : 0)) / step) * step;
  for (; ; month += step) {
    const date = new Date(Date.UTC(Math.floor(month / 12), month % 12, 1));
    if ((date - from) / DAY_MS > last) break;
    push(date, month % 12 === 0 ? String(date.getUTCFullYear()) : MONTHS[month % 12]);
  }
  return withYear(start, found);
}

// The first tick tells the year where no other does.
function withYear(start, ticks) {
  if (ticks.length && !ticks.some((tick) => /\d{4}/.test(tick.text))) ticks[0].text += ` ${dateOf(start, ticks[0].day).getUTCFullYear()}`;
  return ticks;
}
