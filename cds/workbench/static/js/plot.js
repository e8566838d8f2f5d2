/** The plot: white cell lines above, one bar per medicine below, on one axis of time. */
import * as echarts from "../vendor/echarts.esm.min.js";
import { byId, counted, fill, h } from "./dom.js";
import { countSeries, spread, tierAreas } from "./plot-counts.js";
import { periodOf, showPeriods, spanOf } from "./plot-period.js";
import { barRows, barSeries } from "./plot-bars.js";
import { DAY_LENGTH, longDay, shortDay } from "./dates.js";
import { unitWord } from "./words.js";
/** @typedef {import("./bench.js").Bench} Bench */

const ROW = 34;
const COUNTS_HEIGHT = 270;
const NARROW = 560; // pixels; below it the names of medicines stand above the bars
const LABELS = [0, 0.1, 0.5, 1, 2, 4, 7, 11, 16, 25, 40, 80, 150];

/** @type {any} */ let drawn = null;
let chosenLine = "";

/** @param {Bench} bench */
export function showPlot(bench) {
  const chart = bench.reasoning?.chart;
  const lines = plottable(chart);
  if (!chart || !lines.length) {
    drop();
    fill(byId("plot-choice"));
    const why = bench.asOf ? "No dated count until this day." : "No dated count to draw.";
    fill(byId("plot-box"), h("p", { class: "empty" }, chart ? why : bench.patient ? "" : "Choose a patient, or drop a Bundle anywhere."));
    return;
  }
  const graded = lines.filter((line) => line.tiers.length);
  const focus = graded.find((line) => line.id === chosenLine) ?? deepest(graded) ?? lines[0];
  showChoice(bench, graded, focus);
  const { rows, more } = barRows(chart, bench);
  const box = document.getElementById("plot") ?? newBox();
  const narrow = byId("plot-box").clientWidth < NARROW;
  const height = COUNTS_HEIGHT + 38 + rows.length * ROW;
  box.style.height = `${height}px`;
  box.setAttribute("aria-label", inWords(lines, rows, bench));
  if (!drawn || drawn.getDom() !== box) {
    drop();
    drawn = echarts.init(box, null, { renderer: "svg" });
  }
  showMore(more);
  drawn.resize({ height });
  drawn.setOption(options(bench, lines, focus, rows, narrow), { notMerge: true });
}

/** @param {Bench} bench @param {any[]} lines @param {any} focus @param {any[]} rows @param {boolean} narrow */
function options(bench, lines, focus, rows, narrow) {
  const theme = colours();
  const all = [...lines, ...plottable(bench.whole ?? bench.reasoning?.chart)];
  const [from, to] = spanOf(periodOf(all, rows, bench), all, rows, bench);
  const left = narrow ? 34 : 150;
  const right = narrow ? 14 : 96;
  const top = Math.max(...lines.flatMap((line) => line.counts.map((/** @type {any} */ count) => count.value)), focus.tiers.at(-1)?.below ?? 0) * 1.15;
  const days = dayTicks(from, to, narrow ? 3 : 5);
  const time = (/** @type {number} */ index, /** @type {boolean} */ labelled) => ({
    type: "time", gridIndex: index, min: from, max: to, axisPointer: { show: true, label: { show: false } },
    axisLine: { lineStyle: { color: theme.line } }, axisTick: { show: labelled, customValues: days },
    splitLine: { show: true, lineStyle: { color: theme.grid } },
    axisLabel: { show: labelled, customValues: days, color: theme.muted, fontSize: 11, formatter: (/** @type {number} */ at) => shortDay(at, bench.now) },
  });
  const moved = spread(lines, top, COUNTS_HEIGHT - 40);
  const ticks = LABELS.filter((value) => value <= top).map(Math.sqrt);
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: theme.ink },
    axisPointer: { link: [{ xAxisIndex: "all" }], lineStyle: { color: theme.muted, type: "dotted" } },
    tooltip: { trigger: "item", renderMode: "richText", confine: true, backgroundColor: theme.surface, borderColor: theme.line, textStyle: { color: theme.ink, fontSize: 12 } },
    grid: [
      // both exactly as wide: a day stands above itself
      { left, right, top: 40, height: COUNTS_HEIGHT - 40, outerBoundsMode: "none" },
      { left, right, top: COUNTS_HEIGHT + 34, height: rows.length * ROW, outerBoundsMode: "none" },
    ],
    xAxis: [time(0, true), time(1, false)],
    yAxis: [
      {
        type: "value", min: 0, max: Math.sqrt(top), name: narrow ? `${unitWord(focus.unit)}, √ scale` : `${unitWord(focus.unit)}, square-root scale`, nameGap: 20,
        nameTextStyle: { color: theme.muted, align: "left", padding: [0, 0, 0, -left] },
        axisLine: { show: false }, splitLine: { show: false }, axisTick: { show: false, customValues: ticks },
        axisLabel: { customValues: ticks, color: theme.muted, formatter: (/** @type {number} */ root) => String(Math.round(root * root * 10) / 10) },
      },
      {
        type: "category", gridIndex: 1, inverse: true, data: rows.map((row) => row.key), axisTick: { show: false },
        axisLine: { show: false }, splitLine: { show: true, lineStyle: { color: theme.grid } },
        axisLabel: narrow ? { show: false } : {
          color: theme.ink, interval: 0, width: left - 16, overflow: "truncate", lineHeight: 14,
          formatter: (/** @type {string} */ key) => axisName(rows.find((row) => row.key === key)),
          rich: { name: { fontSize: 12, color: theme.ink }, suspect: { fontSize: 11, fontWeight: "bold", color: theme.critical }, draft: { fontSize: 11, color: theme.accent }, plain: { fontSize: 11, color: theme.muted } },
        },
      },
    ],
    series: [
      tierAreas(focus, theme, narrow, top),
      ...lines.map((line, place) => countSeries(line, place, line === focus, theme, narrow ? null : moved[place])),
      ...(rows.length ? [barSeries(rows, theme, narrow, from, to, bench.moment.getTime())] : []),
      nowLine(bench, theme),
    ],
  };
}

