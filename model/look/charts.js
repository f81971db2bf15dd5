"use strict";
// Charts as SVG, from plain descriptions; the page of the form and the reports draw with these functions alone.

const SVG = "http://www.w3.org/2000/svg";

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, typeof value === "number" ? +value.toFixed(2) : value);
  }
  element.append(...children);
  return element;
}

// Round numbers that divide a range into about so many parts.
function ticks(low, high, count) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step);
}

function tickText(value, axis, span) {
  if (axis.percent) return +(100 * value).toFixed(span < 0.05 ? 1 : 0) + " %";
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-4)) return value.toExponential(1).replace("e+", "e");
  return (+value.toPrecision(6)).toLocaleString("en", { maximumSignificantDigits: 6 });
}

// A picture of lines, bars and marks. `chart` has title, alt, and
//   x, y: {label, low, high, percent, names}, where names are labels of places 0, 1, ... in place of numbers;
//   lines: [{name, points: [[x, y], ...], tone, dashed, dots}], bars: [{name, values, tone}] at the places or between
//   `edges`; marks: [{x or y, name}]. Tones are "then", "alarm" or none.
function plot(chart, width = 440, height = 270) {
  const { x, y, lines = [], bars = [], marks = [], edges } = chart;
  const xs = lines.flatMap((line) => line.points.map(([at]) => at));
  const ys = lines.flatMap((line) => line.points.map(([, at]) => at)).concat(bars.flatMap((bar) => bar.values));
  const count = x.names ? x.names.length : 0;
  const [left, right] = x.names ? [-0.5, count - 0.5] : [x.low ?? Math.min(...xs, edges?.[0] ?? Infinity), x.high ?? Math.max(...xs, edges?.at(-1) ?? -Infinity)];
  let [bottom, top] = [y.low ?? Math.min(...ys), y.high ?? Math.max(...ys)];
  if (bottom === top) [bottom, top] = [bottom - 0.5, top + 0.5];
  if (y.high === undefined) top += 0.06 * (top - bottom);
  const steep = x.names && (count > 12 || x.names.some((name) => name.length > width / (8 * count)));
  const longest = steep ? Math.max(...x.names.map((name) => Math.min(name.length, 24))) : 0;
  const reach = steep ? x.names.map((name, place) => Math.min(name.length, 24) * 3.9 - 17 * place - 6) : [];
  const at = { left: Math.max(48, ...reach), right: width - 12, top: 12, bottom: height - 34 - (steep ? longest * 4.6 : 0) };
  if (steep) at.bottom = Math.max(at.bottom, 80);
  const whole = steep ? at.bottom + 34 + longest * 4.6 : height;
  const across = (value) => at.left + ((value - left) / (right - left || 1)) * (at.right - at.left);
  const up = (value) => at.bottom - ((value - bottom) / (top - bottom)) * (at.bottom - at.top);
  const svg = draw("svg", { viewBox: "0 0 " + width + " " + Math.round(whole), role: "img", "aria-label": chart.alt || chart.title });
  for (const value of ticks(bottom, top, 5)) {
    svg.append(draw("line", { class: "grid", x1: at.left, x2: at.right, y1: up(value), y2: up(value) }),
      draw("text", { x: at.left - 6, y: up(value) + 4, "text-anchor": "end" }, tickText(value, y, top - bottom)));
  }
  const places = x.names ? x.names.map((name, place) => [place, name]) : ticks(left, right, width < 360 ? 4 : 6).map((value) => [value, tickText(value, x, right - left)]);
  const each = Math.ceil(places.length / (steep ? width / 17 : 99));
  for (const [value, name] of places.filter((_, place) => place % each === 0)) {
    const said = name.length > 24 ? name.slice(0, 23) + "…" : name;
    const point = [across(value), at.bottom + 15];
    svg.append(steep
      ? draw("text", { x: point[0] + 4, y: point[1], "text-anchor": "end", transform: "rotate(-50 " + point.map((n) => n.toFixed(1)).join(" ") + ")" }, said)
      : draw("text", { x: point[0], y: point[1], "text-anchor": "middle" }, said));
  }
  svg.append(draw("line", { class: "axis", x1: at.left, x2: at.right, y1: at.bottom, y2: at.bottom }));
  const slot = (at.right - at.left) / Math.max(count, 1);
  bars.forEach((bar, index) => bar.values.forEach((value, place) => {
    const from = edges ? across(edges[place]) : across(place) + slot * (0.8 * (index / bars.length) - 0.4);
    const wide = edges ? across(edges[place + 1]) - from : (slot * 0.8) / bars.length;
    const [high, low] = [Math.min(up(value), up(Math.max(bottom, 0))), Math.max(up(value), up(Math.max(bottom, 0)))];
    svg.append(draw("rect", { class: "fill " + (bar.tone || ""), x: from + 0.5, width: Math.max(0.5, wide - 1), y: high, height: low - high },
      draw("title", {}, [bar.name, x.names ? x.names[place] : "", tickText(value, y, top - bottom)].filter(Boolean).join(", "))));
  }));
  for (const line of lines) {
    const points = line.points.filter(([, value]) => value !== null).map(([a, b]) => across(a).toFixed(1) + "," + up(b).toFixed(1));
    svg.append(draw("polyline", { class: "line " + (line.tone || "") + (line.dashed ? " dashed" : ""), points: points.join(" ") }));
    if (line.dots) for (const point of points) svg.append(draw("circle", { class: "fill " + (line.tone || ""), cx: point.split(",")[0], cy: point.split(",")[1], r: 3.5 }));
  }
  for (const mark of marks) {
    const straight = mark.x !== undefined ? { x1: across(mark.x), x2: across(mark.x), y1: at.top, y2: at.bottom } : { x1: at.left, x2: at.right, y1: up(mark.y), y2: up(mark.y) };
    const late = mark.x !== undefined && straight.x1 > (at.left + at.right) / 2;
    svg.append(draw("line", { class: "mark", ...straight }));
    if (mark.name) svg.append(draw("text", mark.x !== undefined
      ? { class: "said", x: straight.x1 + (late ? -5 : 5), y: at.top + 9, "text-anchor": late ? "end" : "start" }
      : { class: "said", x: at.right, y: straight.y1 - 4, "text-anchor": "end" }, mark.name));
  }
  svg.append(draw("text", { x: (at.left + at.right) / 2, y: whole - 3, "text-anchor": "middle" }, x.label || ""));
  return svg;
}

