// The table: a hundred rows at a time; all of them on paper.
const COLUMNS = [
  { key: "rank", class: "rank", draw: drawRank },
  { key: "customer", title: say("customer"), class: "who", draw: drawCustomer },
  { key: "churn_probability", title: say("risk_band"), draw: drawRisk, down: true },
  { key: "segment", class: "wide", draw: (row) => row.segment ? el("span", { class: "chip" }, named(row.segment)) : "–" },
  { key: "value_at_risk", class: "number", draw: (row) => moneyOf(row.value_at_risk), down: true },
  { key: "expected_saving", class: "number mid-wide", draw: (row) => moneyOf(row.expected_saving), down: true },
  { key: "days_since_last", title: say("last_order"), class: "last mid-wide", draw: drawLast, down: true },
  { key: "reason_1", title: say("why"), class: "why mid-wide", draw: (row) => row.reason_1 ?? "–" },
  { key: "action", class: "do wide", draw: (row) => row.action ?? "–" },
  { key: "owner", class: "wide", draw: (row) => row.owner ?? "–" },
].filter(({ key }) => key === "customer" || has(key));

// A column has pennies in every row or in none.
const inTable = rows.some((row) => Math.abs(row.value_at_risk ?? row.expected_saving ?? 0) >= 100) ? wholeMoney : exactMoney;
const moneyOf = (value) => (value === null ? "–" : inTable.format(value));

function drawRank(row) {
  const mark = moved && { new: ["new", named("new")], up: ["up", "▲"], down: ["down", "▼"] }[row.change];
  const move = mark && el("span", { class: `move ${mark[0]}`, title: named(row.change) },
    el("span", { "aria-hidden": "true" }, mark[1]), el("span", { class: "unseen" }, named(row.change)));
  return el("span", {}, whole.format(row.rank), " ", move || "");
}
function drawCustomer(row) {
  const button = el("button", { type: "button", class: "plain", "aria-haspopup": "dialog" }, row.title);
  const id = row.title === String(row.customer_id) ? null : el("span", { class: "under" }, row.customer_id);
  const why = row.reason_1 ? el("span", { class: "under in-row" }, row.reason_1) : null;
  return el("span", {}, button, id, why);
}
function drawRisk(row) {
  const meter = el("span", { class: `meter ${row.risk_band}`, "aria-hidden": "true" }, el("i"));
  meter.firstChild.style.width = `${100 * row.churn_probability}%`;
  const band = row.risk_band ? el("span", { class: `band ${row.risk_band}` }, named(row.risk_band)) : null;
  return el("span", { class: "risk" }, el("b", {}, percent.format(row.churn_probability)), " ", band, meter);
}
function ago(days) { return days === 1 ? say("day_ago") : say("days_ago", { n: whole.format(days) }); }
function drawLast(row) {
  if (row.days_since_last === null) return "–";
  const under = row.days_overdue > 0 ? say("overdue", { n: whole.format(row.days_overdue) })
    : row.usual_gap ? say("usual", { n: whole.format(row.usual_gap) }) : null;
  return el("span", {}, ago(row.days_since_last), under && el("span", { class: "under" }, under));
}

function titleOf(each) { return each.title ?? column[each.key].title; }

function drawHead() {
  const cells = COLUMNS.map((each) => {
    const sorted = state.sort.key === each.key ? (state.sort.down ? "descending" : "ascending") : null;
    const button = el("button", { type: "button", class: "plain", onclick: () => sortBy(each) }, titleOf(each));
    return el("th", { scope: "col", class: each.class, "aria-sort": sorted, "data-key": each.key }, button);
  });
  document.querySelector("#table thead").replaceChildren(el("tr", {}, ...cells));
}
function drawRow(row) {
  const cells = COLUMNS.map((each) => each.key === "customer"
    ? el("th", { scope: "row", class: each.class }, each.draw(row)) : el("td", { class: each.class }, each.draw(row)));
  return el("tr", { "data-index": row.index }, ...cells);
}
function drawBody() {
  const from = state.page * PER_PAGE;
  const drawn = state.printing ? state.selected : state.selected.slice(from, from + PER_PAGE);
  document.querySelector("#table tbody").replaceChildren(...drawn.map(drawRow));
  const pages = Math.max(1, Math.ceil(state.selected.length / PER_PAGE));
  byId("pages").hidden = pages === 1;
  byId("page").textContent = say("page", { n: whole.format(state.page + 1), all: whole.format(pages) });
  byId("back").disabled = state.page === 0;
  byId("forth").disabled = state.page === pages - 1;
  byId("table").hidden = state.selected.length === 0;
  byId("nothing").hidden = state.selected.length > 0;
  byId("nothing").textContent = say(rows.length ? "nothing" : "empty");
}
function update() {
  state.selected = selection();
  const { key, down } = state.sort;
  if (key !== "rank" || down) state.selected.sort(compare(key, down));
  state.page = 0;
  const all = whole.format(rows.length), n = whole.format(state.selected.length);
  byId("status").textContent = state.selected.length === rows.length ? say("shown_all", { all }) : say("shown", { n, all });
  byId("order").textContent = say("sorted", { column: titleOf(COLUMNS.find((each) => each.key === key)) });
  byId("clear").disabled = !state.query && !Object.keys(state.filters).length;
  drawHead();
  drawBody();
  drawCards();
}
function sortBy(each) {
  const same = state.sort.key === each.key;
  state.sort = { key: each.key, down: same ? !state.sort.down : Boolean(each.down) };
  update();
  document.querySelector(`#table th[data-key="${each.key}"] button`).focus();
}
function turn(step) {
  state.page += step;
  drawBody();
  byId("list").scrollIntoView();
  document.querySelector("#table tbody button")?.focus({ preventScroll: true });
}
