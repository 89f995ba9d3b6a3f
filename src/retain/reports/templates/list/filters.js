// The filters, each with the values that there are.
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
