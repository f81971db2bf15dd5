"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const url = (path) => data.prefix + path;
const percent = (share) => (100 * share).toFixed(share > 0.0005 && share < 0.9995 ? 1 : 2) + " %";
const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toPrecision(3);
const { kind, cutoff, labels, outcomes, actions, good, unit } = data.answer;
const number = (value) => (value === null ? "beyond" : value.toLocaleString("en", { maximumSignificantDigits: 6 }));
const amount = (value) => number(value) + (unit && value !== null ? " " + unit : "");
const meaning = (label) => outcomes[label] || label;
const tone = (label) => (good ? (label === good ? " good" : " bad") : "");
const figure = (value) => (value === null ? "beyond" : kind === "mean" ? amount(value) : percent(value));
const parts = data.parts.join(",");
let asked = null, pastedRows = [];

function among(share) {
  for (const size of [100, 1000, 10000]) {
    const count = Math.round(share * size);
    if (count > 0 && count < size) return number(count) + " in " + number(size);
  }
  return share > 0.5 ? "nearly all" : "nearly none";
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function show(...nodes) {
  at("found").replaceChildren(...nodes);
}

// ---- What the model is ----

function describe() {
  at("name").append(data.name, make("small", {}, data.version));
  at("about").textContent = data.about;
  for (const [name, value] of data.figures) {
    at("figures").append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  }
  at("docs").href = url("/docs");
  at("contract").href = url("/openapi.json");
  at("keyed").hidden = data.guard === null;
  if (data.guard === "signature") {
    at("guard").hidden = false;
    at("guard").textContent = "Requests to this API are signed with AWS credentials, which no page should ask you for. "
      + "Fill in the form, and you get the command to run in your own shell.";
    for (const button of document.querySelectorAll("button.main")) button.textContent = "Show the command";
  }
  for (const field of data.fields) at("fields").append(input(field));
}

function input(field) {
  const id = "field-" + field.name;
  const label = make("label", { for: id }, field.label || field.name);
  const notes = [field.label ? field.name : "", field.unit, field.required ? "required" : ""].filter(Boolean).join(", ");
  if (notes) label.append(" ", make("span", {}, notes));
  const described = { id, name: field.name, "aria-describedby": id + "-error", "aria-required": field.required };
  let box;
  if (field.kind === "category") {
    box = make("select", described, make("option", { value: "" }, field.required ? "choose" : "unknown"));
    for (const level of field.levels) box.append(make("option", { value: level }, level));
  } else {
    box = make("input", { ...described, inputmode: "text", autocomplete: "off", placeholder: "e.g. " + field.example });
  }
  return make("p", { class: "field" }, label, box, make("span", { class: "error", id: id + "-error" }));
}

// ---- Asking ----

async function ask(records) {
  const answer = await fetch(url("/predict?include=" + parts), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(at("key").value ? { "X-Api-Key": at("key").value.trim() } : {}) },
    body: JSON.stringify(records),
  });
  const text = await answer.text();
  try {
    return { ok: answer.ok, status: answer.status, body: JSON.parse(text) };
  } catch {
    return { ok: false, status: answer.status, body: { title: "The answer could not be read", detail: "" } };
  }
}

function quoted(text) {
  return "'" + text.replaceAll("'", "'\\''") + "'";
}

function command(records) {
  const key = at("key").value.trim();
  const line = [
    "curl " + quoted(location.origin + url("/predict?include=" + parts)) + " \\",
    "  --aws-sigv4 aws:amz:" + data.region + ":execute-api \\",
    '  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "X-Amz-Security-Token: $AWS_SESSION_TOKEN" \\',
    "  -H " + (key ? quoted("X-Api-Key: " + key) : '"X-Api-Key: $API_KEY"') + " -H 'Content-Type: application/json' \\",
    "  -d " + quoted(JSON.stringify(records)),
  ].join("\n");
  show(make("p", {}, "Run this where your AWS credentials are:"), make("pre", { tabindex: "0", id: "command" }, line));
}

async function score(form, records, tell) {
  clear();
  if (data.guard === "signature") return command(records.length === 1 ? records[0] : records);
  const button = form.querySelector("button.main");
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(records);
    if (answer.ok) tell(answer.body), warn(answer.body.warnings || []);
    else refuse(answer);
  } catch {
    show(problem("The endpoint could not be reached", "Is your connection up?"));
  } finally {
    button.removeAttribute("aria-busy");
  }
  const first = document.querySelector("[aria-invalid]");
  if (first) first.focus();
  else at("result").focus({ preventScroll: window.innerWidth > 896 });
}

