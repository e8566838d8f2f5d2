/** The arithmetic behind a card, and the whole reasoning, as `leukocds explain` prints it. */
import { byId, fill, h } from "./dom.js";
import { plain } from "./counts.js";
import { BEHIND, STANDING } from "./words.js";
/** @typedef {import("./bench.js").Bench} Bench */
/** @typedef {import("./types.js").Exchange} Exchange */
/** @typedef {import("./types.js").Json} Json */

/** Folded; filled when it is opened. @param {Bench} bench @param {Exchange} exchange @param {Json} card */
export function reasoningOf(bench, exchange, card) {
  const topic = card.source?.topic?.code ?? "";
  const body = h("div", { class: "explained" });
  const element = h("details", { class: "explain" }, h("summary", {}, "Explain"), body);
  element.addEventListener("toggle", async () => {
    if (!element.open) return;
    if (bench.exchanges[bench.shown] !== exchange || !bench.reasoning) {
      bench.shown = exchange === bench.exchanges.orders ? "orders" : "opening";
      fill(body, h("p", { class: "muted" }, "Asking the service…"));
      bench.tell("shown");
      await bench.reason();
    }
    fill(body, behind(bench, topic));
  });
  return element;
}

/** @param {Bench} bench @param {string} topic */
function behind(bench, topic) {
  const { reasoning } = bench;
  if (!reasoning) return h("p", { class: "failure" }, "The reasoning could not be fetched.");
  const spoken = reasoning.explanation.find((each) => each.title === "Topics")?.lines.find((/** @type {string} */ line) => line.startsWith(topic));
  const titles = BEHIND[topic] ?? [];
  const suspects = titles.includes("Suspects") ? reasoning.chart.suspects : [];
  const sections = reasoning.explanation.filter((each) => titles.includes(each.title) && each.lines.length);
  return [
    spoken && h("p", {}, h("strong", {}, "Why it speaks: "), plain(spoken.replace(/^[^:]*: /, ""))),
    ...suspects.map(sum),
    ...sections.map(sectionElement),
    h("p", {}, h("a", { href: "#reasoning-title" }, "The whole reasoning")),
  ];
}

/** A suspect's score as the sum that it is. @param {any} suspect */
function sum(suspect) {
  const rows = suspect.parts.filter((/** @type {any} */ part) => part.points !== 0);
  return h("table", { class: "sum" },
    h("caption", {}, `${suspect.drug} for low ${suspect.line}: ${STANDING[suspect.standing]}`),
    h("tbody", {}, rows.map((/** @type {any} */ part) => h("tr", {},
      h("th", { scope: "row" }, part.name),
      h("td", {}, part.reason.replace(/^grade (.)$/, (/** @type {string} */ _, /** @type {string} */ grade) => `grade ${grade.toUpperCase()}`), part.days === null ? "" : `, ${part.days} days`),
      h("td", { class: "number" }, `${part.points > 0 ? "+" : "−"}${Math.abs(part.points)}`)))),
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "score"), h("td", { class: "muted" }, "rule points, not a probability"), h("td", { class: "number" }, h("strong", {}, String(suspect.score))))));
}

/** @param {any} section */
function sectionElement(section) {
  return h("section", {}, h("h5", {}, section.title),
    h("ul", { class: "plain lines" }, section.lines.map((/** @type {string} */ line) =>
      h("li", { class: line.startsWith("  ") ? "deeper" : null }, plain(line.trim())))));
}

/** @param {Bench} bench */
export function showReasoning(bench) {
  const place = byId("reasoning");
  const sections = bench.reasoning?.explanation;
  if (!sections) {
    fill(place, h("p", { class: "empty" }, bench.reasoningFailure?.message ?? "How the shown answer came about, step by step."));
    return;
  }
  const open = new Set([...place.querySelectorAll("details[open]")].map((each) => /** @type {HTMLElement} */ (each).dataset.title));
  fill(place,
    h("p", { class: "muted small" }, `Of the call ${bench.exchanges[bench.shown]?.hook}, as leukocds explain prints it.`),
    h("div", { class: "sections" }, sections.map((each) => h("details", { "data-title": each.title, open: open.has(each.title) },
      h("summary", {}, each.title, h("span", { class: "muted small" }, each.lines.length ? ` ${each.lines.length}` : " none")),
      each.lines.length ? h("ul", { class: "plain lines" }, each.lines.map((/** @type {string} */ line) =>
        h("li", { class: line.startsWith("  ") ? "deeper" : null }, plain(line.trim())))) : h("p", { class: "empty" }, "Nothing.")))));
}
