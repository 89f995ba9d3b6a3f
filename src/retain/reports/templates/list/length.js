// What a longer or shorter list would do.
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
  byId("jumps").append(jump(own, say(lengths[own] === rows.length ? "to_this_list" : "near_this_list", { n: whole.format(lengths[own]) })));
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
  const width = byId("curve").clientWidth || 640, height = 260, edge = { left: 66, right: 26, top: 22, bottom: 34 };
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
