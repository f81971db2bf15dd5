// The record elsewhere: as a program, and as a link.

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

// Opened where a language is given.
function code(record, language) {
  const texts = programs(record);
  const shown = make("pre", { tabindex: "0", id: "program", "aria-live": "off" }, texts[language || "curl"]);
  const choice = make("select", { id: "language" }, ...Object.keys(texts).map((name) => make("option", {}, name)));
  if (language) choice.value = language;
  choice.addEventListener("change", () => { shown.textContent = texts[choice.value]; });
  const link = "#" + new URLSearchParams(Object.entries(record).filter(([, value]) => value !== null));
  return make("details", { open: language ? "" : null }, make("summary", {}, "Use from code"),
    make("p", { class: "field" }, make("label", { for: "language" }, "Language"), choice), shown,
    make("p", {}, make("a", { href: link, id: "link" }, "A link that carries this record"),
      ": it is in the part behind #, which browsers send nowhere."));
}
