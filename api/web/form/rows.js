"use strict";
// Rows of a spreadsheet or a file: read, matched to the fields, scored in pieces, shown, and given back as CSV.

const MOST = 100000, PIECE = 1000, PAGE = 100, TRIES = 5, HOPELESS = 5000;
let sheet = null, run = null, unread = false;

// ---- Reading ----

// Bytes as text: UTF-8 or UTF-16 by its mark, else what spreadsheets of Western languages write.
function textOf(bytes) {
  const marked = { "255,254": "utf-16le", "254,255": "utf-16be" }[new Uint8Array(bytes.slice(0, 2)).join()];
  if (marked) return new TextDecoder(marked).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function separatorOf(text) {
  const line = (/[^\r\n]+/.exec(text) || [""])[0].replace(/"[^"]*"/g, "");
  return ["\t", ";", ",", "|"].map((sign) => [line.split(sign).length, sign]).sort((a, b) => b[0] - a[0])[0][1];
}

function cells(text, separator) {
  const rows = [[]];
  let cell = "", inQuotes = false, begun = false, closed = false;
  const end = () => { rows.at(-1).push(cell); cell = ""; begun = closed = false; };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inQuotes) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') { cell += c; i++; } else { inQuotes = false; closed = true; }
    } else if (c === '"' && !begun) { inQuotes = true; begun = true; }
    else if (c === separator) end();
    else if (c === "\n" || (c === "\r" && text[i + 1] !== "\n")) { end(); rows.push([]); }
    else if (closed && c !== "\r") throw new Error("Line " + rows.length + " has a quotation mark in the wrong place: after " + JSON.stringify(cell.slice(0, 40)) + ".");
    else if (c !== "\r") { cell += c; begun = true; }
  }
  if (inQuotes) throw new Error("A quotation mark is opened and never closed.");
  end();
  return rows;
}

// The header, the rows as they are, and which column is which field.
function read(text) {
  text = text.replace(/^\uFEFF/, "");
  const said = /^sep=(.)\r?\n/i.exec(text);
  if (said) text = text.slice(said[0].length);
  const separator = said ? said[1] : separatorOf(text);
  const lines = cells(text, separator), isEmpty = (row) => !row.some((value) => value.trim());
  const [header, ...rows] = lines.filter((row) => !isEmpty(row));
  const empty = lines.filter((row) => row.length > 1 && isEmpty(row)).length;
  if (!header || !rows.length) throw new Error("Give a header row and at least one row below it.");
  if (rows.length > MOST) throw new Error(counted(rows.length, "row") + "; this page takes " + number(MOST) + " at most. Larger files: phat score.");
  const names = header.map((name) => name.trim());
  const twice = names.find((name, place) => name && names.indexOf(name) !== place);
  if (twice) throw new Error("The column " + twice + " is there twice.");
  const ragged = rows.findIndex((row) => row.length !== names.length);
  if (ragged >= 0) throw new Error("Row " + (ragged + 1) + " has " + counted(rows[ragged].length, "cell") + ", the header " + names.length + ".");
  return { names, rows, empty, separator, ...matched(names) };
}

const letters = (name) => folded(name).replace(/[^\p{L}\p{N}]/gu, "");

function matched(names) {
  const columns = Object.create(null), used = new Set();
  const take = (name, place) => { if (place >= 0 && !used.has(place)) columns[name] = place, used.add(place); };
  for (const { name } of data.fields) take(name, names.indexOf(name));
  for (const { name, exact } of data.fields) {
    if (name in columns || exact) continue;
    const alike = [...names.keys()].filter((place) => !used.has(place) && folded(names[place]) === folded(name));
    if (alike.length > 1) throw new Error("The columns " + alike.map((place) => names[place]).join(" and ") + " are both spelt like " + name + ".");
    take(name, alike[0] ?? -1);
  }
  const id = names.findIndex((name, place) => !used.has(place) && folded(name) === "id");
  const ignored = names.map((name, place) => [name, place]).filter(([name, place]) => name && !used.has(place) && place !== id);
  const lost = data.fields.filter(({ name }) => !(name in columns)).map((field) => {
    const alike = ([name]) => [field.name, field.label].some((own) => own && (letters(own) === letters(name) || distance(letters(own), letters(name)) <= (own.length > 5 ? 2 : 0)));
    return { field, guess: ignored.find(alike) };
  });
  return { columns, id, ignored, lost };
}