// ---- What was wrong ----

function warn(warnings) {
  if (!warnings.length) return;
  const items = warnings.map((warning) => make("li", {}, warning.field + ": " + warning.detail));
  at("found").append(make("div", { class: "problem", role: "status" }, make("p", {}, make("strong", {}, "Fields that are absent")),
    make("ul", {}, ...items)));
}

function clear() {
  for (const box of document.querySelectorAll("[aria-invalid]")) box.removeAttribute("aria-invalid");
  for (const error of document.querySelectorAll(".error")) error.textContent = "";
}

function problem(title, detail) {
  return make("div", { class: "problem", role: "alert" }, make("p", {}, make("strong", {}, title)), make("p", {}, detail || ""));
}

function refuse(answer) {
  const hints = { 403: "Is the API key right?", 429: "Wait a moment, then try again." };
  const box = problem(answer.body.title || "Refused", answer.body.detail || answer.body.message || "");
  if (hints[answer.status]) box.append(make("p", {}, hints[answer.status]));
  const single = !at("one").hidden;
  const list = make("ul");
  for (const error of answer.body.errors || []) {
    const field = single && error.field ? at("field-" + error.field) : null;
    if (field) {
      field.setAttribute("aria-invalid", "true");
      at("field-" + error.field + "-error").textContent = error.detail;
    }
    const where = [single ? "" : "row " + error.row, error.field].filter(Boolean).join(", ");
    list.append(make("li", {}, (where ? where + ": " : "") + error.detail));
  }
  if (list.childElementCount) box.append(list);
  show(box);
}

// ---- The answer ----

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

function advice(label) {
  return actions[label] ? ": " + actions[label] + "." : ".";
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
    const part = make("i");
    part.style.width = 100 * share + "%";
    part.style.left = "0";
    const named = meaning(label) === label ? label : label + " (" + meaning(label) + ")";
    body.append(make("tr", {}, make("th", { scope: "row" }, named),
      make("td", { class: "chart" }, make("div", { class: "bar", "aria-hidden": "true" }, part)),
      make("td", { class: "number" }, percent(share))));
  }
  const likely = prediction.business_outcome;
  const head = ["class", "", "probability"].map((name) => make("th", { scope: "col" }, name));
  return [
    make("div", { class: "head" }, make("span", { class: "phat" }, percent(prediction.probabilities[likely])),
      make("span", { class: "badge" + tone(likely) }, likely)),
    make("p", { class: "words" }, among(prediction.probabilities[likely]) + " such records: " + meaning(likely) + advice(likely)),
    make("div", { class: "scroll" }, make("table", {}, make("thead", {}, make("tr", {}, ...head)), body)),
  ];
}

const verdict = { binary: decided, mean, classes: likeliest }[kind];

const inverse = {
  logit: (eta) => 1 / (1 + Math.exp(-eta)),
  cloglog: (eta) => -Math.expm1(-Math.exp(eta)),
  loglog: (eta) => Math.exp(-Math.exp(-eta)),
  cauchy: (eta) => 0.5 + Math.atan(eta) / Math.PI,
  log: Math.exp,
  identity: (eta) => eta,
};

function chart(prediction, explanation) {
  if (!prediction.contributions) return [];
  const items = [...prediction.contributions.fields];
  const size = (item) => Math.abs(explanation.average ? item.relative_contribution : item.contribution);
  items.sort((a, b) => size(b) - size(a));
  const given = inverse[explanation.link];
  return explanation.average && given ? waterfall(items, prediction, explanation, given) : bars(items, prediction, explanation);
}

const shown = (value) => (typeof value === "number" ? number(value) : value);

function valueOf(name, prediction) {
  const field = data.fields.find((each) => each.name === name);
  if (!field) return "";
  if (prediction.imputed.includes(name)) return "not given" + (field.fill === null ? "" : ", counts as " + shown(field.fill));
  const typical = field.typical === null ? [] : ["typically " + shown(field.typical)];
  return [...(asked?.[name] ? [asked[name]] : []), ...typical].join(", ");
}

function points(difference) {
  const size = Math.abs(difference);
  if (kind === "mean") return (difference < 0 ? "−" : "+") + amount(size);
  return (difference < 0 ? "−" : "+") + (100 * size).toFixed(size < 0.0995 ? 1 : 0) + " points";
}

