/** Counts as tables: the newest of each line with its course, and all of them, which is the plot in words. */
import { byId, fill, h } from "./dom.js";
import { longDay, shortDay } from "./dates.js";
import { BASIS, FLAG, SEVERITY, unitWord, valueWord } from "./words.js";
/** @typedef {import("./bench.js").Bench} Bench */

const EARLIER = 4;

/** @param {Bench} bench */
export function showCounts(bench) {
  const place = byId("counts");
  if (bench.reasoningFailure) {
    fill(place, h("div", { class: "failure" }, h("strong", {}, "The chart could not be read. "), bench.reasoningFailure.message));
    return;
  }
  const lines = bench.reasoning?.chart.lines ?? [];
  if (!lines.length) {
    const why = bench.asOf ? `No count on or before ${longDay(bench.asOf)}.` : "No count that can be used.";
    fill(place, h("p", { class: "empty" }, bench.patient ? why : "Choose a patient."), doubts(bench));
    return;
  }
  const open = place.querySelector("details.every")?.hasAttribute("open") ?? false;
  fill(
    place,
    h("div", { class: "wide", role: "group", "aria-label": "Newest counts, scrolls sideways", tabindex: 0 },
      h("table", { class: "counts" },
        h("thead", {}, h("tr", {}, ["Line", "Newest", "Drawn", "Tier", "Limit", "Lab flag", "Before"].map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", {}, lines.map((/** @type {any} */ line) => newest(line, bench.moment))))),
    doubts(bench),
    h("details", { class: "every", open }, h("summary", {}, "Every count as a table"), everyCount(lines)),
  );
}

/** @param {any} line @param {Date} now */
function newest(line, now) {
  const [count, ...before] = line.counts;
  const tier = SEVERITY[count.severity];
  const earlier = before.slice(0, EARLIER).map((/** @type {any} */ each) => `${valueWord(each)} (${shortDay(each.at, now)})`);
  return h(
    "tr",
    { class: `tier-${count.severity || "none"}` },
    h("th", { scope: "row" }, line.short, line.short === line.name ? null : h("span", { class: "muted small" }, ` ${line.name}`)),
    h("td", { class: "number" }, h("strong", {}, valueWord(count)), " ", h("span", { class: "muted small" }, unitWord(line.unit)), provenance(count)),
    h("td", {}, shortDay(count.at, now)),
    h("td", {}, tierTag(count.severity, tier)),
    h("td", { class: "number", title: BASIS[count.basis] ?? "" }, count.limit),
    h("td", {}, FLAG[count.flag] ?? ""),
    h("td", { class: "muted small" }, earlier.join(", ")),
  );
}

/** @param {string} severity @param {any} tier */
function tierTag(severity, tier) {
  if (!tier) return "";
  if (severity === "none") return tier.word;
  return h("span", { class: `tag tag-${severity}` }, h("span", { "aria-hidden": "true" }, `${tier.sign} `), tier.word);
}

/** How far a number may be trusted. @param {any} count */
function provenance(count) {
  const said = [
    count.calculated && (count.bound === "exact" ? `calculated: ${count.calculated}` : "bound, from the total"),
    ["final", ""].includes(count.status) ? "" : count.status,
    ["month", "year"].includes(count.precision) ? `dated to the ${count.precision}` : "",
  ].filter(Boolean);
  return said.length ? h("span", { class: "muted small block" }, said.join("; ")) : null;
}

/** @param {any[]} lines */
function everyCount(lines) {
  const rows = lines.flatMap((line) => line.counts.map((/** @type {any} */ count) => ({ line, count })));
  rows.sort((one, other) => (Date.parse(other.count.at) || 0) - (Date.parse(one.count.at) || 0));
  return h("div", { class: "wide", role: "group", "aria-label": "Every count, scrolls sideways", tabindex: 0 },
    h("table", {},
      h("thead", {}, h("tr", {}, ["Drawn", "Line", "Count", "As sent", "Tier", "Limit", "Resource"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map(({ line, count }) => h("tr", {},
        h("td", {}, longDay(count.at)),
        h("th", { scope: "row" }, line.name),
        h("td", { class: "number" }, `${valueWord(count)} ${unitWord(line.unit)}`),
        h("td", {}, count.reported || count.calculated),
        h("td", {}, SEVERITY[count.severity]?.word ?? ""),
        h("td", { class: "number" }, count.limit ? `${count.limit}, ${BASIS[count.basis] ?? count.basis}` : ""),
        h("td", { class: "small" }, count.references.join(", ")))))));
}

/** What could not be used. @param {Bench} bench */
function doubts(bench) {
  const section = bench.reasoning?.explanation.find((each) => each.title === "Doubts about the data");
  if (!section?.lines.length) return null;
  return h("div", { class: "doubts" }, h("h3", {}, "Doubts about the data"),
    h("ul", {}, section.lines.map((/** @type {string} */ line) => h("li", {}, plain(line)))));
}

/** Lines of the reasoning are Markdown with escaped signs. @param {string} text */
export function plain(text) {
  return text.replace(/\\([\\`*_{}[\]()#+\-.!<>|~])/g, "$1");
}
