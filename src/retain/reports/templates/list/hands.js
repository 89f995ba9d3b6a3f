// What the mouse and the keys do.
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
