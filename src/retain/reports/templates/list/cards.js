// The totals of what is shown.
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
