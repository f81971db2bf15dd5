// The boxes of one record: the fields that matter most first, sliders within the training's range, a search.

const OPEN = 12;

function describe() {
  at("name").append(data.name, make("small", {}, data.version));
  at("about").textContent = data.about;
  for (const [name, value] of data.figures) at("figures").append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  for (const [id, path] of [["card", "/card"], ["docs", "/docs"], ["contract", "/openapi.json"]]) at(id).href = url(path);
  at("card").hidden = data.guard === "signature";
  at("card").addEventListener("click", showCard);
  at("keyed").hidden = data.guard === null;
  at("folded").hidden = data.fields.length <= OPEN;
  at("seek").hidden = data.fields.length <= OPEN;
  at("more").textContent = counted(data.fields.length - OPEN, "more field");
  if (data.guard === "signature") {
    at("guard").hidden = false;
    at("guard").textContent = "Requests to this API are signed with AWS credentials, which no page should ask you for. "
      + "Fill in the form, and you get the command to run in your own shell.";
    for (const main of document.querySelectorAll("button.main")) main.textContent = "Show the command";
  }
  data.fields.forEach((field, place) => at(place < OPEN ? "fields" : "others").append(input(field)));
  at("search").addEventListener("input", (event) => narrow(event.target.value));
}

function input(field) {
  const id = "field-" + field.name;
  const label = make("label", { for: id }, field.label || field.name);
  const notes = [field.label && folded(field.label) !== folded(field.name) ? field.name : "", field.unit, field.required ? "required" : ""].filter(Boolean).join(", ");
  if (notes) label.append(" ", make("span", {}, notes));
  const described = { id, name: field.name, "aria-describedby": id + "-error", "aria-required": field.required };
  const parts = [label];
  if (field.kind === "category") {
    const box = make("select", described, make("option", { value: "" }, field.required ? "choose" : "unknown"));
    for (const level of field.levels) box.append(make("option", { value: level }, level));
    parts.push(box);
  } else {
    const box = make("input", { ...described, inputmode: "text", autocomplete: "off", placeholder: "e.g. " + field.example });
    parts.push(box, ...slider(field, box));
  }
  return make("div", { class: "field" }, ...parts, make("span", { class: "error", id: id + "-error" }));
}

function slider(field, box) {
  if (field.low === null || field.low >= field.high) return [];
  const step = field.whole ? 1 : 10 ** Math.floor(Math.log10((field.high - field.low) / 50));
  const range = make("input", { type: "range", min: field.low, max: field.high, step: field.whole ? 1 : "any", class: "slider",
    "aria-label": (field.label || field.name) + ", within the training data: " + number(field.low) + " to " + number(field.high) });
  range.value = typeof field.typical === "number" ? field.typical : (field.low + field.high) / 2;
  box.addEventListener("input", () => {
    const value = Number(box.value.replace(/[$,%\s]/g, ""));
    if (box.value.trim() && !Number.isNaN(value)) range.value = value;
  });
  range.addEventListener("input", () => {
    const value = Math.min(field.high, Math.max(field.low, Math.round(range.value / step) * step));
    box.value = String(+value.toPrecision(12));
  });
  return [range];
}

function narrow(text) {
  const sought = text.trim().toLowerCase();
  if (sought) at("folded").open = true;
  for (const field of data.fields) {
    const named = (field.name + " " + field.label).toLowerCase();
    at("field-" + field.name).closest(".field").hidden = !named.includes(sought);
  }
}

function entered() {
  return Object.fromEntries(data.fields.map((field) => [field.name, at("field-" + field.name).value.trim() || null]));
}

function enter(record) {
  for (const field of data.fields) {
    const box = at("field-" + field.name);
    box.value = record[field.name] ?? "";
    box.dispatchEvent(new Event("input"));
  }
}

function clear() {
  for (const box of document.querySelectorAll("[aria-invalid]")) box.removeAttribute("aria-invalid");
  for (const error of document.querySelectorAll(".error")) error.textContent = "";
}
