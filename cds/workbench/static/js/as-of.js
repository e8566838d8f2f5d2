/** The slider that goes back to any day since the first result. */
import { byId, counted, fill, h } from "./dom.js";
import { DAY_LENGTH, endOfDay, longDay } from "./dates.js";
/** @typedef {import("./bench.js").Bench} Bench */

/** @param {Bench} bench */
export function showAsOf(bench) {
  const place = byId("as-of");
  const days = daysOf(bench.whole);
  if (!bench.patient || !days.length) {
    fill(place);
    return;
  }
  const first = days[0];
  const today = Math.floor(bench.now.getTime() / DAY_LENGTH);
  if (first >= today) {
    fill(place); // there is no day to go back to
    return;
  }
  const chosen = bench.asOf ? Math.floor(bench.asOf.getTime() / DAY_LENGTH) : today;
  const words = bench.asOf ? longDay(bench.asOf) : `${longDay(bench.now)} (now)`;
  const focused = document.activeElement?.id;
  const slider = h("input", {
    type: "range", id: "as-of-day", min: first, max: today, step: 1, value: String(chosen),
    "aria-valuetext": words, on: { input: (/** @type {any} */ event) => go(Number(event.target.value)) },
  });
  slider.value = String(chosen);
  const earlier = days.filter((day) => day < chosen).at(-1);
  const later = days.find((day) => day > chosen);
  const held = bench.exchanges[bench.shown]?.held ?? 0;
  const parts = [
    h("label", { for: "as-of-day" }, "As of ", h("strong", { id: "as-of-words" }, words)),
    h("div", { class: "as-of-row" },
      h("button", { type: "button", id: "as-of-earlier", disabled: earlier === undefined, on: { click: () => go(earlier) } }, "‹ Previous count"),
      slider,
      h("button", { type: "button", id: "as-of-later", disabled: later === undefined && !bench.asOf, on: { click: () => go(later ?? today) } },
        later === undefined ? "Now ›" : "Next count ›")),
    bench.asOf && h("p", { class: "note" },
      `Replayed: the service is told that it is ${longDay(bench.asOf)}`,
      held ? `, and ${counted(held, "later entry", "later entries")} of the chart ${held === 1 ? "is" : "are"} not sent.` : ".",
      " The status of a request is today's."),
  ];
  const bar = place.querySelector(".as-of");
  if (bar) fill(/** @type {HTMLElement} */ (bar), parts);
  else fill(place, h("section", { class: "panel as-of", "aria-label": "Replay" }, parts));
  if (focused?.startsWith("as-of")) document.getElementById(focused)?.focus();

  /** @param {number | undefined} day */
  function go(day) {
    if (day !== undefined) bench.replay(endOfDay(day * DAY_LENGTH, bench.now));
  }
}

/** Days on which something was counted, oldest first. @param {any} chart @returns {number[]} */
function daysOf(chart) {
  const moments = (chart?.lines ?? []).flatMap((/** @type {any} */ line) => line.counts).map((/** @type {any} */ count) => count.at);
  const days = moments.filter(Boolean).map((/** @type {string} */ at) => Math.floor(Date.parse(at) / DAY_LENGTH));
  return [...new Set(days)].sort((one, other) => one - other);
}
