// Asking the API, and what it refuses.

const HINTS = { 403: "Is the API key right?", 429: "Wait a moment, then try again." };

// One record or a few go to /preview, which counts as no traffic; a file's rows go to /predict.
async function ask(path, records, include) {
  const answer = await fetch(url(path + "?include=" + include), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...keyHeader() },
    body: JSON.stringify(records),
  });
  const text = await answer.text();
  const wait = Number(answer.headers.get("Retry-After")) || 0;
  try {
    return { ok: answer.ok, status: answer.status, wait, body: JSON.parse(text) };
  } catch {
    return { ok: false, status: answer.status, wait, body: { title: "The answer could not be read", detail: "" } };
  }
}

const keyHeader = () => (at("key").value ? { "X-Api-Key": at("key").value.trim() } : {});

// The card has the model's coefficients: where a key guards predictions, it guards the card too.
async function showCard(event) {
  if (data.guard === null) return;
  event.preventDefault();
  const answer = await fetch(url("/card"), { headers: keyHeader() });
  const text = await answer.text();
  if (!answer.ok) return show(refusal({ status: answer.status, body: { title: "The card is not shown" } }));
  const [, ...parts] = new DOMParser().parseFromString(text.replace(/<style>[^<]*<\/style>/, ""), "text/html").querySelector("main").children;
  show(make("div", { id: "about-model" }, ...parts));
}

function quoted(text) {
  return "'" + text.replaceAll("'", "'\\''") + "'";
}

// Where requests are signed: the command that sends them, from the shell that has the credentials.
function command(body, lead) {
  const key = at("key").value.trim();
  const line = [
    "curl " + quoted(location.origin + url("/predict?include=" + data.parts.join(","))) + " \\",
    "  --aws-sigv4 aws:amz:" + data.region + ":execute-api \\",
    '  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "X-Amz-Security-Token: $AWS_SESSION_TOKEN" \\',
    "  -H " + (key ? quoted("X-Api-Key: " + key) : '"X-Api-Key: $API_KEY"') + " " + body,
  ].join("\n");
  show(make("p", {}, lead), make("pre", { tabindex: "0", id: "command" }, line));
}

function refusal(answer) {
  const box = problem(answer.body.title || "Refused", answer.body.detail || answer.body.message || "");
  if (HINTS[answer.status]) box.append(make("p", {}, HINTS[answer.status]));
  return box;
}

// A refused record: each error at its field too.
function refuse(answer) {
  const box = refusal(answer);
  const list = make("ul");
  for (const error of answer.body.errors || []) {
    const field = error.field && at("field-" + error.field);
    if (field) {
      if (!at("fields").contains(field)) at("folded").open = true;
      field.setAttribute("aria-invalid", "true");
      at("field-" + error.field + "-error").textContent = error.detail;
    }
    list.append(make("li", {}, (error.field ? error.field + ": " : "") + error.detail));
  }
  if (list.childElementCount) box.append(list);
  show(box);
}
