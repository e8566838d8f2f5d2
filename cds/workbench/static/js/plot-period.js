/** How much time the plot shows: all of it, or what came before the day that counts as now. */
import { h } from "./dom.js";
import { DAY_LENGTH } from "./dates.js";
/** @typedef {import("./bench.js").Bench} Bench */

/** @type {{id: string, name: string, days: number}[]} */
const PERIODS = [
  { id: "all", name: "all", days: Number.POSITIVE_INFINITY },
  { id: "years", name: "2 years", days: 730 },
  { id: "months", name: "6 months", days: 182 },
  { id: "weeks", name: "6 weeks", days: 42 },
];
const LONG = PERIODS[1];

let chosen = "";

/** @param {Bench} bench @param {() => void} redraw */
export function showPeriods(bench, redraw) {
  if (bench.patient !== patientOfChoice) {
    patientOfChoice = bench.patient;
    chosen = "";
  }
  const choose = (/** @type {any} */ event) => { chosen = event.target.value; redraw(); };
  const options = PERIODS.map((period) => h("option", { value: period.id, selected: period.id === (chosen || shown) }, period.name));
  return h("label", {}, "Time ", h("select", { id: "plot-period", on: { change: choose } }, options));
}

/** @type {Bench["patient"]} */ let patientOfChoice = null;
let shown = "all";

/** What was chosen; else all, unless that is decades of which only the last years hold counts. @param {any[]} lines @param {any[]} rows @param {Bench} bench */
export function periodOf(lines, rows, bench) {
  const period = PERIODS.find((each) => each.id === chosen) ?? usual(lines, rows, bench);
  shown = period.id;
  const select = /** @type {HTMLSelectElement | null} */ (document.getElementById("plot-period"));
  if (select) select.value = period.id;
  return period.days;
}

/** @param {any[]} lines @param {any[]} rows @param {Bench} bench */
function usual(lines, rows, bench) {
  const [from, to] = spanOf(Number.POSITIVE_INFINITY, lines, rows, bench);
  const recent = moments(lines).some((at) => at <= bench.moment.getTime() && at > bench.moment.getTime() - LONG.days * DAY_LENGTH);
  return to - from > 1.5 * LONG.days * DAY_LENGTH && recent ? LONG : PERIODS[0];
}

/**
 * @param {number} days
 * @param {any[]} lines of the chart as of now too, so that the axis stays while days are replayed
 * @param {any[]} rows
 * @param {Bench} bench
 * @returns {[number, number]} with some room for drafts at the right
 */
export function spanOf(days, lines, rows, bench) {
  if (Number.isFinite(days)) {
    const until = bench.moment.getTime();
    return [until - days * DAY_LENGTH, until + days * DAY_LENGTH * 0.1];
  }
  const now = bench.now.getTime();
  const first = Math.min(...moments(lines));
  const starts = rows.map((row) => row.start).filter((start) => start && start > first - 2 * (now - first) && start < now);
  const from = Math.min(first, ...starts, now - 14 * DAY_LENGTH);
  const room = Math.max((now - from) * 0.12, DAY_LENGTH);
  return [from - room / 2, now + room];
}

/** @param {any[]} lines @returns {number[]} */
function moments(lines) {
  return lines.flatMap((line) => line.counts.map((/** @type {any} */ count) => Date.parse(count.at)));
}
