// Words and numbers as the reader's language writes them.
const whole = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(data.locale, { style: "percent", maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat(data.locale, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const dates = new Intl.DateTimeFormat(data.locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const collator = new Intl.Collator(data.locale, { numeric: true, sensitivity: "base" });

function moneyIn(digits) {
  const plain = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  try { return new Intl.NumberFormat(data.locale, data.currency ? { style: "currency", currency: data.currency, ...plain } : plain); }
  catch { return new Intl.NumberFormat(data.locale, plain); }
}
const wholeMoney = moneyIn(0), exactMoney = moneyIn(2);
const money = (value) => (Math.abs(value) >= 100 ? wholeMoney : exactMoney).format(value);
const DAY = 864e5, listDay = Date.parse(data.as_of + "T00:00:00Z");
const dateOf = (ago) => new Date(listDay - ago * DAY).toISOString().slice(0, 10);
const daysTo = (iso) => Math.round((Date.parse(iso + "T00:00:00Z") - listDay) / DAY);
const day = (iso) => dates.format(new Date(iso + "T00:00:00Z"));
const named = (value) => data.names[value] ?? value;

function say(key, values = {}) {
  return data.words[key].replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

const SHOWN = {
  share: (v) => exact.format(v), percentile: (v) => tenth.format(v), money: (v) => exactMoney.format(v),
  days: (v) => whole.format(v), gap: (v) => tenth.format(v), number: (v) => whole.format(v), date: day,
  text: (v) => String(v),
};
function shown(key, value) {
  return value === null || value === undefined || value === "" ? "–" : SHOWN[column[key].kind](value);
}
