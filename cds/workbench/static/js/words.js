/** Codes of the service in words, and their signs: nothing is told by colour alone. */

/** @type {Record<string, {word: string, sign: string}>} */
export const SEVERITY = {
  none: { word: "not low", sign: "" },
  mild: { word: "mild", sign: "▾" },
  moderate: { word: "moderate", sign: "▾▾" },
  severe: { word: "severe", sign: "▾▾▾" },
  profound: { word: "profound", sign: "▾▾▾▾" },
};

/** @type {Record<string, string>} */
export const FLAG = { low: "L, low", "critically-low": "LL, critical", normal: "N, normal", high: "H, high" };

/** @type {Record<string, string>} */
export const BASIS = {
  adult: "adult limit", laboratory: "laboratory's limit", child: "limit of the age", "duffy-null": "Duffy-null limit",
  flag: "laboratory's flag",
};

/** @type {Record<string, string>} */
export const STANDING = {
  expected: "expected effect", leading: "leading suspect", possible: "possible suspect", unlikely: "unlikely suspect",
};

/** @type {Record<string, string>} */
export const MATCHED_BY = {
  rxnorm: "RxNorm code", local: "the hospital's code", historic: "retired RxNorm code", ndc: "NDC code",
  atc: "ATC code", snomed: "SNOMED CT code", ingredient: "ingredient", name: "name only",
};

/** @type {Record<string, {word: string, sign: string}>} */
export const INDICATOR = {
  critical: { word: "Critical", sign: "!" },
  warning: { word: "Warning", sign: "▲" },
  info: { word: "Info", sign: "i" },
};

/** @type {Record<string, string>} */
export const HOOK = {
  "patient-view": "At opening the chart", "order-select": "While ordering", "order-sign": "At signing",
};

/** @param {string} unit */
export function unitWord(unit) {
  return unit === "10*9/L" ? "×10⁹/L" : unit === "/uL" ? "/µL" : unit;
}

/** The number as a card shows it; a limit of the number as such. @param {any} count */
export function valueWord(count) {
  const signs = { below: "< ", "at-most": "≤ ", above: "≥ ", exact: "" };
  return signs[/** @type {"below" | "at-most" | "above" | "exact"} */ (count.bound)] + count.shown;
}

/** The part of the reasoning that stands behind a topic's card. @type {Record<string, string[]>} */
export const BEHIND = {
  leukoFever: ["Fever", "Counts"],
  leukoOrderRisk: ["Draft orders", "Suspects", "Low counts", "Risky pairs among current drugs"],
  leukoLiveVaccine: ["Draft orders", "Low counts"],
  leukoLowCount: ["Counts", "Low counts", "Patterns across lines", "Other explanations on the problem list"],
  leukoSuspects: ["Suspects", "Drugs set aside", "Risky pairs among current drugs"],
  leukoMonitoring: ["Counts that are due", "Counts"],
  leukoPrecautions: ["Precautions", "Low counts"],
  leukoDataQuality: ["Doubts about the data", "Read"],
};
