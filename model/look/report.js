// A report's pictures, and tables that sort; without this script its tables have all figures.

const charts = JSON.parse(document.getElementById("charts").textContent);

for (const figure of document.querySelectorAll("[data-chart]")) {
  const width = figure.clientWidth ? figure.clientWidth - 24 : 440;
  figure.replaceChildren(...picture(charts[figure.dataset.chart], Math.max(260, width), width > 600 ? 300 : 250));
}
for (const table of document.querySelectorAll("table.sortable")) {
  for (const head of table.tHead.rows[0].cells) {
    head.setAttribute("aria-sort", "none");
    head.replaceChildren(make("button", { type: "button" }, ...head.childNodes));
  }
  sortable(table);
}