// How many letters must be changed, put in or left out (Levenshtein).
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
    row = next;
  }
  return row[b.length];
}

// ---- What will be scored ----

// A number as the endpoint reads it, with points before the decimals; with the two signs exchanged, one with commas there.
const NUMBER = /^\s*(?:[+-]?(?:\$\s*)?|\$\s*[+-]|\((?:\$\s*)?|\$\s*\()(?:(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?:\s*%)?\)?\s*$/;
const withPoint = (cell) => /[.,]/.test(cell) && NUMBER.test(cell);
const withComma = (cell) => /,|\.\d{3}(?!\d)/.test(cell) && NUMBER.test(cell.replace(/[.,]/g, (sign) => (sign === "," ? "." : ",")));
const pointed = (cell) => (withComma(cell) ? cell.replace(/\./g, "").replace(",", ".") : cell);
const numberPlaces = () => data.fields.filter((field) => field.kind === "number" && field.name in sheet.columns).map((field) => [field.name, sheet.columns[field.name]]);

// Numbers that only a decimal comma reads (`sure`), and how many that a comma or a point alone makes two numbers of
// (1,234 and 1.234); in which of them somebody must say how they are read.
function commas() {
  const sure = [], either = [], places = numberPlaces();
  let points = false;
  for (const row of sheet.rows) for (const [, place] of places) {
    const cell = row[place];
    if (!withComma(cell)) points ||= withPoint(cell);
    else (withPoint(cell) ? either : sure).push(cell);
  }
  const doubtful = sheet.separator !== "," && (either.some((cell) => cell.includes(",")) || (sheet.separator === ";" && !points));
  return sure.length ? sure.concat(either) : doubtful ? either : [];
}

// A column with decimal commas in which other numbers have a point cannot be right.
function clash() {
  for (const [name, place] of numberPlaces()) {
    const cells = sheet.rows.map((row) => row[place]);
    const comma = cells.find(withComma), point = cells.find((cell) => withPoint(cell) && !withComma(cell));
    if (comma && point) return name + ": with a decimal comma " + comma.trim() + " is " + pointed(comma).trim() + ", and " + point.trim() + " is no number.";
  }
  return "";
}

function prepare(text, name) {
  run = null;
  unread = false;
  at("progress").hidden = true;
  try {
    sheet = read(text);
  } catch (error) {
    sheet = null;
    unread = true;
    at("matched").replaceChildren();
    show(problem("These rows cannot be read", error.message));
    return;
  }
  sheet.name = name;
  sheet.asked = commas();
  match();
}

function match() {
  const { columns, lost, ignored, rows, separator, asked } = sheet;
  const list = (names) => names.slice(0, 12).join(", ") + (names.length > 12 ? " and " + (names.length - 12) + " more" : "");
  const found = Object.keys(columns).length;
  const missing = lost.map(({ field, guess }) => make("li", {}, field.name + (field.required ? " (required)" : "") + (guess ? " (did you mean " + guess[0] + "?) " : ""),
    ...(guess ? [button("Use it", {}, () => { sheet.columns[field.name] = guess[1]; Object.assign(sheet, left()); sheet.asked = commas(); match(); })] : [])));
  at("matched").replaceChildren(
    make("p", {}, make("strong", {}, found + " of " + counted(data.fields.length, "field") + " found"), " in " + counted(rows.length, "row") + (sheet.name ? " of " + sheet.name : "") + "." + (sheet.empty ? " Left out: " + counted(sheet.empty, "row") + " with nothing in it." : "")),
    ...(missing.length ? [make("p", {}, "Not found, so they count as missing:"), make("ul", {}, ...missing)] : []),
    ...(ignored.length ? [make("p", { class: "note" }, "Ignored, but kept in the file that you get back: " + list(ignored.map(([name]) => name)) + ".")] : []),
    ...(asked.length || separator === ";" ? confirmation() : []));
  show(found ? make("p", { class: "hint" }, "Press Score rows.") : problem("No column is a field of the model", "It has " + list(data.fields.map(({ name }) => name)) + "."));
}

function left() {
  const used = new Set(Object.values(sheet.columns));
  return { ignored: sheet.ignored.filter(([, place]) => !used.has(place)), lost: sheet.lost.filter(({ field }) => !(field.name in sheet.columns)) };
}

// Three cells before and after; commas are read as decimal ones only once that is confirmed.
function confirmation() {
  const sample = [...new Set(sheet.asked)].slice(0, 3);
  const lead = sheet.separator === ";" ? "The cells are separated by semicolons. " : "";
  if (!sample.length) return [make("p", { class: "note" }, lead + "No number has a decimal comma.")];
  const choice = (id, text, decimal) => {
    const box = make("input", { type: "radio", name: "decimal", id });
    box.checked = sheet.decimal === decimal;
    box.addEventListener("change", () => {
      sheet.decimal = decimal;
      if (run) run = null, show(make("p", { class: "hint" }, "Press Score rows."));
    });
    return make("p", {}, make("label", { class: "tick", for: id }, box, " " + text));
  };
  const head = ["as it is", "as it will be read"].map((name) => make("th", { scope: "col" }, name));
  const rows = sample.map((cell) => make("tr", {}, make("td", {}, cell), make("td", {}, pointed(cell))));
  return [make("div", { class: "findings" }, make("p", {}, lead + counted(sheet.asked.length, "number") + " may have a decimal comma:"),
    make("table", { id: "commas" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)),
    choice("decimal", "Read commas as decimal commas, and points as thousands", true), choice("as-is", "Leave them as they are", false))];
}

function recordOf(row) {
  return Object.fromEntries(data.fields.filter(({ name }) => name in sheet.columns).map((field) => {
    const cell = row[sheet.columns[field.name]];
    return [field.name, sheet.decimal && field.kind === "number" ? pointed(cell) : cell];
  }));
}

// ---- Scoring ----

async function scoreRows() {
  if (data.guard === "signature") {
    return command("-H 'Content-Type: text/csv' \\\n  --data-binary @rows.csv", "Save the rows as rows.csv (commas between cells), and run this where your AWS credentials are:");
  }
  if (!sheet || !Object.keys(sheet.columns).length) return;
  if (sheet.asked.length && sheet.decimal === undefined) return show(problem("Say first how commas are read", "Some numbers may have a decimal comma: see on the form."));
  const two = sheet.decimal ? clash() : "";
  if (two) return show(problem("Numbers are written in two ways", two + " Correct the one or the other."));
  const mine = (run = { rows: sheet.rows.map(() => null), refused: new Map(), page: 0, order: null, sort: null, sought: "", only: "" });
  const main = at("rows").querySelector("button.main");
  main.setAttribute("aria-busy", "true");
  at("progress").hidden = false;
  at("done").max = sheet.rows.length;
  const include = data.parts.includes("interval") && sheet.rows.length <= 5000 ? "interval" : "none";
  try {
    for (let first = 0; first < sheet.rows.length && run === mine; first += PIECE) {
      const places = sheet.rows.slice(first, first + PIECE).map((_, place) => first + place);
      const stopped = await scorePiece(mine, places, include);
      if (stopped) return show(stopped);
      if (hopeless(mine)) break;
      at("done").value = Math.min(first + PIECE, sheet.rows.length);
      at("state").textContent = Math.floor((100 * at("done").value) / sheet.rows.length) + " %";
    }
    if (run === mine) results();
  } catch {
    show(problem("The endpoint could not be reached", "Is your connection up?"));
  } finally {
    if (run === mine || run === null) main.removeAttribute("aria-busy"), at("progress").hidden = true;
  }
}

// So many rows are refused and none is scored that the rest is not tried.
const hopeless = (mine) => mine.refused.size > HOPELESS && !mine.rows.some(Boolean);

// Score some rows; those that are refused are put aside with the reason, and the rest is sent again.
async function scorePiece(mine, places, include) {
  for (let tries = 0; places.length && run === mine; ) {
    const answer = await ask("/predict", places.map((place) => recordOf(sheet.rows[place])), include);
    if (answer.ok) {
      answer.body.predictions.forEach((prediction, index) => { mine.rows[places[index]] = prediction; });
      return null;
    }
    if ([429, 502, 503, 504].includes(answer.status) && tries++ < TRIES) {
      await new Promise((done) => setTimeout(done, 1000 * (answer.wait || 2 ** tries / 2)));
      continue;
    }
    if (answer.status === 413 && places.length > 1) {
      const half = Math.ceil(places.length / 2);
      return (await scorePiece(mine, places.slice(0, half), include)) || scorePiece(mine, places.slice(half), include);
    }
    if (answer.status !== 422) return refusal(answer);
    const wrong = (answer.body.errors || []).filter((error) => error.row !== undefined && error.row !== null);
    if (!wrong.length) return refusal(answer);
    if (hopeless(mine)) return null;
    for (const error of wrong) {
      const place = places[error.row - 1];
      mine.refused.set(place, [...(mine.refused.get(place) || []), error]);
    }
    const bad = new Set(wrong.map((error) => places[error.row - 1]));
    places = places.filter((place) => !bad.has(place));
  }
  return null;
}

// ---- What came of it ----

const REASONS = {
  not_a_number: "no numbers", unknown_level: "levels that the model does not know", missing_value: "missing, where the model needs a value",
  out_of_domain: "values that the model has no answer for", out_of_range: "numbers that are too large", duplicate_field: "given twice",
};

function grouped() {
  const groups = new Map();
  for (const [place, errors] of run.refused) {
    for (const { field, code, detail } of errors) {
      const cell = field && field in sheet.columns ? sheet.rows[place][sheet.columns[field]] : "";
      const reason = code === "not_a_number" && withComma(cell) ? "have a decimal comma" : REASONS[code] ? "are " + REASONS[code] : detail;
      const key = (field || "record") + "\n" + reason;
      const group = groups.get(key) || { field: field || "the record", reason, rows: [], cells: new Set() };
      group.rows.push(place + 1);
      if (cell) group.cells.add(cell);
      groups.set(key, group);
    }
  }
  return [...groups.values()].sort((a, b) => b.rows.length - a.rows.length).map((group) => make("li", {},
    group.field + ": " + counted(group.rows.length, "value") + " " + group.reason.replace(/^are /, group.rows.length === 1 ? "is " : "are ")
    + (group.cells.size ? ", such as " + [...group.cells].slice(0, 3).join("; ") : "") + " (row " + group.rows.slice(0, 5).join(", ") + (group.rows.length > 5 ? ", …" : "") + ")"));
}

function results() {
  const scored = run.rows.filter(Boolean);
  const events = scored.filter((prediction) => prediction.business_outcome === labels?.event).length;
  const which = kind === "binary" ? ", " + number(events) + " of them " + labels.event : "";
  const untried = sheet.rows.length - scored.length - run.refused.size;
  const refused = run.refused.size ? [make("div", { class: "problem" }, make("p", {}, make("strong", {}, counted(run.refused.size, "row") + " not scored" + (untried ? "; stopped there, as none was scored; not tried: " + counted(untried, "row") : ""))), make("ul", {}, ...grouped()))] : [];
  if (!scored.length) return show(...refused);
  const filter = make("input", { id: "filter", type: "search", autocomplete: "off" });
  filter.addEventListener("input", () => { run.sought = filter.value.toLowerCase(); run.page = 0; list(); });
  const choices = [["", "all rows"], ...[...new Set(scored.map((one) => one.business_outcome).filter(Boolean))].map((label) => [label]), ...(run.refused.size ? [["\n", "not scored"]] : [])];
  show(make("p", { role: "status", id: "summary" }, counted(scored.length, "row") + " scored" + which + (run.refused.size ? "; " + counted(run.refused.size, "row") + " not scored" : "") + "."),
    ...refused, ...distribution(scored),
    make("div", { class: "tools interactive" }, make("p", { class: "field" }, make("label", { for: "filter" }, "Search the rows"), filter),
      ...(choices.length > 2 ? [picker("only", "Show", choices, (value) => { run.only = value; run.page = 0; list(); })] : []),
      button("Download CSV", { id: "download" }, download)),
    make("div", { id: "list" }), make("div", { id: "details" }));
  list();
}

// How the answers are spread, with the cutoff.
function distribution(scored) {
  if (scored.length < 20 || kind === "classes") return [];
  const values = scored.map(answerOf);
  const [low, high] = kind === "binary" ? [0, 1] : [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  if (low === high) return [];
  const counts = Array(20).fill(0);
  for (const value of values) counts[Math.min(19, Math.floor(((value - low) / (high - low)) * 20))] += 1;
  const title = "How the answers are spread";
  return [make("figure", { id: "spread" }, ...picture({
    title, alt: title + ": " + counts.join(", ") + " rows from " + figure(low) + " to " + figure(high),
    x: { low, high, percent: kind === "binary", label: kind === "binary" ? "probability" : unit || "prediction" }, y: { low: 0, label: "rows" },
    edges: Array.from({ length: 21 }, (_, place) => low + ((high - low) * place) / 20), bars: [{ name: "rows", values: counts }],
    marks: kind === "binary" ? [{ x: cutoff, name: "cutoff " + percent(cutoff) }] : [],
  }, Math.max(280, at("found").clientWidth || 420), 200))];
}

const ANSWER = { binary: ["decision", "phat"], mean: ["prediction"], classes: ["decision", "probability"] }[kind];
const cellsOf = (prediction) => (kind === "mean" ? [prediction.prediction] : [prediction.business_outcome, answerOf(prediction)]);

function selected() {
  const { sought, only, sort } = run;
  const places = sheet.rows.map((_, place) => place).filter((place) =>
    (!only || (only === "\n" ? !run.rows[place] : run.rows[place]?.business_outcome === only))
    && (!sought || sheet.rows[place].some((cell) => cell.toLowerCase().includes(sought))));
  if (!sort) return places;
  const value = (place) => (sort.own !== undefined ? sheet.rows[place][sort.own] : run.rows[place] ? cellsOf(run.rows[place])[sort.answer] : "");
  const keys = new Map(places.map((place) => [place, value(place)]));
  return places.sort((a, b) => (sort.down ? -1 : 1) * order(keys.get(a), keys.get(b)) || a - b);
}

function list() {
  const places = (run.order = selected());
  at("download").textContent = "Download CSV" + (places.length < sheet.rows.length ? " of " + counted(places.length, "row") : "");
  const pages = Math.max(1, Math.ceil(places.length / PAGE));
  const own = [...new Set([...(sheet.id >= 0 ? [sheet.id] : []), ...sheet.names.keys()])].filter((place) => sheet.names[place]).slice(0, 6);
  const head = (text, key, number) => {
    const mine = run.sort && JSON.stringify({ ...run.sort, down: undefined }) === JSON.stringify(key);
    const sorted = mine ? (run.sort.down ? "descending" : "ascending") : "none";
    return make("th", { scope: "col", class: number ? "number" : null, "aria-sort": sorted },
      button(text, { tabindex: "-1" }, (event) => {
        const place = [...at("list").querySelectorAll("th button")].indexOf(event.currentTarget);
        run.sort = { ...key, down: mine ? !run.sort.down : number };
        run.page = 0;
        list();
        at("list").querySelectorAll("th button")[place].focus();
      }));
  };
  const interval = run.rows.some((one) => one?.interval);
  const body = make("tbody", {}, ...places.slice(run.page * PAGE, (run.page + 1) * PAGE).map((place, index) => {
    const prediction = run.rows[place];
    const answer = prediction
      ? [...(kind === "mean" ? [] : [make("td", {}, prediction.business_outcome)]), make("td", { class: "number" }, figure(answerOf(prediction))),
        ...(interval ? [make("td", { class: "number" }, figure(prediction.interval.lower) + " to " + figure(prediction.interval.upper))] : [])]
      : [make("td", { colspan: ANSWER.length + (interval ? 1 : 0) }, "not scored")];
    return make("tr", { tabindex: index ? "-1" : "0", "data-place": place, "aria-selected": "false" }, make("td", {}, String(place + 1)), ...answer,
      ...own.map((column) => make("td", {}, sheet.rows[place][column])));
  }));
  const heads = [make("th", { scope: "col" }, "row"), ...ANSWER.map((name, place) => head(name, { answer: place }, place === ANSWER.length - 1)),
    ...(interval ? [make("th", { scope: "col", class: "number" }, "95 % bounds")] : []), ...own.map((column) => head(sheet.names[column], { own: column }, false))];
  const turn = (step) => () => { run.page += step; list(); };
  const move = [button("Previous", { id: "previous", ...(run.page ? {} : { disabled: "" }) }, turn(-1)), " page " + number(run.page + 1) + " of " + number(pages) + " ",
    button("Next", { id: "next", ...(run.page + 1 < pages ? {} : { disabled: "" }) }, turn(1))];
  const table = make("table", { "aria-label": "Rows and their answers; arrow keys move, up to the heads that sort, Enter explains" }, make("thead", {}, make("tr", {}, ...heads)), body);
  at("list").replaceChildren(make("div", { class: "scroll picks" }, table), ...(pages > 1 ? [make("p", { class: "pages" }, ...move)] : []));
  body.addEventListener("click", (event) => explain(event.target.closest("tr")));
  table.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr");
    if (table.tHead.contains(row)) return walkHeads(event, table);
    const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling, Home: body.firstElementChild, End: body.lastElementChild }[event.key];
    if (event.key === "Enter" || event.key === " ") explain(row);
    else if (next) row.tabIndex = -1, next.tabIndex = 0, next.focus();
    else if (event.key === "ArrowUp") table.querySelector("th button").focus();
    else return;
    event.preventDefault();
  });
}