/** @param {any} row */
function axisName(row) {
  const name = row.name.length > 19 ? `${row.name.slice(0, 18)}…` : row.name;
  return row.tag ? `{name|${name}}\n{${row.suspect ? "suspect" : row.draft ? "draft" : "plain"}|${row.tag}}` : `{name|${name}}`;
}

/** The day that counts as now, in both parts. @param {Bench} bench @param {any} theme */
function nowLine(bench, theme) {
  return {
    type: "line", data: [], silent: true,
    markLine: {
      symbol: "none", silent: true, data: [{ xAxis: bench.moment.getTime() }],
      lineStyle: { color: theme.accent, type: "solid", width: 1.5 },
      label: { formatter: bench.asOf ? `as of ${shortDay(bench.asOf, bench.now)}` : "now", color: theme.accent, fontSize: 11, position: "end" },
    },
  };
}

/** About so many first moments of a day, evenly spread. @param {number} from @param {number} to @param {number} wanted */
function dayTicks(from, to, wanted) {
  const step = Math.max(1, Math.round((to - from) / DAY_LENGTH / wanted));
  const first = Math.ceil(from / DAY_LENGTH);
  const last = Math.floor(to / DAY_LENGTH);
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, place) => (first + place * step) * DAY_LENGTH);
}

/** Lines that share the unit of the plot, with a date. @param {any} chart @returns {any[]} */
function plottable(chart) {
  return (chart?.lines ?? [])
    .filter((/** @type {any} */ line) => line.unit === "10*9/L" && (line.speaks === "card" || line.counts.some((/** @type {any} */ count) => !["", "none"].includes(count.severity))))
    .map((/** @type {any} */ line) => ({ ...line, counts: line.counts.filter((/** @type {any} */ count) => count.at) }))
    .filter((/** @type {any} */ line) => line.counts.length);
}

/** @param {any[]} lines */
function deepest(lines) {
  const order = ["", "none", "mild", "moderate", "severe", "profound"];
  const rank = (/** @type {any} */ line) => order.indexOf(line.counts[0].severity) + (line.id === "neutrophils" ? 0.5 : 0);
  return [...lines].sort((one, other) => rank(other) - rank(one))[0];
}

/** @param {Bench} bench @param {any[]} lines @param {any} focus */
function showChoice(bench, lines, focus) {
  const choose = (/** @type {any} */ event) => { chosenLine = event.target.value; showPlot(bench); };
  const place = byId("plot-choice");
  const options = lines.map((line) => h("option", { value: line.id, selected: line === focus }, `${line.short} (${line.name})`));
  const hadFocus = place.contains(document.activeElement);
  const select = h("select", { id: "plot-line", on: { change: choose } }, options);
  const period = showPeriods(bench, () => showPlot(bench));
  const focused = document.activeElement?.id;
  fill(place, period, h("label", {}, "Tiers of ", select));
  if (hadFocus && focused) document.getElementById(focused)?.focus();
}

/** @param {any[]} lines @param {any[]} rows @param {Bench} bench */
function inWords(lines, rows, bench) {
  const newest = lines.map((line) => `${line.name} ${line.counts[0].shown} on ${longDay(line.counts[0].at)}`).join("; ");
  const suspects = rows.filter((row) => row.suspect).map((row) => `${row.name}, ${row.tag}`);
  return `Plot as of ${longDay(bench.moment)}. ${newest}. ${rows.length} medicines and drafts${suspects.length ? `; ${suspects.join("; ")}` : ""}. The tables below hold the same.`;
}

function newBox() {
  const box = h("div", { id: "plot", role: "img" });
  fill(byId("plot-box"), box, h("p", { id: "plot-more", class: "note", hidden: true }));
  return box;
}

/** @param {number} more medicines for which there was no room */
function showMore(more) {
  const note = byId("plot-more");
  note.hidden = more === 0;
  note.textContent = `${counted(more, "more medicine")} without a bar: all of them stand in the table of medicines.`;
}

function drop() {
  drawn?.dispose();
  drawn = null;
}

/** The colours of the style sheet, which knows light and dark. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"), muted: of("muted"), line: of("line"), grid: of("grid"), surface: of("surface"), accent: of("accent"),
    critical: of("critical"), bar: of("bar"), barSuspect: of("bar-suspect"),
    tiers: { mild: of("tier-mild"), moderate: of("tier-moderate"), severe: of("tier-severe"), profound: of("tier-profound") },
    lines: [of("line-1"), of("line-2"), of("line-3"), of("line-4"), of("line-5"), of("line-6")],
  };
}
