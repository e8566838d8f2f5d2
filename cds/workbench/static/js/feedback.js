/** What became of a card, told to the service as CDS Hooks 2.0.1 has it. */
import { Failure, post } from "./api.js";
/** @typedef {import("./types.js").Json} Json */
/** @typedef {import("./types.js").Exchange} Exchange */

/** @param {Exchange} exchange @param {Json} card @returns {import("./types.js").Outcome} */
export function outcomeOf(exchange, card) {
  const known = exchange.outcomes.get(card.uuid);
  if (known) return known;
  const outcome = { accepted: [], overridden: false, said: "", failed: false };
  exchange.outcomes.set(card.uuid, outcome);
  return outcome;
}

/** @param {Exchange} exchange @param {Json} card @param {Json} suggestion */
export async function sendAccepted(exchange, card, suggestion) {
  const outcome = outcomeOf(exchange, card);
  outcome.accepted.push(suggestion.uuid);
  await send(exchange, card, { outcome: "accepted", acceptedSuggestions: [{ id: suggestion.uuid }] }, "Accepted");
}

/** @param {Exchange} exchange @param {Json} card @param {Json | null} reason @param {string} comment */
export async function sendOverridden(exchange, card, reason, comment) {
  outcomeOf(exchange, card).overridden = true;
  /** @type {Json} */
  const told = { outcome: "overridden" };
  if (reason || comment) {
    told.overrideReason = {
      ...(reason ? { reason: { code: reason.code, system: reason.system, display: reason.display } } : {}),
      ...(comment ? { userComment: comment } : {}),
    };
  }
  await send(exchange, card, told, reason ? `Overridden: ${reason.display}` : "Overridden");
}

/** @param {Exchange} exchange @param {Json} card @param {Json} told @param {string} words */
async function send(exchange, card, told, words) {
  const outcome = outcomeOf(exchange, card);
  const body = { feedback: [{ card: card.uuid, ...told, outcomeTimestamp: new Date().toISOString() }] };
  try {
    const { status } = await post(`/cds-services/${exchange.service}/feedback`, body);
    outcome.said = `${words}. Feedback was sent and received (HTTP ${status}).`;
    outcome.failed = false;
  } catch (error) {
    const why = error instanceof Failure ? error.message : "Something went wrong on this page.";
    outcome.said = `${words}, but the feedback did not arrive: ${why}`;
    outcome.failed = true;
  }
}
