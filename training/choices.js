// What each cutoff earns at the values that the reader gives.

const choices = charts.choices;
const box = (id) => document.getElementById(id);
const count = (value) => Math.round(value).toLocaleString("en");
const share = (value) => (100 * value).toFixed(1) + " %";

function earned([, hits, alarms]) {
  const [hit, alarm, miss] = ["hit", "alarm", "miss"].map((id) => Number(box(id).value) || 0);
  return hits * hit - alarms * alarm - (choices.events - hits) * miss;
}

function weigh() {
  const [cutoff, hits, alarms] = choices.points[box("cutoff").value];
  const totals = choices.points.map(earned);
  const best = totals.indexOf(Math.max(...totals));
  const called = hits + alarms;
  box("chosen").textContent = share(cutoff);
  box("told").textContent = count(called) + " of " + count(choices.rows) + " records called " + choices.event + " (" + share(called / choices.rows) + "), "
    + count(hits) + " of them rightly" + (called ? " (" + share(hits / called) + ")" : "") + "; " + count(choices.events - hits) + " events missed.";
  const now = totals[box("cutoff").value];
  box("earned").textContent = "It earns " + count(now) + ", " + (now / choices.rows).toPrecision(3) + " a record; most is earned at " + share(choices.points[best][0]) + ": " + count(totals[best]) + ".";
  box("earnings").replaceChildren(...picture({
    title: "What each cutoff earns",
    alt: "What each cutoff earns: most, " + count(totals[best]) + ", at " + share(choices.points[best][0]),
    x: { low: 0, high: 1, percent: true, label: "cutoff" },
    y: {},
    lines: [{ name: "", points: choices.points.map((point, place) => [point[0], totals[place]]) }],
    marks: [{ x: cutoff, name: "chosen " + share(cutoff) }, ...(Math.abs(cutoff - choices.cutoff) > 0.02 ? [{ x: choices.cutoff, name: "the model's" }] : [])],
  }, Math.max(260, box("earnings").clientWidth - 24), 240));
}

for (const id of ["cutoff", "hit", "alarm", "miss"]) box(id).addEventListener("input", weigh);
weigh();
