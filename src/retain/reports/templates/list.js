"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const PER_PAGE = 100;
const SEARCHED = ["customer_id", "owner", "reason_1", "reason_2", "reason_3", "action", ...data.own];
const byId = (id) => document.getElementById(id);
const keys = data.columns.map((column) => column.key);
const column = Object.fromEntries(data.columns.map((each) => [each.key, each]));
const has = (key) => key in column;

/* --- words and numbers --- */
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

/* --- elements; text is only ever set as text --- */
function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
function svg(tag, props = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/* --- the customers --- */
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

const FILTERS = [
  { key: "owner", of: (row) => [row.owner ?? ""] },
  { key: "segment", of: (row) => [row.segment ?? ""] },
  { key: "risk_band", of: (row) => [row.risk_band ?? ""] },
  { key: "reason", of: (row) => row.about },
  { key: "change", of: (row) => [row.change ?? ""] },
].filter(({ key }) => (key === "reason" ? has("reason_1") : has(key)));

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

/* --- the table --- */
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
  const mark = { new: ["new", named("new")], up: ["up", "▲"], down: ["down", "▼"] }[row.change];
  const move = mark && el("span", { class: `move ${mark[0]}`, title: named(row.change) },
    el("span", { "aria-hidden": "true" }, mark[1]), el("span", { class: "unseen" }, named(row.change)));
  return el("span", {}, whole.format(row.rank), " ", move ?? "");
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
    : row.usual_gap ? say("usual", { n: tenth.format(row.usual_gap) }) : null;
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

/* --- the cards --- */
const total = (among, key) => among.reduce((sum, row) => sum + (row[key] ?? 0), 0);
function drawCards() {
  const part = state.selected.length < rows.length;
  const cards = [
    ["card_customers", (among) => whole.format(among.length), { n: whole.format(data.eligible) }],
    ["card_churners", (among) => whole.format(total(among, "churn_probability")), { n: whole.format(rows.length) }],
    has("value_at_risk") && ["card_value_at_risk", (among) => money(total(among, "value_at_risk")), {}],
    has("expected_saving") && ["card_expected_saving", (among) => money(total(among, "expected_saving")), {}],
  ].filter(Boolean);
  byId("cards").replaceChildren(...cards.map(([name, of, values]) => el("div", { class: "card", id: name },
    el("p", { class: "title" }, say(name)), el("p", { class: "figure" }, of(state.selected)),
    el("p", { class: "about" }, part ? say("card_selected", { n: of(rows) }) : say(`${name}_below`, values)))));
}

/* --- the filters --- */
function drawFilters() {
  const made = FILTERS.map(({ key, of }) => {
    const counts = new Map();
    for (const row of rows) for (const value of new Set(of(row))) counts.set(value, (counts.get(value) ?? 0) + 1);
    const values = [...counts].sort(([a, m], [b, n]) => key === "reason" ? n - m : key === "risk_band" ? 0 : collator.compare(named(a), named(b)));
    const options = values.slice(0, 200).map(([value, n], place) =>
      el("option", { value: place }, `${value === "" ? say("none") : named(value)} (${whole.format(n)})`));
    const select = el("select", { id: `filter-${key}` }, el("option", { value: "" }, say("all")), ...options);
    select.values = values.map(([value]) => value);
    select.addEventListener("change", () => {
      if (select.value === "") delete state.filters[key];
      else state.filters[key] = select.values[select.value];
      select.classList.toggle("set", select.value !== "");
      update();
    });
    return el("label", {}, say(key), select);
  });
  byId("filters").replaceChildren(...made);
}
function choose(key, value) {
  const select = byId(`filter-${key}`);
  select.value = String(select.values.indexOf(value));
  select.dispatchEvent(new Event("change"));
  byId("list").scrollIntoView();
}

/* --- the drawer --- */
const drawer = byId("drawer");
let current = null;
function part(title, ...content) { return el("section", {}, el("h3", {}, title), ...content); }
function list(pairs) {
  return el("dl", {}, ...pairs.flatMap(([title, text]) => [el("dt", {}, title), el("dd", {}, text)]));
}
function figures(row) {
  const keys = ["churn_probability", "value_at_risk", "expected_saving"].filter((key) => has(key) && row[key] !== null);
  return el("div", { class: "figures" }, ...keys.map((key) => el("div", {},
    el("b", {}, key === "churn_probability" ? exact.format(row[key]) : money(row[key])), el("span", {}, column[key].title))));
}
function todo(row) {
  const plan = data.plans[data.plan[row.index]] ?? [];
  if (!row.action && !plan.length) return has("action") ? part(say("what_to_do"), el("p", { class: "quiet" }, say("no_action"))) : null;
  const steps = plan.length ? el("ol", { class: "steps", "aria-label": say("steps") },
    ...plan.map(([due, what]) => el("li", {}, el("time", { datetime: due }, day(due)), el("span", {}, what)))) : null;
  return part(say("what_to_do"), el("div", { class: "todo" }, row.action ? el("p", {}, row.action) : null, steps));
}
const TOLD = ["rank", "customer_id", "churn_probability", "value_at_risk", "expected_saving", "risk_band", "segment",
  "change", "reason_1", "reason_2", "reason_3", "action", ...data.own];
function facts(row) {
  const pairs = keys.filter((key) => !TOLD.includes(key) && row[key] !== null && row[key] !== "")
    .map((key) => [column[key].title, shown(key, row[key])]);
  return pairs.length ? part(say("facts"), list(pairs)) : null;
}
function contact(row) {
  const pairs = data.own.filter((key) => row[key] !== null && row[key] !== "").map((key) => [column[key].title, shown(key, row[key])]);
  return pairs.length ? part(say("contact"), list(pairs)) : null;
}
function timeline(row) {
  const told = data.timelines[row.index];
  if (!told || !told.all) return null;
  const items = told.events.map(([when, kind, text]) => el("li", {}, el("time", { datetime: when }, day(when)),
    el("span", { class: "quiet" }, data.kinds[kind]), el("span", {}, text)));
  const hidden = told.all - told.events.length;
  return part(say("timeline"), el("p", { class: "quiet small" }, say("timeline_below", { n: whole.format(told.all) })),
    strip(told.events), el("ol", { class: "events" }, ...items),
    hidden ? el("p", { class: "quiet small" }, say("earlier", { n: whole.format(hidden) })) : null);
}
function strip(events) {
  const kinds = [...new Set(events.map(([, kind]) => kind))].sort((a, b) => a - b);
  const times = events.map(([when]) => Date.parse(when)), first = Math.min(...times), last = Math.max(...times);
  const height = 20 * kinds.length + 22, made = svg("svg", { viewBox: `0 0 488 ${height}`, "aria-hidden": "true" });
  kinds.forEach((kind, line) => made.append(svg("path", { class: "grid", d: `M96 ${20 * line + 11}H482` }),
    svg("text", { x: 0, y: 20 * line + 15 }, data.kinds[kind])));
  events.forEach(([, kind], place) => made.append(svg("circle", { class: "dot", r: 4,
    cx: 102 + (last > first ? (times[place] - first) / (last - first) : 1) * 374, cy: 20 * kinds.indexOf(kind) + 11 })));
  const ends = [svg("text", { x: 96, y: height - 4 }, day(events.at(-1)[0])), svg("text", { x: 482, y: height - 4, class: "end" }, day(events[0][0]))];
  made.append(...(last > first ? ends : ends.slice(1)));
  return made;
}
function history(row) {
  const told = data.risks[row.index] ?? [];
  if (told.length < 2) return null;
  const top = Math.max(0.1, ...told.map(([, risk]) => risk)), x = (place) => 6 + place / (told.length - 1) * 476, y = (risk) => 64 - risk / top * 52;
  const made = svg("svg", { viewBox: "0 0 488 84", role: "img", "aria-label": told.map(([when, risk]) => `${day(when)}: ${exact.format(risk)}`).join("; ") },
    svg("path", { class: "grid", d: "M6 64H482" }),
    svg("path", { class: "path", d: "M" + told.map(([, risk], place) => `${x(place)} ${y(risk)}`).join("L") }),
    svg("text", { x: 6, y: 80 }, `${day(told[0][0])}: ${percent.format(told[0][1])}`),
    svg("text", { x: 482, y: 80, class: "end" }, `${day(told.at(-1)[0])}: ${percent.format(told.at(-1)[1])}`));
  return part(say("risk_history"), made);
}
function chips(row) {
  const tone = { high: "bad", medium: "fair", low: "good" };
  const made = [row.risk_band && el("span", { class: `chip ${tone[row.risk_band] ?? ""}` }, `${say("risk_band")}: ${named(row.risk_band)}`),
    row.segment && el("span", { class: "chip" }, named(row.segment)), row.change && el("span", { class: "chip" }, `${say("change")}: ${named(row.change)}`)];
  return el("p", { class: "chips" }, ...made.filter(Boolean));
}
function drawDrawer() {
  const place = state.selected.indexOf(current);
  byId("drawer-title").textContent = current.title;
  byId("drawer-place").textContent = say("place", { n: whole.format(place + 1), all: whole.format(state.selected.length) });
  byId("drawer-back").disabled = place <= 0;
  byId("drawer-forth").disabled = place >= state.selected.length - 1;
  const id = current.title === String(current.customer_id) ? null : el("p", { class: "quiet" }, current.customer_id);
  const why = current.reasons.length ? part(say("why"), el("ol", { class: "reasons" }, ...current.reasons.map((text) => el("li", {}, text)))) : null;
  const parts = [id, chips(current), figures(current), contact(current), why, todo(current), facts(current), history(current), timeline(current)];
  byId("drawer-body").replaceChildren(...parts.filter(Boolean));
  drawer.scrollTop = 0;
  markOpen();
}
function markOpen() {
  document.querySelector("#table tr.open")?.classList.remove("open");
  if (drawer.open) rowOf(current)?.classList.add("open");
}
const rowOf = (row) => document.querySelector(`#table tr[data-index="${row.index}"]`);
function open(row) {
  current = row;
  if (!drawer.open) drawer.showModal();
  drawDrawer();
  byId("drawer-title").focus();
}
function step(by) {
  const place = state.selected.indexOf(current) + by;
  if (place < 0 || place >= state.selected.length) return;
  const page = Math.floor(place / PER_PAGE);
  if (page !== state.page) { state.page = page; drawBody(); }
  open(state.selected[place]);
}

/* --- the length --- */
function drawLength() {
  const found = data.what_if;
  if (!found) return;
  byId("length").hidden = false;
  const measure = "profit" in found ? "profit" : "expected_churners";
  const lengths = found.length, values = found[measure];
  const best = values.indexOf(Math.max(...values));
  const own = lengths.reduce((near, n, place) => Math.abs(n - rows.length) < Math.abs(lengths[near] - rows.length) ? place : near, 0);
  const slider = byId("slider");
  slider.max = lengths.length - 1;
  const show = (key, place) => ["cost", "saved", "profit"].includes(key) ? money(found[key][place]) : whole.format(found[key][place]);
  const move = () => {
    const place = Number(slider.value), text = say("length_value", { n: whole.format(lengths[place]) });
    byId("chosen").textContent = text;
    slider.setAttribute("aria-valuetext", `${text}, ${say(measure)}: ${show(measure, place)}`);
    const told = ["expected_churners", "contacts_wasted", "cost", "saved", "profit"].filter((key) => key in found);
    byId("outcome").replaceChildren(...list(told.map((key) => [say(key), show(key, place)])).childNodes);
    drawCurve({ lengths, values, measure, best, place });
  };
  const jump = (place, text) => el("button", { type: "button", onclick: () => { slider.value = place; move(); } }, text);
  byId("jumps").append(jump(own, say("to_this_list", { n: whole.format(lengths[own]) })));
  if (measure === "profit") byId("jumps").append(jump(best, say("to_best", { n: whole.format(lengths[best]) })));
  slider.value = own;
  slider.addEventListener("input", move);
  window.addEventListener("resize", move);
  move();
}
function ticks(low, high) {
  const rough = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 2.5, 5, 10].map((k) => k * power).find((each) => each >= rough);
  const made = [];
  for (let at = Math.ceil(low / size) * size; at <= high + size * 1e-6; at += size) made.push(at);
  return made;
}
function drawCurve({ lengths, values, measure, best, place }) {
  const width = byId("curve").clientWidth || 640, height = 260, edge = { left: 66, right: 14, top: 22, bottom: 34 };
  const low = Math.min(0, ...values), high = Math.max(0, ...values), end = lengths.at(-1);
  const x = (n) => edge.left + n / end * (width - edge.left - edge.right);
  const y = (v) => height - edge.bottom - (v - low) / (high - low || 1) * (height - edge.top - edge.bottom);
  const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${say(measure)}, ${say("length_slider")}` });
  const figure = measure === "profit" ? (v) => (v ? wholeMoney.format(v) : "0") : (v) => whole.format(v);
  for (const tick of ticks(low, high)) made.append(svg("path", { class: tick === 0 ? "grid zero" : "grid", d: `M${edge.left} ${y(tick)}H${width - edge.right}` }),
    svg("text", { class: "end", x: edge.left - 8, y: y(tick) + 4 }, figure(tick)));
  for (const tick of ticks(0, end)) made.append(svg("text", { class: tick ? "mid" : "start", x: x(tick), y: height - edge.bottom + 17 }, whole.format(tick)));
  const line = lengths.map((n, at) => `${x(n).toFixed(1)} ${y(values[at]).toFixed(1)}`).join("L");
  made.append(svg("path", { class: "area", d: `M${x(0)} ${y(0)}L${line}L${x(end)} ${y(0)}Z` }), svg("path", { class: "line", d: `M${x(0)} ${y(0)}L${line}` }));
  if (measure === "profit") made.append(svg("path", { class: "mark", d: `M${x(lengths[best])} ${edge.top - 8}V${height - edge.bottom}` }),
    svg("text", { class: x(lengths[best]) > width / 2 ? "end" : "start", x: x(lengths[best]) + (x(lengths[best]) > width / 2 ? -5 : 5), y: 12 }, say("best_length", { n: whole.format(lengths[best]) })));
  const at = lengths[place];
  made.append(svg("path", { class: "now", d: `M${x(at)} ${edge.top}V${height - edge.bottom}` }), svg("circle", { cx: x(at), cy: y(values[place]), r: 6 }),
    svg("text", { class: "axis mid", x: (edge.left + width - edge.right) / 2, y: height - 2 }, say("length_slider")));
  byId("curve").replaceChildren(el("figcaption", {}, say(measure)), made);
}

/* --- what changed --- */
function drawChanges() {
  const into = byId("changes"), overlap = data.overlap;
  if (!overlap && !data.left) { into.append(el("p", { class: "quiet" }, say("first_list"))); return; }
  const kept = overlap?.kept_share;
  const since = overlap?.previous_as_of ? say("changed_since", { day: day(overlap.previous_as_of) }) + ". " : "";
  into.append(el("p", { class: "quiet" }, since + (kept === null || kept === undefined ? "" : say("kept", { n: percent.format(kept) }))));
  if (has("change")) into.append(el("div", { class: "moves" }, ...["new", "up", "down", "same"].map((value) => {
    const count = rows.filter((row) => row.change === value).length;
    return el("button", { type: "button", disabled: count === 0, title: say("show"), onclick: () => choose("change", value) }, el("b", {}, whole.format(count)), named(value));
  })));
  if (data.left) into.append(leavers(data.left));
}
function leavers(left) {
  const counts = Object.entries(left.counts).map(([why, n]) => `${named(why)}: ${whole.format(n)}`).join(", ");
  const heads = [["customer"], ["left_before", "number"], ["left_now", "number"], ["left_why"]];
  const body = left.rows.map(([id, rank, risk, why]) => el("tr", {}, el("th", { scope: "row" }, id), el("td", { class: "number" }, whole.format(rank)),
    el("td", { class: "number" }, risk === null ? "–" : percent.format(risk)), el("td", {}, named(why))));
  const more = left.all - left.rows.length;
  return el("details", { class: "leavers" }, el("summary", {}, `${say("left")}: ${whole.format(left.all)}`, el("span", { class: "quiet small" }, ` (${counts})`)),
    el("table", {}, el("thead", {}, el("tr", {}, ...heads.map(([key, kind]) => el("th", { scope: "col", class: kind }, say(key))))), el("tbody", {}, ...body)),
    more ? el("p", { class: "quiet small" }, say("left_more", { n: whole.format(more) })) : null);
}

/* --- hands --- */
byId("search").addEventListener("input", (event) => { state.query = event.target.value; update(); });
byId("tools").addEventListener("submit", (event) => event.preventDefault());
byId("tools").addEventListener("reset", () => {
  state.query = "";
  state.filters = {};
  document.querySelectorAll("#filters select").forEach((select) => select.classList.remove("set"));
  update();
  byId("search").focus();
});
document.querySelector("#table tbody").addEventListener("click", (event) => {
  if (String(getSelection())) return;
  const row = event.target.closest("tr");
  if (row) open(rows[row.dataset.index]);
});
document.querySelector("#table tbody").addEventListener("keydown", (event) => {
  const to = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const button = to && event.target.closest("tr")?.[to]?.querySelector("button");
  if (button) { event.preventDefault(); button.focus(); }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !drawer.open && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); byId("search").focus(); }
});
byId("back").addEventListener("click", () => turn(-1));
byId("forth").addEventListener("click", () => turn(1));
byId("print").addEventListener("click", () => window.print());
window.addEventListener("beforeprint", () => { state.printing = true; drawBody(); });
window.addEventListener("afterprint", () => { state.printing = false; drawBody(); });
byId("drawer-close").addEventListener("click", () => drawer.close());
byId("drawer-back").addEventListener("click", () => step(-1));
byId("drawer-forth").addEventListener("click", () => step(1));
drawer.addEventListener("click", (event) => { if (event.target === drawer && event.clientX < drawer.getBoundingClientRect().left) drawer.close(); });
drawer.addEventListener("close", () => { markOpen(); rowOf(current)?.querySelector("button").focus(); });
drawer.addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by) { event.preventDefault(); step(by); }
});

drawFilters();
update();
drawLength();
drawChanges();
})();
