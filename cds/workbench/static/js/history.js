/** Medicines, conditions and reactions as tables: what the chart holds and what it was read as. */
import { byId, fill, h } from "./dom.js";
import { resourcesOf } from "./bench.js";
import { longDay } from "./dates.js";
import { MATCHED_BY, STANDING } from "./words.js";
/** @typedef {import("./bench.js").Bench} Bench */

/** @param {Bench} bench */
export function showMedicines(bench) {
  const exposures = bench.reasoning?.chart.exposures ?? [];
  if (!exposures.length) {
    fill(byId("medicines"), h("p", { class: "empty" }, bench.reasoning ? "No medicine in this chart." : ""));
    return;
  }
  fill(byId("medicines"),
    h("div", { class: "wide", role: "group", "aria-label": "Medicines, scrolls sideways", tabindex: 0 },
      h("table", { class: "medicines" },
        h("thead", {}, h("tr", {}, ["Medicine", "Taken", "Recognised by", "As a cause"].map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", {}, exposures.map(medicine)))));
}

/** @param {any} exposure */
function medicine(exposure) {
  const others = exposure.texts.filter((/** @type {string} */ text) => text !== exposure.name);
  const particulars = [
    ...others,
    exposure.systemic ? "" : "applied locally",
    exposure.occasional ? "as needed, or once" : "",
  ].filter(Boolean);
  return h("tr", {},
    h("th", { scope: "row" }, exposure.name, particulars.length ? h("span", { class: "muted small block" }, particulars.join("; ")) : null),
    h("td", {}, taken(exposure), h("span", { class: "muted small block" }, exposure.statuses.filter(Boolean).join(", "))),
    h("td", {}, exposure.drug ? MATCHED_BY[exposure.matched_by] ?? exposure.matched_by : "not in the knowledge"),
    h("td", {}, exposure.standing
      ? h("span", { class: `tag tag-${exposure.standing}` }, `${STANDING[exposure.standing]}, ${exposure.score} points`)
      : h("span", { class: "muted" }, exposure.drug ? "no suspect" : "")));
}

/** @param {any} exposure */
export function taken(exposure) {
  const from = exposure.start ? longDay(exposure.start) : "start unknown";
  if (exposure.doses.length > 1 && !exposure.ongoing) return `${exposure.doses.length} orders, ${from} to ${longDay(exposure.doses.at(-1))}`;
  if (exposure.ongoing) return `since ${from}`;
  if (!exposure.end) return from;
  return exposure.end_presumed ? `from ${from}, end unknown` : `${from} to ${longDay(exposure.end)}`;
}

/** @param {Bench} bench */
export function showConditions(bench) {
  const chart = bench.reasoning?.chart;
  const known = new Set((chart?.conditions ?? []).map((/** @type {any} */ each) => each.reference));
  const recorded = resources(bench, "Condition").map((each) => ({
    text: nameOf(each.code) || "condition without a name",
    day: each.onsetDateTime ?? each.recordedDate ?? "",
    counts: known.has(`Condition/${each.id}`),
  }));
  const reactions = resources(bench, "AllergyIntolerance").map((each) => ({
    text: `Reaction: ${nameOf(each.code) || "without a name"}`, day: each.recordedDate ?? "",
    counts: (chart?.reactions ?? []).some((/** @type {any} */ one) => one.reference === `AllergyIntolerance/${each.id}`),
  }));
  const warm = (chart?.temperatures ?? []).slice(0, 3).map((/** @type {any} */ each) => ({
    text: `Temperature ${each.reported}`, day: each.at ?? "", counts: true,
  }));
  const all = [...warm, ...recorded, ...reactions];
  fill(byId("conditions"), all.length
    ? h("ul", { class: "plain list" }, all.map((each) => h("li", {}, h("span", {}, each.text),
      h("span", { class: "muted small" }, [each.day ? longDay(each.day) : "", each.counts ? "" : "says nothing about counts"].filter(Boolean).join(" · ")))))
    : h("p", { class: "empty" }, bench.patient ? "None recorded." : ""));
}

/** Of what was sent, as an EHR would list it. @param {Bench} bench @param {string} kind @returns {any[]} */
function resources(bench, kind) {
  const sent = bench.exchanges[bench.shown]?.request.prefetch ?? {};
  const all = Object.values(sent).flatMap((answer) => (answer?.resourceType === "Bundle" ? resourcesOf(answer) : [answer]));
  return all.filter((each) => each?.resourceType === kind);
}

/** @param {any} concept @returns {string} */
export function nameOf(concept) {
  const said = [concept?.text, ...(Array.isArray(concept?.coding) ? concept.coding : []).map((/** @type {any} */ coding) => coding?.display)];
  return said.find((text) => typeof text === "string" && text) ?? "";
}