// The table is one stop of the Tab key: above its first row stand the heads that sort.
function walkHeads(event, table) {
  const buttons = [...table.querySelectorAll("th button")], place = buttons.indexOf(event.target);
  const next = { ArrowRight: buttons[place + 1], ArrowLeft: buttons[place - 1], ArrowDown: table.querySelector("tbody tr[tabindex='0']") }[event.key];
  if (!next) return;
  next.focus();
  event.preventDefault();
}

// Why one row has its answer, asked for when it is chosen.
async function explain(row) {
  const place = Number(row.dataset.place), title = make("h3", {}, "Row " + (place + 1));
  for (const other of row.parentElement.rows) other.setAttribute("aria-selected", String(other === row));
  if (!run.rows[place]) {
    at("details").replaceChildren(title, make("ul", {}, ...run.refused.get(place).map((error) => make("li", {}, (error.field ? error.field + ": " : "") + error.detail))));
    return;
  }
  const record = recordOf(sheet.rows[place]);
  const details = at("details");
  let answer;
  try {
    answer = await ask("/preview", [record], data.parts.join(","));
  } catch {
    return details.replaceChildren(title, problem("The endpoint could not be reached", "Is your connection up?"));
  }
  if (row.getAttribute("aria-selected") !== "true") return; // another was chosen since
  const [prediction] = answer.ok ? answer.body.predictions : [];
  details.replaceChildren(title, ...(answer.ok ? [...verdict(prediction), ...why(prediction, answer.body.explanation, record)] : [refusal(answer)]));
}

