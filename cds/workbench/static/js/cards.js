/** The answer to one hook call: waiting, failed, silent, or cards. */
import { byId, counted, fill, h } from "./dom.js";
import { cardElement } from "./card.js";
import { HOOK } from "./words.js";
/** @typedef {import("./bench.js").Bench} Bench */
/** @typedef {import("./types.js").Exchange} Exchange */

/** @param {Bench} bench @param {"opening" | "orders"} slot */
export function showCards(bench, slot) {
  const place = byId(slot === "orders" ? "order-cards" : "opening-cards");
  const exchange = bench.exchanges[slot];
  if (!exchange) {
    fill(place, slot === "opening" && !bench.patient && h("p", { class: "empty" }, "The cards for the chosen patient stand here."));
    return;
  }
  const aside = slot === "opening" && bench.exchanges.orders;
  const head = [
    h("span", { class: "hook-name" }, HOOK[exchange.hook]),
    h("span", { class: "muted small" }, ` ${exchange.hook} · ${progress(exchange)}`),
  ];
  const content = h("div", { class: "answer", "aria-busy": String(exchange.state === "waiting") }, answer(bench, exchange, slot));
  const open = !aside || /** @type {any} */ (place.querySelector("details"))?.open === true;
  fill(place, aside
    ? h("details", { class: "earlier", open: open && place.querySelector("details") !== null }, h("summary", {}, head), content)
    : h("section", { class: "now" }, h("h3", { class: "hook" }, head), content));
}

/** Say of the answer on show that it is about other orders than those that stand there. @param {Bench} bench */
export function showWhetherOutdated(bench) {
  const note = byId("order-cards").querySelector(".outdated");
  if (note instanceof HTMLElement) note.hidden = !bench.exchanges.orders?.outdated;
}

/** @param {Exchange} exchange */
export function progress(exchange) {
  if (exchange.state === "waiting") return "asking…";
  if (exchange.state === "failed") return exchange.status ? `failed, HTTP ${exchange.status}` : "failed";
  return `${counted(exchange.response?.cards.length, "card")}, ${exchange.milliseconds} ms`;
}

/** @param {Bench} bench @param {Exchange} exchange @param {"opening" | "orders"} slot */
function answer(bench, exchange, slot) {
  if (exchange.state === "waiting") return h("p", { class: "empty" }, "Asking the service…");
  if (exchange.failure) return failed(bench, exchange, slot);
  const cards = exchange.response?.cards ?? [];
  return [
    h("p", { class: "note outdated", hidden: !exchange.outdated }, "The orders have changed since this answer. Sign again to have them checked."),
    cards.map((/** @type {any} */ card) => cardElement(bench, exchange, card)),
    cards.length === 0 && silent(bench, exchange),
    notSent(bench, exchange),
  ];
}

/** @param {Bench} bench @param {Exchange} exchange @param {"opening" | "orders"} slot */
function failed(bench, exchange, slot) {
  const failure = /** @type {NonNullable<Exchange["failure"]>} */ (exchange.failure);
  const again = () => bench.call(slot, exchange.hook, exchange.request.context.selections ?? []);
  return h("div", { class: "failure", role: "alert" },
    h("strong", {}, "The check failed. Nothing was checked."),
    h("p", {}, failure.message),
    failure.status ? h("p", { class: "small" }, `HTTP ${failure.status}`) : null,
    h("button", { type: "button", on: { click: again } }, "Ask again"));
}

/** No card: said quietly, with what was looked at, for silence is no proof of health. @param {Bench} bench @param {Exchange} exchange */
function silent(bench, exchange) {
  const chart = bench.exchanges[bench.shown] === exchange ? bench.reasoning?.chart : null;
  const said = chart && !chart.lines.length
    ? "No card, and nothing was judged: this chart holds no count that can be used."
    : exchange.hook === "patient-view"
      ? "No card: nothing in these counts asks to be said at the opening of a chart."
      : "No card: nothing in these orders and counts speaks to each other.";
  return h("div", { class: "silent" }, h("p", {}, said), chart && looked(chart, exchange));
}

/** @param {any} chart @param {Exchange} exchange */
function looked(chart, exchange) {
  const counts = chart.lines.reduce((/** @type {number} */ sum, /** @type {any} */ line) => sum + line.counts.length, 0);
  const parts = [
    counted(counts, "usable count"),
    counted(chart.exposures.length, "medicine"),
    counted(chart.conditions.length, "condition that matters", "conditions that matter"),
    ...(exchange.hook === "patient-view" ? [] : [counted(chart.drafts.length, "draft order")]),
  ];
  return h("p", { class: "muted small" }, `Looked at: ${parts.join(", ")}. Why each topic stayed silent stands under “The whole reasoning”.`);
}

/** Cards that this kind of EHR is not sent, though the specification allows them. @param {Bench} bench @param {Exchange} exchange */
function notSent(bench, exchange) {
  const sent = new Set((exchange.response?.cards ?? []).map(topicOf));
  const missing = (exchange.generic?.cards ?? []).filter((/** @type {any} */ card) => !sent.has(topicOf(card)));
  if (!missing.length) return null;
  return h("div", { class: "dropped" }, h("strong", {}, "Not sent to this kind of EHR:"),
    h("ul", {}, missing.map((/** @type {any} */ card) => h("li", {}, card.summary))));
}

/** @param {any} card @returns {string} */
export function topicOf(card) {
  return card.source?.topic?.code ?? card.summary;
}
