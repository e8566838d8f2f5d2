/** Setting a card aside, with one of its own reasons and a comment. */
import { h } from "./dom.js";
/** @typedef {import("./types.js").Json} Json */

/**
 * @param {Json} card
 * @param {(reason: Json | null, comment: string) => void} send
 * @param {() => void} cancel
 */
export function overrideForm(card, send, cancel) {
  const reasons = card.overrideReasons ?? [];
  const id = `override-${card.uuid}`;
  const select = h("select", { id: `${id}-reason` },
    h("option", { value: "" }, "No reason given"),
    reasons.map((/** @type {Json} */ reason, /** @type {number} */ place) => h("option", { value: String(place) }, reason.display)));
  const comment = h("textarea", { id: `${id}-comment`, rows: 2 });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    send(select.value === "" ? null : reasons[Number(select.value)], comment.value.trim());
  };
  return h("form", { class: "override", "aria-label": "Override this card", on: { submit, keydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && cancel() } },
    reasons.length > 0 && h("label", { class: "field" }, "Reason", select),
    h("label", { class: "field" }, "Comment (optional, no names)", comment),
    h("div", { class: "offers" },
      h("button", { type: "submit", class: "primary" }, "Override the card"),
      h("button", { type: "button", class: "quiet", on: { click: cancel } }, "Cancel")));
}