// A text that a spreadsheet would run gets an apostrophe, as in the API's CSV.
function csvCell(value) {
  let text = String(value ?? "");
  if (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) && !NUMBER.test(text) && !withComma(text)) text = "'" + text;
  return /[",;\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function download() {
  const interval = run.rows.some((one) => one?.interval);
  const classes = kind === "classes" ? Object.keys(run.rows.find(Boolean).probabilities) : [];
  const made = [...{ binary: ["business_outcome", "phat"], mean: ["prediction"], classes: ["business_outcome", ...classes.map((label) => "probability_" + label)] }[kind],
    ...(interval ? ["interval_lower", "interval_upper"] : []), "not_scored_because"];
  // Answers of an earlier time, in a file that comes back, are not kept beside the new ones.
  const fields = new Set(Object.values(sheet.columns)), kept = [...sheet.names.keys()].filter((place) => fields.has(place) || !made.includes(sheet.names[place]));
  const header = [...kept.map((place) => sheet.names[place]), ...made];
  const lines = run.order.map((place) => {
    const one = run.rows[place];
    const own = kept.map((column) => sheet.rows[place][column]);
    const answer = one ? (kind === "classes" ? [one.business_outcome, ...classes.map((label) => one.probabilities[label])] : cellsOf(one)) : Array(header.length - own.length - 1 - (interval ? 2 : 0)).fill("");
    const why = (run.refused.get(place) || []).map((error) => (error.field ? error.field + ": " : "") + error.detail).join("; ");
    return [...own, ...answer, ...(interval ? [one?.interval.lower, one?.interval.upper] : []), why];
  });
  const text = "\ufeff" + [header, ...lines].map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: data.name + ".csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// ---- Which button does what ----

async function opened(file) {
  at("pasted").value = "";
  const bytes = await file.arrayBuffer();
  at("file").value = ""; // so that the same file, changed, can be chosen again
  prepare(textOf(bytes), file.name);
}

at("rows").addEventListener("submit", () => {
  if (unread) return; // why stands there already
  if (data.guard !== "signature" && !sheet) prepare(at("pasted").value, "");
  else scoreRows();
});
at("rows").addEventListener("reset", () => setTimeout(() => {
  sheet = run = null;
  unread = false;
  at("matched").replaceChildren();
  show(make("p", { class: "hint" }, data.hint));
}));
at("pasted").addEventListener("input", () => {
  if (at("pasted").value.trim()) prepare(at("pasted").value, "");
  else sheet = null, unread = false, at("matched").replaceChildren();
});
// A browser takes long to put many lines into a box by itself.
at("pasted").addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text");
  if (text.length < 20000) return;
  event.preventDefault();
  at("pasted").value = text.length < 1e6 ? text : "";
  prepare(text, "");
});
at("file").addEventListener("change", () => { if (at("file").files[0]) opened(at("file").files[0]); });
for (const kind of ["dragover", "dragleave", "drop"]) {
  at("drop").addEventListener(kind, (event) => {
    event.preventDefault();
    at("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files[0]) opened(event.dataTransfer.files[0]);
  });
}
at("stop").addEventListener("click", () => {
  if (run) run = null, show(problem("Stopped", "Press Score rows to begin again."));
});
at("example-rows").addEventListener("click", () => {
  const names = data.fields.map((field) => field.name);
  const rows = data.examples.map((record, index) => ["C-" + (index + 1), ...names.map((name) => record[name] ?? "")]);
  at("pasted").value = [["id", ...names], ...rows].map((row) => row.join("\t")).join("\n");
  prepare(at("pasted").value, "");
});
if (at("file").files[0]) opened(at("file").files[0]);
else if (at("pasted").value.trim()) prepare(at("pasted").value, "");
if (early) early.click();
at("panel-rows").dataset.ready = "yes";
