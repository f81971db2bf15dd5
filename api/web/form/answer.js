// The answer to one record in words and pictures, and why it is so.

function place(element, share) {
  element.style.left = 100 * Math.min(1, Math.max(0, share)) + "%";
  return element;
}

function scale(prediction) {
  const { lower, upper } = prediction.interval;
  const band = place(make("span", { class: "band" }), lower);
  band.style.width = 100 * (upper - lower) + "%";
  const cut = place(make("span", { class: "name top" }, "cutoff " + percent(cutoff)), Math.min(0.88, Math.max(0.12, cutoff)));
  const low = make("span", { class: "name low" }, "0 %");
  const high = make("span", { class: "name low" }, "100 %");
  low.style.left = "0";
  high.style.right = "0";
  const said = "Probability " + percent(prediction.phat) + ", between " + percent(lower) + " and " + percent(upper);
  return make("div", { class: "scale", role: "img", "aria-label": said + ", cutoff " + percent(cutoff) },
    make("span", { class: "rail" }), band, place(make("span", { class: "cut" }), cutoff),
    place(make("span", { class: "dot" }), prediction.phat), cut, low, high);
}

function between(interval) {
  return "etween " + figure(interval.lower) + " and " + figure(interval.upper) + " with "
    + percent(interval.level).replace(".0", "") + " confidence";
}

function decided(prediction) {
  const event = prediction.business_outcome === labels.event;
  const interval = prediction.interval;
  const bounded = interval && interval.lower !== null && interval.upper !== null;
  const sure = !bounded || interval.lower >= cutoff || interval.upper < cutoff;
  return [
    make("div", { class: "head" },
      make("span", { class: "phat" }, percent(prediction.phat)),
      make("span", { class: "badge" + tone(prediction.business_outcome) }, prediction.business_outcome)),
    make("p", { class: "words" }, among(prediction.phat) + " such records: " + meaning(labels.event) + "."),
    make("p", { class: "says" },
      (bounded ? "B" + between(interval) + "; " : "") + (event ? "at or above" : "below") + " the cutoff of " + percent(cutoff)
      + (sure ? "" : ", but the cutoff lies within these bounds") + advice(prediction.business_outcome)),
    ...(bounded ? [scale(prediction)] : []),
  ];
}

function mean(prediction) {
  const { interval, prediction_interval: observed } = prediction;
  const said = [
    ...(interval ? ["The mean of such records lies b" + between(interval) + "."] : []),
    ...(observed ? ["One such record lies b" + between(observed) + "."] : []),
  ];
  return [
    make("div", { class: "head" }, make("span", { class: "phat" }, number(prediction.prediction)),
      ...(unit ? [make("span", { class: "unit" }, unit)] : [])),
    ...said.map((text) => make("p", { class: "says" }, text)),
  ];
}

function likeliest(prediction) {
  const body = make("tbody");
  for (const [label, share] of Object.entries(prediction.probabilities).sort(([, a], [, b]) => b - a)) {
    const named = meaning(label) === label ? label : label + " (" + meaning(label) + ")";
    body.append(make("tr", {}, make("th", { scope: "row" }, named), bar(0, share), make("td", { class: "number" }, percent(share))));
  }
  const likely = prediction.business_outcome;
  const columns = ["class", "", "probability"];
  return [
    make("div", { class: "head" }, make("span", { class: "phat" }, percent(prediction.probabilities[likely])),
      make("span", { class: "badge" + tone(likely) }, likely)),
    make("p", { class: "words" }, among(prediction.probabilities[likely]) + " such records: " + meaning(likely) + advice(likely)),
    make("div", { class: "wide" }, make("table", {}, heads(columns), body)),
  ];
}

const verdict = { binary: decided, mean, classes: likeliest }[kind];

// The normal distribution function, to 1e-7 (Abramowitz and Stegun, 26.2.17).
function normal(eta) {
  const t = 1 / (1 + 0.2316419 * Math.abs(eta));
  const tail = 0.3989422804 * Math.exp((-eta * eta) / 2)
    * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return eta > 0 ? 1 - tail : tail;
}

const inverse = {
  logit: (eta) => 1 / (1 + Math.exp(-eta)),
  probit: normal,
  cloglog: (eta) => -Math.expm1(-Math.exp(eta)),
  loglog: (eta) => Math.exp(-Math.exp(-eta)),
  cauchy: (eta) => 0.5 + Math.atan(eta) / Math.PI,
  log: Math.exp,
  logc: (eta) => -Math.expm1(eta),
  sqrt: (eta) => eta * eta,
  inverse: (eta) => 1 / eta,
  inverse_squared: (eta) => 1 / Math.sqrt(eta),
  identity: (eta) => eta,
};

