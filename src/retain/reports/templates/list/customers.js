// The customers, and which of them are shown in which order.
const pattern = (reason) => reason.replace(/\d[\d.,]*/g, "…");
const rows = data.rows.map((values, index) => {
  const row = Object.fromEntries(keys.map((key, place) => [key, values[place]]));
  row.index = index;
  row.reasons = ["reason_1", "reason_2", "reason_3"].map((key) => row[key]).filter(Boolean);
  row.about = data.families.length ? data.families[index] : row.reasons.map(pattern);
  row.text = SEARCHED.map((key) => row[key] ?? "").join("\n").toLocaleLowerCase();
  row.title = String((data.name && row[data.name]) || row.customer_id);
  return row;
});

// On a first list everybody is new: that tells nobody anything.
const moved = has("change") && Boolean(data.overlap || new Set(rows.map((row) => row.change)).size > 1);

const FILTERS = [
  { key: "owner", of: (row) => [row.owner ?? ""] },
  { key: "segment", of: (row) => [row.segment ?? ""] },
  { key: "risk_band", of: (row) => [row.risk_band ?? ""] },
  { key: "reason", of: (row) => row.about },
  { key: "change", of: (row) => [row.change ?? ""] },
].filter(({ key }) => (key === "reason" ? has("reason_1") : key === "change" ? moved : has(key)));

const state = { query: "", filters: {}, sort: { key: "rank", down: false }, page: 0, selected: rows, printing: false };

function selection() {
  const terms = state.query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const chosen = FILTERS.filter(({ key }) => key in state.filters);
  return rows.filter((row) => terms.every((term) => row.text.includes(term))
    && chosen.every(({ key, of }) => of(row).includes(state.filters[key])));
}

function compare(key, down) {
  const sign = down ? -1 : 1;
  return (a, b) => {
    const [x, y] = key === "customer" ? [a.title, b.title] : [a[key], b[key]];
    const noX = x === null || x === undefined || x === "", noY = y === null || y === undefined || y === "";
    if (noX || noY) return noX - noY || a.index - b.index;
    const order = typeof x === "number" && typeof y === "number" ? x - y : collator.compare(x, y);
    return sign * order || a.index - b.index;
  };
}
