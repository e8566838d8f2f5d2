/** One bar per medicine: from its start to its end, open to the right while it is taken, dashed for a draft. */
import { nameOf, taken } from "./history.js";
import { STANDING } from "./words.js";
/** @typedef {import("./bench.js").Bench} Bench */

const MOST = 14;

/**
 * From top to bottom: suspects, drafts, the rest; `more` is how many found no room.
 * @param {any} chart @param {Bench} bench @returns {{rows: any[], more: number}}
 */
export function barRows(chart, bench) {
  const rows = chart.exposures.map((/** @type {any} */ exposure, /** @type {number} */ place) => ({
    key: `e${place}`, name: exposure.name, draft: false, suspect: ["leading", "possible", "expected"].includes(exposure.standing),
    tag: STANDING[exposure.standing] ?? (exposure.drug ? "" : "not in the knowledge"), score: exposure.score ?? -1, words: taken(exposure),
    start: exposure.start ? Date.parse(exposure.start) : null,
    end: exposure.ongoing ? null : exposure.end ? Date.parse(exposure.end) : null,
    ongoing: exposure.ongoing, presumed: exposure.end_presumed, doses: exposure.doses.map((/** @type {string} */ at) => Date.parse(at)),
  }));
  const drafts = bench.drafts.filter((draft) => draft.resourceType === "MedicationRequest").map((draft) => ({
    key: `d${draft.id}`, name: nameOf(draft.medicationCodeableConcept) || "draft without a name", draft: true, suspect: false, tag: "draft",
    score: 0, words: "draft order", start: bench.moment.getTime(), end: null, ongoing: true, presumed: false, doses: [],
  }));
  const rank = (/** @type {any} */ row) => (row.suspect ? 1000 + row.score : row.draft ? 500 : 0);
  const all = [...rows, ...drafts].sort((one, other) => rank(other) - rank(one));
  return { rows: all.slice(0, MOST), more: Math.max(all.length - MOST, 0) };
}

/** @param {any[]} rows @param {any} theme @param {boolean} narrow @param {number} from @param {number} to @param {number} moment now, or the day that is replayed */
export function barSeries(rows, theme, narrow, from, to, moment) {
  return {
    type: "custom", xAxisIndex: 1, yAxisIndex: 1, clip: true, encode: { x: [0, 1], y: 2 },
    data: rows.map((row) => [row.start ?? from, row.draft ? to : row.ongoing ? moment : Math.min(row.end ?? row.start ?? from, moment), row.key]),
    tooltip: { formatter: (/** @type {any} */ item) => { const row = rows[item.dataIndex]; return `${row.name}\n${row.words}${row.tag ? `, ${row.tag}` : ""}`; } },
    renderItem: (/** @type {any} */ params, /** @type {any} */ api) => drawBar(rows[params.dataIndex], params, api, theme, narrow),
  };
}

/** @param {any} row @param {any} params @param {any} api @param {any} theme @param {boolean} narrow */
function drawBar(row, params, api, theme, narrow) {
  const { x: leftEdge, width } = params.coordSys;
  const [start, middle] = api.coord([api.value(0), api.value(2)]);
  const [end] = api.coord([api.value(1), api.value(2)]);
  const x = Math.max(start, leftEdge);
  const right = Math.min(Math.max(end, x + 6), leftEdge + width);
  if (end < leftEdge) return earlier(leftEdge, middle, theme);
  const y = narrow ? middle + 1 : middle - 7;
  const colour = row.draft ? theme.accent : row.suspect ? theme.barSuspect : theme.bar;
  const open = row.ongoing && !row.draft ? 8 : 0;
  const shape = { x, y, width: Math.max(right - x - open, 2), height: 14, r: open ? [3, 0, 0, 3] : 3 };
  const style = row.draft
    ? { fill: "none", stroke: colour, lineWidth: 1.5, lineDash: [4, 3] }
    : { fill: colour, opacity: row.presumed ? 0.75 : 1 };
  /** @type {any[]} */
  const children = [{ type: "rect", shape, style }];
  for (const dose of row.doses.length > 1 ? row.doses : []) {
    const [at] = api.coord([dose, api.value(2)]);
    if (at >= x && at <= right) children.push({ type: "rect", shape: { x: at, y: y - 2, width: 2, height: 18 }, style: { fill: theme.ink } });
  }
  if (open) {
    children.push({ type: "polygon", shape: { points: [[right - open, y - 3], [right, y + 7], [right - open, y + 17]] }, style: { fill: colour } });
  }
  if (narrow) {
    const text = row.tag ? `${row.name} (${row.tag})` : row.name;
    children.push({ type: "text", style: { x: leftEdge, y: middle - 16, text, fill: row.suspect ? theme.critical : theme.ink, fontSize: 11, width, overflow: "truncate" } });
  }
  return { type: "group", children };
}

/** Over before the plot begins: an arrow to the left says that it was there. @param {number} x @param {number} y @param {any} theme */
function earlier(x, y, theme) {
  return { type: "text", style: { x: x + 4, y: y - 7, text: "‹ earlier", fill: theme.muted, fontSize: 11 } };
}