function why(prediction, explanation, record) {
  if (!prediction.contributions) return [];
  const { average, link } = explanation;
  const size = (item) => Math.abs(average ? item.relative_contribution : item.contribution);
  const items = [...prediction.contributions.fields].sort((a, b) => size(b) - size(a));
  const steps = average && inverse[link] && kind !== "classes";
  const table = (steps ? waterfall : bars)(items, prediction, explanation, record);
  const lead = steps
    ? "From the average record of the training data to this one, field by field, the largest step first: "
    : average ? "Each field against the average record of the training data: " : "What each field adds to the linear predictor: ";
  return [
    make("h3", {}, "Why"),
    make("p", { class: "says" }, lead, make("span", { class: "key" }), " raises, ", make("span", { class: "key less" }), " lowers."),
    make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Why, field by field" }, table),
    ...(table.classList.contains("plain") ? [figuresChoice(table)] : []),
    ...(average?.source ? [make("p", {}, make("small", {}, "Average of: " + average.source + "."))] : []),
  ];
}

function figuresChoice(table) {
  const choice = make("input", { type: "checkbox", id: "show-figures" });
  choice.addEventListener("change", () => table.classList.toggle("plain", !choice.checked));
  return make("p", {}, make("label", { class: "tick", for: "show-figures" }, choice, " show figures"));
}

// What a field's value is and what it usually is; of several fields in one product, of each.
function valueOf(name, prediction, record) {
  const field = fieldOf(name);
  if (!field) return "";
  if (prediction.imputed.includes(name)) return "not given" + (field.fill === null ? "" : ", counts as " + shown(field.fill));
  const own = record[name] ?? "";
  if (field.typical === null) return own;
  const unit = field.unit && " " + field.unit;
  return own === String(field.typical) ? own + unit + ", as is typical" : own + (own && ", ") + "typically " + shown(field.typical) + unit;
}

function stepRow(name, note, drawn, texts) {
  const head = make("th", { scope: "row" }, name, ...(note ? [make("small", {}, note)] : []));
  return make("tr", {}, head, drawn, ...texts.map((text, place) => make("td", { class: place ? "number figures" : "number" }, text)));
}

function heads(names) {
  return make("thead", {}, make("tr", {}, ...names.map((name, place) => (name
    ? make("th", { scope: "col", class: [place > 1 ? "number" : "", place > 2 ? "figures" : ""].join(" ").trim() || null }, name)
    : make("td")))));
}

const RATIO = data.ratio ? [data.ratio === "odds_ratio" ? "odds" : "mean"] : [];
const ETA = data.ratio === "odds_ratio" ? "log-odds" : "linear predictor";
const times = (ratio) => (ratio === null ? "beyond" : "× " + ratio.toPrecision(3));

function waterfall(items, prediction, explanation, record) {
  const { average, fields, link } = explanation;
  const given = inverse[link];
  let eta = average.linear_predictor;
  const steps = items.map((item) => {
    const before = given(eta);
    eta += item.relative_contribution;
    return { item, before, after: given(eta) };
  });
  const start = given(average.linear_predictor), end = answerOf(prediction);
  const ends = [start, end, ...steps.flatMap((step) => [step.before, step.after])];
  const low = Math.min(...ends), span = Math.max(...ends) - low || 1;
  const drawn = (from, to) => bar((from - low) / span, (to - low) / span, to < from ? "less" : "");
  const blank = RATIO.length ? ["", ""] : [""];
  const body = make("tbody", {}, stepRow("average record", "", drawn(start, start), [figure(start), ...blank]),
    ...steps.map(({ item, before, after }) => stepRow(fields[item.field]?.label || item.field, valueOf(item.field, prediction, record),
      drawn(before, after), [points(after - before), signed(item.relative_contribution), ...RATIO.map(() => times(item["relative_" + data.ratio]))])),
    stepRow("this record", "", drawn(end, end), [figure(end), ...blank]));
  return make("table", { class: "plain" }, heads(["field", "", kind === "mean" ? "effect" : "percentage points", ETA, ...RATIO]), body);
}

// Where no answer can be given for the average record: what each field adds to the linear predictor.
function bars(items, prediction, explanation, record) {
  const before = explanation.average ? "relative_" : "";
  const largest = Math.max(...items.map((item) => Math.abs(item[before + "contribution"])), 1e-9);
  const body = make("tbody", {}, ...items.map((item) => {
    const value = item[before + "contribution"];
    return stepRow(explanation.fields[item.field]?.label || item.field, valueOf(item.field, prediction, record),
      bar(0.5, 0.5 + value / largest / 2, value < 0 ? "less" : "", true), [signed(value), ...RATIO.map(() => times(item[before + data.ratio]))]);
  }));
  return make("table", {}, heads(["field", "", ETA, ...RATIO]), body);
}