function legend(chart) {
  const named = [...(chart.bars || []), ...(chart.lines || [])].filter((part) => part.name);
  if (named.length < 2) return [];
  return [make("p", { class: "legend" }, ...named.map((part) => make("span", {}, make("span", { class: "key " + (part.tone || ""), "aria-hidden": "true" }), " " + part.name)))];
}

// The same with its title, what its height is, and a legend.
function picture(chart, width, height) {
  const said = chart.y.label ? [make("small", {}, chart.y.label)] : [];
  return [make("figcaption", {}, chart.title), ...said, plot(chart, width, height), ...legend(chart)];
}

// A horizontal bar within a table's cell, between two shares of its width.
function bar(from, to, tone = "", split = false) {
  const part = make("i", { class: tone || null });
  part.style.left = 100 * Math.min(from, to) + "%";
  part.style.width = Math.max(0.6, 100 * Math.abs(to - from)) + "%";
  return make("td", { class: "chart" }, make("div", { class: "bar" + (split ? " split" : ""), "aria-hidden": "true" }, part));
}

// A table whose heads with a button sort its rows, by number where the cells are numbers.
function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
    const rows = [...table.tBodies[0].rows].sort((a, b) => order(value(a), value(b)));
    table.tBodies[0].append(...(down ? rows.reverse() : rows));
  }));
}

// Numbers before texts, each in their order.
function order(a, b) {
  const [x, y] = [a, b].map((text) => (String(text).trim() === "" ? NaN : Number(text)));
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return Number.isNaN(x) ? String(a).localeCompare(String(b), "en", { numeric: true }) : x - y;
}