function waterfall(items, prediction, explanation, given) {
  const { average, fields } = explanation;
  const steps = [];
  let eta = average.linear_predictor;
  for (const item of items) {
    const before = given(eta);
    eta += item.relative_contribution;
    steps.push({ item, before, after: given(eta) });
  }
  const ends = steps.flatMap((step) => [step.before, step.after]).concat(given(average.linear_predictor));
  const low = Math.min(...ends), span = Math.max(...ends) - low || 1;
  const row = (name, note, from, to, text, figures) => {
    const part = make("i", to < from ? { class: "less" } : {});
    part.style.left = (100 * (Math.min(from, to) - low)) / span + "%";
    part.style.width = Math.max(0.6, (100 * Math.abs(to - from)) / span) + "%";
    const head = make("th", { scope: "row" }, name, ...(note ? [make("small", {}, note)] : []));
    return make("tr", {}, head, make("td", { class: "chart" }, make("div", { class: "bar plain", "aria-hidden": "true" }, part)),
      make("td", { class: "number" }, text), ...figures.map((figure) => make("td", { class: "number figures" }, figure)));
  };
  const blank = data.ratio ? ["", ""] : [""];
  const start = given(average.linear_predictor), end = steps.length ? steps.at(-1).after : start;
  const body = make("tbody", {}, row("average record", "", start, start, figure(start), blank));
  for (const { item, before, after } of steps) {
    const ratio = item["relative_" + data.ratio];
    const figures = [signed(item.relative_contribution), ...(data.ratio ? [ratio === null ? "beyond" : "× " + ratio.toPrecision(3)] : [])];
    body.append(row(fields[item.field]?.label || item.field, valueOf(item.field, prediction), before, after, points(after - before), figures));
  }
  body.append(row("this record", "", end, end, figure(end), blank));
  const names = ["field", "", kind === "mean" ? "effect" : "percentage points"];
  const more = [data.ratio === "odds_ratio" ? "log-odds" : "linear predictor", ...(data.ratio ? [data.ratio === "odds_ratio" ? "odds" : "mean"] : [])];
  const head = make("tr", {}, ...names.map((name, place) => make("th", { scope: "col", class: place > 1 ? "number" : null }, name)),
    ...more.map((name) => make("th", { scope: "col", class: "number figures" }, name)));
  const table = make("table", { class: "plain" }, make("thead", {}, head), body);
  const choice = make("input", { type: "checkbox", id: "show-figures" });
  choice.addEventListener("change", () => table.classList.toggle("plain", !choice.checked));
  const source = average.source ? [make("p", {}, make("small", {}, "Average of: " + average.source + "."))] : [];
  return [
    make("h3", {}, "Why"),
    make("p", { class: "says" }, "From the average record of the training data to this one, field by field, the largest step first: ",
      make("span", { class: "key" }), " raises, ", make("span", { class: "key less" }), " lowers."),
    make("div", { class: "scroll whole" }, table),
    make("p", {}, make("label", { class: "tick", for: "show-figures" }, choice, " show figures")),
    ...source,
  ];
}

function bars(items, prediction, explanation) {
  const average = explanation.average;
  const value = (item) => (average ? item.relative_contribution : item.contribution);
  const largest = Math.max(...items.map((item) => Math.abs(value(item))), 1e-9);
  const body = make("tbody");
  for (const item of items) {
    const amount = value(item);
    const part = make("i", amount < 0 ? { class: "less" } : {});
    part.style.width = (50 * Math.abs(amount)) / largest + "%";
    part.style[amount < 0 ? "right" : "left"] = "50%";
    const ratio = item[(average ? "relative_" : "") + data.ratio];
    const label = explanation.fields[item.field]?.label || item.field;
    const missing = prediction.imputed.includes(item.field) ? " (missing)" : "";
    body.append(make("tr", {}, make("th", { scope: "row" }, label + missing),
      make("td", { class: "chart" }, make("div", { class: "bar", "aria-hidden": "true" }, part)),
      make("td", { class: "number" }, signed(amount)),
      ...(data.ratio ? [make("td", { class: "number" }, ratio === null ? "beyond" : "× " + ratio.toPrecision(3))] : [])));
  }
  const head = make("tr", {}, make("th", { scope: "col" }, "field"), make("th", { scope: "col" }, ""),
    make("th", { scope: "col", class: "number" }, data.ratio === "odds_ratio" ? "log-odds" : "effect"),
    ...(data.ratio ? [make("th", { scope: "col", class: "number" }, data.ratio === "odds_ratio" ? "odds" : "mean")] : []));
  const whose = average && { binary: ", whose probability is " + percent(average.phat), classes: "" }[kind];
  const than = average
    ? "Each field against the average training record" + (whose ?? ", whose mean is " + number(average.prediction)) + ". "
    : "What each field adds to the linear predictor. ";
  const source = average && average.source ? "Average of: " + average.source + "." : "";
  return [
    make("h3", {}, "Why"),
    make("p", { class: "says" }, than, make("span", { class: "key" }), " raises, ", make("span", { class: "key less" }), " lowers."),
    make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), body)),
    ...(source ? [make("p", {}, make("small", {}, source))] : []),
  ];
}

