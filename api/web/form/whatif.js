// One record and its answer: asked again as fields change, compared with a pinned one, drawn along one field.

const live = data.guard === null;
let answered = null, pinned = null, latest = 0, waiting = null;

function changed() {
  at("found").classList.toggle("stale", answered !== null);
  at("bar").hidden = true;
  if (answered === null) return;
  clearTimeout(waiting);
  if (live) waiting = setTimeout(() => score(false), 250);
  else at("stale").hidden = false;
}

function settle() {
  clearTimeout(waiting);
  latest += 1;
  clear();
  at("found").classList.remove("stale");
  at("stale").hidden = true;
  at("bar").hidden = true;
}

function reset() {
  settle();
  answered = pinned = null;
  narrow("");
  show(make("p", { class: "hint" }, data.hint));
}

async function score(wanted) {
  const record = entered();
  settle();
  const mine = latest;
  if (Object.values(record).every((value) => value === null)) {
    answered = null;
    show(problem("Nothing is filled in", "Fill in at least one field; what stays empty counts as missing."));
    return;
  }
  if (data.guard === "signature") {
    const body = "-H 'Content-Type: application/json' \\\n  -d " + quoted(JSON.stringify(record));
    command(body, "Run this where your AWS credentials are:");
    return;
  }
  const main = at("one").querySelector("button.main");
  main.setAttribute("aria-busy", "true");
  try {
    const answer = await ask("/preview", [record], data.parts.join(","));
    if (mine !== latest) return;
    if (answer.ok) tell(record, answer.body);
    else answered = live ? answered : null, refuse(answer);
  } catch {
    if (mine === latest) show(problem("The endpoint could not be reached", "Is your connection up?"));
  } finally {
    main.removeAttribute("aria-busy");
  }
  if (!wanted) return;
  const first = document.querySelector("[aria-invalid]");
  if (first) first.focus();
  else at("result").focus({ preventScroll: window.innerWidth > 896 });
}

function tell(record, body) {
  const [prediction] = body.predictions;
  answered = { record, prediction };
  const opened = at("curve")?.open, along = at("along")?.value;
  const language = at("program")?.closest("details").open && at("language").value;
  show(...verdict(prediction), ...missing(prediction, body.warnings || []), ...compared(),
    make("p", { class: "buttons interactive" }, button(pinned ? "Pin this answer instead" : "Pin this answer", { id: "pin" }, pin),
      ...(pinned ? [button("Unpin", { id: "unpin" }, () => { pinned = null; score(false); })] : [])),
    ...why(prediction, body.explanation, record), curve(along, opened), code(record, language));
  at("bar").hidden = false;
  at("bar").firstElementChild.textContent = figure(answerOf(prediction)) + (prediction.business_outcome ? ", " + prediction.business_outcome : "");
}

function missing(prediction, warnings) {
  const unsaid = warnings.filter((warning) => !prediction.imputed.includes(warning.field));
  return unsaid.length ? [make("ul", {}, ...unsaid.map((warning) => make("li", {}, warning.field + ": " + warning.detail)))] : [];
}

// ---- Two answers ----

function pin() {
  pinned = answered;
  show(...verdict(pinned.prediction), make("p", { role: "status" }, "Pinned. Change a field to compare."));
  score(false);
}

function compared() {
  if (!pinned) return [];
  const [then, now] = [pinned, answered].map((one) => one.record);
  const rows = data.fields.filter(({ name }) => then[name] !== now[name]).map(({ name }) =>
    make("tr", {}, make("th", { scope: "row" }, labelOf(name)), make("td", {}, then[name] ?? "not given"), make("td", {}, now[name] ?? "not given")));
  const label = pinned.prediction.business_outcome;
  const [before, after] = kind === "classes" ? [pinned, answered].map((one) => one.prediction.probabilities[label]) : [pinned, answered].map((one) => answerOf(one.prediction));
  const said = kind === "classes" ? " of " + label : "";
  rows.push(make("tr", { class: "total" }, make("th", { scope: "row" }, "answer" + said), make("td", {}, figure(before)),
    make("td", {}, figure(after) + " (" + points(after - before) + ")")));
  const head = ["field", "pinned", "now"].map((name) => make("th", { scope: "col" }, name));
  return [make("h3", {}, "Compared with the pinned answer"),
    make("div", { class: "wide" }, make("table", { id: "compared" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)))];
}

