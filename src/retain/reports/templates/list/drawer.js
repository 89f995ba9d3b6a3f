// What is known of one customer.
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
    ...plan.map(([due, what]) => el("li", {}, el("time", { datetime: due }, day(due), el("span", { class: "below" }, say("step_day", { n: daysTo(due) }))), el("span", {}, what)))) : null;
  const who = row.action_who ? el("p", { class: "doer" }, `${column.action_who.title}: ${row.action_who}`) : null;
  return part(say("what_to_do"), el("div", { class: "todo" }, row.action ? el("p", {}, row.action) : null, who, steps));
}
function reasons(row) {
  if (!row.reasons.length) return null;
  const open = row.act_on ? row.act_on.split(", ") : null;
  const context = (place) => open && !open.includes(String(place + 1));
  const items = row.reasons.map((text, place) => el("li", {}, text, " ", context(place) ? el("span", { class: "chip", title: say("context_below") }, say("context")) : ""));
  return part(say("why"), el("ol", { class: "reasons" }, ...items));
}
function lever(row) {
  return row.lever ? part(say("lever"), el("p", { class: "lever" }, row.lever), el("p", { class: "quiet small" }, say("lever_below"))) : null;
}
const TOLD = ["rank", "customer_id", "churn_probability", "value_at_risk", "expected_saving", "risk_band", "segment",
  "change", "reason_1", "reason_2", "reason_3", "act_on", "lever", "lever_risk", "action", "action_channel", "action_who", "action_by", "action_offer", "next_tier", "to_next_tier", ...data.own];
function facts(row) {
  const pairs = keys.filter((key) => !TOLD.includes(key) && row[key] !== null && row[key] !== "")
    .map((key) => [column[key].title, key === "tier" ? tier(row) : shown(key, row[key])]);
  return pairs.length ? part(say("facts"), list(pairs)) : null;
}
function tier(row) {
  const more = row.next_tier && row.to_next_tier ? ` (${say("to_tier", { money: money(row.to_next_tier), tier: named(row.next_tier) })})` : "";
  return named(row.tier) + more;
}
function contact(row) {
  const pairs = data.own.filter((key) => row[key] !== null && row[key] !== "").map((key) => [column[key].title, shown(key, row[key])]);
  return pairs.length ? part(say("contact"), list(pairs)) : null;
}
function timeline(row) {
  const told = data.timelines[row.index];
  if (!told || !told.all) return null;
  const items = told.events.map(([ago, kind, times = 1, amount]) => el("li", {}, el("time", { datetime: dateOf(ago) }, day(dateOf(ago))),
    el("span", { class: "quiet" }, data.kinds[kind].name), el("span", {}, happened(data.kinds[kind], times, amount))));
  const hidden = told.all - told.events.length;
  return part(say("timeline"), el("p", { class: "quiet small" }, say("timeline_below", { n: whole.format(told.all) })),
    strip(told.events), el("ol", { class: "events" }, ...items),
    hidden ? el("p", { class: "quiet small" }, say("earlier", { n: whole.format(hidden) })) : null);
}
function happened(kind, times, amount) {
  const told = [times > 1 ? say("times", { n: whole.format(times) }) : null, amount === undefined ? null : kind.money ? exactMoney.format(amount) : tenth.format(amount)];
  return told.filter(Boolean).join(", ");
}
function strip(events) {
  const kinds = [...new Set(events.map(([, kind]) => kind))].sort((a, b) => a - b);
  const times = events.map(([ago]) => -ago), first = Math.min(...times), last = Math.max(...times);
  const height = 20 * kinds.length + 22, made = svg("svg", { viewBox: `0 0 488 ${height}`, "aria-hidden": "true" });
  kinds.forEach((kind, line) => made.append(svg("path", { class: "grid", d: `M96 ${20 * line + 11}H482` }),
    svg("text", { x: 0, y: 20 * line + 15 }, data.kinds[kind].name)));
  events.forEach(([, kind], place) => made.append(svg("circle", { class: "dot", r: 4,
    cx: 102 + (last > first ? (times[place] - first) / (last - first) : 1) * 374, cy: 20 * kinds.indexOf(kind) + 11 })));
  const ends = [svg("text", { x: 96, y: height - 4 }, day(dateOf(events.at(-1)[0]))), svg("text", { x: 482, y: height - 4, class: "end" }, day(dateOf(events[0][0])))];
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
    row.segment && el("span", { class: "chip" }, named(row.segment)), moved && row.change && el("span", { class: "chip" }, `${say("change")}: ${named(row.change)}`)];
  return el("p", { class: "chips" }, ...made.filter(Boolean));
}
function drawDrawer() {
  const place = state.selected.indexOf(current);
  byId("drawer-title").textContent = current.title;
  byId("drawer-place").textContent = say("place", { n: whole.format(place + 1), all: whole.format(state.selected.length) });
  byId("drawer-back").disabled = place <= 0;
  byId("drawer-forth").disabled = place >= state.selected.length - 1;
  const id = current.title === String(current.customer_id) ? null : el("p", { class: "quiet" }, current.customer_id);
  const parts = [id, chips(current), figures(current), contact(current), reasons(current), todo(current), lever(current), facts(current), history(current), timeline(current)];
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