function tellOne(answer) {
  const [prediction] = answer.predictions;
  asked = entered();
  show(...verdict(prediction), ...chart(prediction, answer.explanation), code(entered()));
}

// ---- The record elsewhere ----

function entered() {
  return Object.fromEntries(data.fields.map((field) => [field.name, at("field-" + field.name).value.trim() || null]));
}

function pairs(record, write, name, gap) {
  return Object.entries(record).map(([key, value]) => "  " + name(key) + (value === null ? gap : write(value))).join(",\n");
}

function programs(record) {
  const where = JSON.stringify(location.origin + url("/predict"));
  const key = data.guard !== null;
  return {
    curl: "curl " + quoted(location.origin + url("/predict")) + " -H 'Content-Type: application/json'"
      + (key ? ' -H "X-Api-Key: $API_KEY"' : "") + " \\\n  -d " + quoted(JSON.stringify(record)),
    Python: (key ? "import os\n" : "") + "import requests\n\nrecord = {\n"
      + pairs(record, JSON.stringify, (name) => JSON.stringify(name) + ": ", "None") + ",\n}\nanswer = requests.post(" + where
      + ", json=record" + (key ? ', headers={"X-Api-Key": os.environ["API_KEY"]}' : "")
      + ", timeout=30)\nanswer.raise_for_status()\nprint(answer.json()[\"predictions\"][0])",
    JavaScript: "const answer = await fetch(" + where + ', {\n  method: "POST",\n  headers: { "Content-Type": "application/json"'
      + (key ? ', "X-Api-Key": process.env.API_KEY' : "") + " },\n  body: JSON.stringify(" + JSON.stringify(record)
      + "),\n});\nconsole.log((await answer.json()).predictions[0]);",
    R: "library(httr)\n\nrecord <- list(\n" + pairs(record, JSON.stringify, (name) => "`" + name + "` = ", "NA")
      + "\n)\nanswer <- POST(" + where + ", body = jsonlite::toJSON(record, auto_unbox = TRUE, na = \"null\"),\n  content_type_json()"
      + (key ? ', add_headers(`X-Api-Key` = Sys.getenv("API_KEY"))' : "") + ")\ncontent(answer)$predictions[[1]]",
  };
}

function code(record) {
  const texts = programs(record);
  const shown = make("pre", { tabindex: "0", id: "program", "aria-live": "off" }, texts.curl);
  const choice = make("select", { id: "language" }, ...Object.keys(texts).map((name) => make("option", {}, name)));
  choice.addEventListener("change", () => { shown.textContent = texts[choice.value]; });
  const link = "#" + new URLSearchParams(Object.entries(record).filter(([, value]) => value !== null));
  return make("details", { class: "code" }, make("summary", {}, "Use from code"),
    make("p", { class: "field" }, make("label", { for: "language" }, "Language"), choice), shown,
    make("p", {}, make("a", { href: link, id: "link" }, "A link that carries this record"),
      ": it is in the part behind #, which browsers send nowhere."));
}

function filledIn() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const box = at("field-" + name);
    if (box) box.value = value;
  }
}

