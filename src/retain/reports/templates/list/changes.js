// What changed since the list before.
function drawChanges() {
  const into = byId("changes"), overlap = data.overlap;
  if (data.segments.length > 1) into.after(segments(data.segments));
  if (!overlap && !data.left) { into.append(el("p", { class: "quiet" }, say("first_list"))); return; }
  const kept = overlap?.kept_share;
  const since = overlap?.previous_as_of ? say("changed_since", { day: day(overlap.previous_as_of) }) + ". " : "";
  into.append(el("p", { class: "quiet" }, since + (kept === null || kept === undefined ? "" : say("kept", { n: percent.format(kept) }))));
  if (moved) into.append(el("div", { class: "moves" }, ...["new", "up", "down", "same"].map((value) => {
    const count = rows.filter((row) => row.change === value).length;
    return el("button", { type: "button", disabled: count === 0, title: say("show"), onclick: () => choose("change", value) }, el("b", {}, whole.format(count)), named(value));
  })));
  if (data.left) into.append(leavers(data.left));
}
function segments(lists) {
  const names = Object.keys(lists.at(-1)).filter((name) => name !== "as_of");
  const line = (title, of, tag = {}) => el("tr", tag, el("th", { scope: "row" }, title), ...lists.map((one) => el("td", { class: "number" }, whole.format(of(one)))));
  const all = (one) => names.reduce((sum, name) => sum + (one[name] ?? 0), 0);
  return el("div", { class: "scroll segments", tabindex: 0, role: "region", "aria-label": say("segments") }, el("h3", {}, say("segments")), el("p", { class: "quiet small" }, say("segments_below")),
    el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("segment")), ...lists.map((one) => el("th", { scope: "col", class: "number" }, day(one.as_of))))),
      el("tbody", {}, ...names.map((name) => line(named(name), (one) => one[name] ?? 0)), line(say("all_segments"), all, { class: "strong" }))));
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