// ---- The answer along one field ----

const STEPS = 40;

function movable(field) {
  return field.kind === "category" ? field.levels.length > 1 : field.low !== null && field.low < field.high;
}

function curve(along, opened) {
  const fields = data.fields.filter(movable);
  if (!fields.length) return "";
  const drawn = make("figure", { id: "drawn" });
  const choice = picker("along", "Field", fields.map((field) => [field.name, field.label || field.name]), () => trace(drawn));
  if (along) choice.querySelector("select").value = along;
  const details = make("details", { id: "curve", class: "interactive" }, make("summary", {}, "What if one field changes"), choice,
    ...(live ? [] : [button("Draw", { id: "draw" }, () => trace(drawn))]), drawn);
  if (opened) details.open = true;
  details.addEventListener("toggle", () => { if (live && details.open) trace(drawn); });
  if (opened && live) setTimeout(() => trace(drawn));
  return details;
}

async function trace(drawn) {
  const field = fieldOf(at("along").value), { record } = answered;
  const values = field.kind === "category" ? field.levels.slice(0, STEPS)
    : Array.from({ length: STEPS + 1 }, (_, place) => field.low + ((field.high - field.low) * place) / STEPS)
      .map((value) => (field.whole ? Math.round(value) : +value.toPrecision(6))).filter((value, place, all) => value !== all[place - 1]);
  const mine = (drawn.dataset.turn = String(Number(drawn.dataset.turn || 0) + 1));
  let answer;
  try {
    answer = await ask("/preview", values.map((value) => ({ ...record, [field.name]: value })), "none");
  } catch {
    answer = { ok: false, body: { title: "The endpoint could not be reached" } };
  }
  if (drawn.dataset.turn !== mine || !drawn.isConnected) return;
  if (!answer.ok) return drawn.replaceChildren(refusal(answer));
  drawn.replaceChildren(...picture(curveOf(field, values, answer.body.predictions, record), drawn.clientWidth || 420));
}

function curveOf(field, values, predictions, record) {
  const named = field.kind === "category";
  const of = (label) => predictions.map((one) => (kind === "classes" ? one.probabilities[label] : answerOf(one)));
  const series = (kind === "classes" ? Object.keys(predictions[0].probabilities) : [""]).map((label) => ({ name: label, values: of(label) }));
  const now = Number(String(record[field.name] ?? field.fill ?? NaN).replace(/[$,%\s]/g, ""));
  const tones = ["", "alarm", "then"];
  const title = "Answer by " + (field.label || field.name);
  const flat = series.flatMap((one) => one.values);
  return {
    title,
    alt: title + ": from " + figure(Math.min(...flat)) + " to " + figure(Math.max(...flat)),
    x: named ? { names: values } : { label: field.unit || field.name, low: field.low, high: field.high },
    y: { percent: kind !== "mean", low: kind === "mean" ? undefined : 0, label: kind === "mean" ? unit : "probability" },
    ...(named
      ? { bars: series.map((one, place) => ({ ...one, tone: tones[place % 3] })) }
      : { lines: series.map((one, place) => ({ name: one.name, tone: tones[place % 3], dashed: place > 2, points: values.map((value, at) => [value, one.values[at]]) })) }),
    marks: [
      ...(kind === "binary" && cutoff <= Math.max(...flat) * 1.06 ? [{ y: cutoff, name: "cutoff " + percent(cutoff) }] : []),
      ...(!named && now >= field.low && now <= field.high ? [{ x: now, name: "now " + number(now) }] : []),
    ],
  };
}
