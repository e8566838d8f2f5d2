/** The last call and its answer as JSON, to be read and copied. */
import { address } from "./api.js";
import { announce, byId, fill, h } from "./dom.js";
import { asCurl } from "./request.js";
import { progress } from "./cards.js";
/** @typedef {import("./bench.js").Bench} Bench */

/** @param {Bench} bench */
export function showExchange(bench) {
  const exchange = bench.exchanges[bench.shown];
  const place = byId("exchange-panes");
  showChoice(bench);
  if (!exchange) {
    fill(place, h("p", { class: "empty" }, "The request and its answer stand here as JSON."));
    return;
  }
  const url = address(`/cds-services/${exchange.service}`);
  const request = JSON.stringify(exchange.request, null, 2);
  const answer = exchange.response ? JSON.stringify(exchange.response, null, 2) : exchange.failure?.body ? pretty(exchange.failure.body) : "";
  const headers = Object.entries(exchange.headers).map(([name, value]) => `${name}: ${value}`);
  fill(
    place,
    pane("Request", [`POST ${url}`, ...headers].join("\n"), request, [
      copy("Copy JSON", () => request),
      copy("Copy as curl", () => asCurl(url, exchange.headers, exchange.request)),
    ]),
    pane("Response", progress(exchange), answer, answer ? [copy("Copy JSON", () => answer)] : []),
  );
}

/** @param {Bench} bench */
function showChoice(bench) {
  const { opening, orders } = bench.exchanges;
  const choose = (/** @type {"opening" | "orders"} */ slot) => {
    bench.shown = slot;
    bench.tell("shown");
    bench.reason();
  };
  fill(byId("exchange-choice"), opening && orders && h("div", { class: "switch", role: "group", "aria-label": "Which call" },
    [/** @type {const} */ ("opening"), /** @type {const} */ ("orders")].map((slot) =>
      h("button", { type: "button", "aria-pressed": String(bench.shown === slot), on: { click: () => choose(slot) } }, bench.exchanges[slot]?.hook))));
}

/** @param {string} title @param {string} head @param {string} json @param {Node[]} buttons */
function pane(title, head, json, buttons) {
  return h("section", { class: "pane", "aria-label": title },
    h("div", { class: "pane-head" }, h("h3", {}, title), h("div", { class: "offers" }, buttons)),
    h("p", { class: "muted small mono" }, head),
    h("pre", { tabindex: 0, "aria-label": `${title} as JSON` }, json || "Nothing yet."));
}

/** @param {string} words @param {() => string} text */
function copy(words, text) {
  const button = h("button", { type: "button", class: "quiet", on: { click: async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
      announce("Copied");
    } catch {
      button.textContent = "The browser does not allow it";
    }
    setTimeout(() => { button.textContent = words; }, 2000);
  } } }, words);
  return button;
}

/** @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
