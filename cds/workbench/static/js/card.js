/** One card, as EHRs show it. */
import { announce, fill, h } from "./dom.js";
import { markdownBlock } from "./markdown.js";
import { outcomeOf, sendAccepted, sendOverridden } from "./feedback.js";
import { overrideForm } from "./override.js";
import { reasoningOf } from "./explain.js";
import { draftName } from "./orders.js";
import { reference } from "./bench.js";
import { INDICATOR } from "./words.js";
/** @typedef {import("./bench.js").Bench} Bench */
/** @typedef {import("./types.js").Exchange} Exchange */
/** @typedef {import("./types.js").Json} Json */

const LONG = 900; // characters of detail

/** @param {Bench} bench @param {Exchange} exchange @param {Json} card @returns {HTMLElement} */
export function cardElement(bench, exchange, card) {
  const look = INDICATOR[card.indicator] ?? INDICATOR.info;
  const kind = card.indicator in INDICATOR ? card.indicator : "info";
  const foot = h("div", { class: "card-foot" });
  const element = h(
    "article",
    { class: `card card-${kind}`, "data-card": card.uuid, "data-indicator": card.indicator },
    h("div", { class: "card-head" },
      h("span", { class: `sign sign-${kind}`, "aria-hidden": "true" }, look.sign),
      h("div", {},
        h("span", { class: "indicator" }, look.word, card.source?.topic?.display ? ` · ${card.source.topic.display}` : ""),
        h("h4", {}, card.summary))),
    card.detail ? detail(card) : null,
    foot,
    reasoningOf(bench, exchange, card),
    source(card),
  );
  drawFoot(bench, exchange, card, foot);
  return element;
}

/** Long information is folded, as in the narrow sidebars of EHRs; a warning never is. @param {Json} card */
function detail(card) {
  const block = markdownBlock(card.detail);
  if (card.indicator !== "info" || card.detail.length < LONG) return block;
  block.classList.add("clamped");
  const more = h("button", { type: "button", class: "quiet more", "aria-expanded": "false", on: { click: () => {
    const folded = block.classList.toggle("clamped");
    more.setAttribute("aria-expanded", String(!folded));
    more.textContent = folded ? "Show the whole card" : "Show less";
  } } }, "Show the whole card");
  return [block, more];
}

/** @param {Bench} bench @param {Exchange} exchange @param {Json} card @param {HTMLElement} foot */
function drawFoot(bench, exchange, card, foot) {
  const outcome = outcomeOf(exchange, card);
  const redraw = () => drawFoot(bench, exchange, card, foot);
  const offers = { bench, exchange, card, foot, redraw };
  const suggestions = card.suggestions ?? [];
  const closed = outcome.overridden || (card.selectionBehavior === "at-most-one" && outcome.accepted.length > 0);
  const override = h("button", { type: "button", class: "quiet", disabled: outcome.overridden, on: { click: showForm } }, "Override…");
  fill(
    foot,
    h("div", { class: "offers" },
      suggestions.map((/** @type {Json} */ suggestion) => offer(offers, suggestion, closed)),
      (card.links ?? []).map(link),
      override),
    suggestions.length > 1 && card.selectionBehavior === "at-most-one" && h("p", { class: "muted small" }, "At most one of these may be chosen."),
    leftOut(exchange, card),
    outcome.said && h("p", { class: outcome.failed ? "failure small" : "outcome small", tabindex: -1 }, outcome.said),
  );

  function showForm() {
    const form = overrideForm(card, async (reason, comment) => {
      await sendOverridden(exchange, card, reason, comment);
      redraw();
      tellOutcome(foot);
    }, () => {
      form.remove();
      override.hidden = false;
      override.focus();
    });
    override.hidden = true;
    foot.append(form);
    form.querySelector("select, textarea")?.focus();
  }
}

/**
 * @param {{bench: Bench, exchange: Exchange, card: Json, foot: HTMLElement, redraw: () => void}} given
 * @param {Json} suggestion
 * @param {boolean} closed
 */
function offer({ bench, exchange, card, foot, redraw }, suggestion, closed) {
  const taken = outcomeOf(exchange, card).accepted.includes(suggestion.uuid);
  const words = (bench.ehr.shows_labels ? null : suggestion.actions?.[0]?.description) ?? suggestion.label;
  const accept = async () => {
    act(bench, exchange, suggestion);
    const sent = sendAccepted(exchange, card, suggestion);
    redraw();
    await sent;
    redraw();
    tellOutcome(foot);
  };
  return h("button", {
    type: "button", class: suggestion.isRecommended ? "suggestion recommended" : "suggestion", disabled: taken || closed,
    "data-suggestion": suggestion.uuid, on: { click: accept },
  }, taken ? "Done: " : "", words, suggestion.isRecommended ? h("span", { class: "small" }, " (recommended)") : null);
}

/** Say what became of the card; the button that had the focus is closed now. @param {HTMLElement} foot */
function tellOutcome(foot) {
  const said = /** @type {HTMLElement | null} */ (foot.querySelector("[tabindex]"));
  announce(said?.textContent ?? "");
  said?.focus();
}

/** Do to the drafts what was accepted. @param {Bench} bench @param {Exchange} exchange @param {Json} suggestion */
function act(bench, exchange, suggestion) {
  const actions = (suggestion.actions ?? []).slice(0, bench.ehr.actions || undefined);
  for (const action of actions) {
    const changed = action.resource;
    if (action.type === "delete") bench.drafts = bench.drafts.filter((draft) => reference(draft) !== action.resourceId);
    if (action.type === "create") {
      const resource = { ...changed, id: changed.id ?? `draft-${crypto.randomUUID().slice(0, 8)}` };
      bench.drafts = [...bench.drafts, resource];
      announce(`${draftName(resource)} added to the orders`);
    }
    if (action.type === "update") bench.drafts = bench.drafts.map((draft) => (reference(draft) === reference(changed) ? changed : draft));
  }
  if (exchange.hook !== "patient-view") exchange.outdated = true;
  bench.tell("drafts");
}

/** Suggestions that this kind of EHR is not offered. @param {Exchange} exchange @param {Json} card */
function leftOut(exchange, card) {
  const topic = card.source?.topic?.code;
  const full = (exchange.generic?.cards ?? []).find((/** @type {Json} */ each) => each.source?.topic?.code === topic);
  const here = new Set((card.suggestions ?? []).map((/** @type {Json} */ each) => each.label));
  const missing = (full?.suggestions ?? []).filter((/** @type {Json} */ each) => !here.has(each.label));
  return missing.length
    ? h("div", { class: "dropped small" }, h("strong", {}, "Left out for this kind of EHR: "), missing.map((/** @type {Json} */ each) => each.label).join("; "))
    : null;
}

/** @param {Json} given */
function link(given) {
  if (given.type === "smart") return h("button", { type: "button", class: "suggestion", disabled: true, title: "An EHR would launch this SMART app" }, `${given.label} (SMART app)`);
  return isWebAddress(given.url) ? webLink(given.url, given.label) : h("span", {}, given.label);
}

/** @param {Json} card */
function source(card) {
  const { label, url } = card.source ?? {};
  return h("p", { class: "source muted small" }, "Source: ", isWebAddress(url) ? webLink(url, label) : label);
}

/** @param {string} url @param {string} label */
function webLink(url, label) {
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label, h("span", { class: "unseen" }, " (opens apart)"));
}

/** @param {unknown} url */
function isWebAddress(url) {
  return typeof url === "string" && /^https?:\/\//i.test(url);
}
