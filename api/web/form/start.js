// Which button does what.

function filledIn() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const box = at("field-" + name);
    if (box) box.value = value, box.dispatchEvent(new Event("input"));
  }
}

// The second tab's script is fetched when it is first opened; a button that is pressed before is pressed again then.
let early = null;

function choose(name) {
  if (name === "rows" && !at("script-rows")) document.body.append(make("script", { id: "script-rows", src: url("/form/rows.js") }));
  for (const other of ["one", "rows"]) {
    at("panel-" + other).hidden = other !== name;
    at("tab-" + other).setAttribute("aria-selected", String(other === name));
    at("tab-" + other).tabIndex = other === name ? 0 : -1;
  }
  at("bar").hidden = true;
}

for (const [name, other] of [["one", "rows"], ["rows", "one"]]) {
  at("tab-" + name).addEventListener("click", () => choose(name));
  at("tab-" + name).addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    choose(other);
    at("tab-" + other).focus();
  });
}
for (const event of ["submit", "reset"]) at("keyed").addEventListener(event, (sent) => sent.preventDefault());
at("one").addEventListener("submit", (event) => { event.preventDefault(); score(true); });
at("one").addEventListener("input", (event) => { if (event.target.id !== "search") changed(); });
at("one").addEventListener("reset", () => setTimeout(reset));
at("search").addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
at("example").addEventListener("click", () => {
  clear();
  enter(data.examples[Number(at("example").dataset.next || 0) % data.examples.length]);
  at("example").dataset.next = Number(at("example").dataset.next || 0) + 1;
  changed();
});
at("rows").addEventListener("submit", (event) => event.preventDefault());
at("rows").addEventListener("click", (event) => { if (event.target.closest("button")) early = event.target; });
describe();
filledIn();