function tellRows(answer) {
  const details = make("div", { id: "details" });
  const body = make("tbody");
  const withId = answer.predictions.some((prediction) => "id" in prediction);
  const rows = answer.predictions.map((prediction, index) => {
    const cells = [String(index + 1), ...(withId ? [String(prediction.id ?? "")] : [])].map((text) => make("td", {}, text));
    const interval = prediction.interval;
    const share = kind === "classes" ? prediction.probabilities[prediction.business_outcome] : prediction.phat ?? prediction.prediction;
    const row = make("tr", { tabindex: "0", "aria-selected": "false" }, ...cells,
      ...(kind === "mean" ? [] : [make("td", {}, prediction.business_outcome)]), make("td", { class: "number" }, figure(share)),
      ...(interval ? [make("td", { class: "number" }, figure(interval.lower) + " to " + figure(interval.upper))] : []));
    const pick = () => {
      for (const other of rows) other.setAttribute("aria-selected", String(other === row));
      asked = pastedRows[index];
      details.replaceChildren(make("h3", {}, "Row " + (index + 1)), ...verdict(prediction), ...chart(prediction, answer.explanation));
    };
    row.addEventListener("click", pick);
    row.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        pick();
      }
    });
    return row;
  });
  body.append(...rows);
  const events = answer.predictions.filter((prediction) => prediction.business_outcome === labels?.event).length;
  const names = ["row", ...(withId ? ["id"] : []), ...(kind === "mean" ? [] : ["decision"])]
    .map((name) => make("th", { scope: "col" }, name));
  const figures = [{ binary: "phat", mean: "prediction", classes: "probability" }[kind],
    ...(data.parts.includes("interval") ? ["95 % bounds"] : [])];
  names.push(...figures.map((name) => make("th", { scope: "col", class: "number" }, name)));
  const which = kind === "binary" ? ", " + events + " of them " + labels.event : "";
  show(make("p", {}, rows.length + " scored" + which + ". Choose a row to see why."),
    make("div", { class: "scroll picks" }, make("table", {}, make("thead", {}, make("tr", {}, ...names)), body)), details);
  if (rows.length) rows[0].click();
}

// ---- Rows of a spreadsheet ----

function cells(text) {
  const separator = text.includes("\t") ? "\t" : ",";
  const rows = [[]];
  let cell = "", inQuotes = false, begun = false;
  const end = () => { rows.at(-1).push(cell); cell = ""; begun = false; };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inQuotes) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') { cell += c; i++; } else inQuotes = false;
    } else if (c === '"' && !begun) { inQuotes = true; begun = true; }
    else if (c === separator) end();
    else if (c === "\n") { end(); rows.push([]); }
    else if (c !== "\r") { cell += c; begun = true; }
  }
  end();
  return rows.filter((row) => row.some((value) => value.trim()));
}

function table(text) {
  const [header, ...rows] = cells(text);
  if (!header || !rows.length) throw new Error("Paste a header row and at least one row below it.");
  const names = header.map((name) => name.trim());
  const twice = names.find((name, index) => name && names.indexOf(name) !== index);
  if (twice) throw new Error("The column " + twice + " is there twice.");
  return rows.map((row, index) => {
    if (row.length > names.length) {
      throw new Error("Row " + (index + 1) + " has " + row.length + " cells, the header " + names.length + ".");
    }
    const kept = names.map((name, column) => [name, row[column] ?? ""]);
    return Object.fromEntries(kept.filter(([name]) => name));
  });
}

// ---- Wiring ----

function choose(name) {
  for (const other of ["one", "rows"]) {
    at(other).hidden = other !== name;
    at("tab-" + other).setAttribute("aria-selected", String(other === name));
    at("tab-" + other).tabIndex = other === name ? 0 : -1;
  }
}

for (const [name, other] of [["one", "rows"], ["rows", "one"]]) {
  at("tab-" + name).addEventListener("click", () => choose(name));
  at("tab-" + name).addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    choose(other);
    at("tab-" + other).focus();
  });
  at(name).addEventListener("reset", clear);
}
at("keyed").addEventListener("submit", (event) => event.preventDefault());
at("one").addEventListener("submit", (event) => {
  event.preventDefault();
  const record = entered();
  if (Object.values(record).every((value) => value === null)) {
    clear();
    show(problem("Nothing is filled in", "Fill in at least one field; what stays empty counts as missing."));
    return;
  }
  score(event.target, [record], tellOne);
});
at("rows").addEventListener("submit", (event) => {
  event.preventDefault();
  let records;
  try {
    records = pastedRows = table(at("pasted").value);
  } catch (error) {
    show(problem("These rows cannot be read", error.message));
    return;
  }
  score(event.target, records, tellRows);
});
at("example").addEventListener("click", () => {
  clear();
  for (const field of data.fields) at("field-" + field.name).value = field.example;
});
at("example-rows").addEventListener("click", () => {
  const rows = [0, 1, 2].map((shift) => data.fields.map((field) =>
    field.kind === "category" ? field.levels[(field.levels.indexOf(field.example) + shift) % field.levels.length] : field.example));
  at("pasted").value = [["id", ...data.fields.map((field) => field.name)],
    ...rows.map((row, index) => ["C-" + (index + 1), ...row])].map((row) => row.join("\t")).join("\n");
});
describe();
filledIn();
