// What the model is, and its figures in words.

const data = JSON.parse(document.getElementById("data").textContent);
const { kind, cutoff, labels, outcomes, actions, good, unit } = data.answer;
const at = (id) => document.getElementById(id);
const url = (path) => data.prefix + path;
const percent = (share) => (100 * share).toFixed(share > 0.0005 && share < 0.9995 ? 1 : 2) + " %";
const minus = (value) => (value < 0 ? "−" : "+");
const signed = (value) => minus(value) + Math.abs(value).toPrecision(3);
const number = (value) => (value === null ? "beyond" : value.toLocaleString("en", { maximumSignificantDigits: 6 }));
const counted = (count, noun) => number(count) + " " + noun + (count === 1 ? "" : "s");
const amount = (value) => number(value) + (unit && value !== null ? " " + unit : "");
const figure = (value) => (value === null ? "beyond" : kind === "mean" ? amount(value) : percent(value));
const shown = (value) => (typeof value === "number" ? number(value) : value);
const own = (texts, label) => (Object.hasOwn(texts, label) ? texts[label] : "");
const meaning = (label) => own(outcomes, label) || label;
const advice = (label) => (own(actions, label) ? ": " + actions[label] + "." : ".");
const tone = (label) => (good ? (label === good ? " good" : " bad") : "");
const fieldOf = (name) => data.fields.find((field) => field.name === name);
const folded = (name) => name.normalize("NFC").replace(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, "").trim().toLowerCase();
const labelOf = (name) => fieldOf(name)?.label || name;
const answerOf = (prediction) => prediction.phat ?? prediction.prediction ?? prediction.probabilities[prediction.business_outcome];

function among(share) {
  for (const size of [100, 1000, 10000]) {
    const count = Math.round(share * size);
    if (count > 0 && count < size) return number(count) + " in " + number(size);
  }
  return share > 0.5 ? "nearly all" : "nearly none";
}

function points(difference) {
  const size = Math.abs(difference);
  return minus(difference) + (kind === "mean" ? amount(size) : (100 * size).toFixed(size < 0.0995 ? 1 : 0) + " points");
}

function show(...nodes) {
  at("found").replaceChildren(...nodes);
}

function problem(title, detail) {
  return make("div", { class: "problem", role: "alert" }, make("p", {}, make("strong", {}, title)), make("p", {}, detail || ""));
}

function button(text, attributes, act) {
  const made = make("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

function picker(id, text, options, act) {
  const choice = make("select", { id }, ...options.map(([value, name]) => make("option", { value }, name ?? value)));
  choice.addEventListener("change", () => act(choice.value));
  return make("p", { class: "field" }, make("label", { for: id }, text), choice);
}
