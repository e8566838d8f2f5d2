/** Opens the page: fetches what it needs, and lets each part show itself whenever something changes. */
import { ask, Failure } from "./api.js";
import { showAsOf } from "./as-of.js";
import { showBanner } from "./banner.js";
import { Bench } from "./bench.js";
import { showCards, showWhetherOutdated } from "./cards.js";
import { showCounts } from "./counts.js";
import { announce, byId, counted, fill, h } from "./dom.js";
import { showExchange } from "./exchange.js";
import { showReasoning } from "./explain.js";
import { showConditions, showMedicines } from "./history.js";
import { showOrderEntry } from "./orders.js";
import { showOwnData } from "./own-data.js";
import { showPatients } from "./patients.js";
import { showPlot } from "./plot.js";
import { showProfileNotes, showProfiles } from "./profiles.js";

/** What is drawn anew when something has changed. @type {Record<string, ((bench: Bench) => void)[]>} */
const DRAWN = {
  patient: [showBanner, showAsOf, showPlot, showCounts, showMedicines, showConditions, opening, orders, showExchange, showReasoning],
  drafts: [showWhetherOutdated, showPlot],
  "as-of": [showAsOf],
  profile: [showProfileNotes],
  opening: [opening, orders, showExchange, showProfileNotes],
  orders: [opening, orders, showExchange, showProfileNotes],
  shown: [showExchange],
  reasoning: [showBanner, showAsOf, showPlot, showCounts, showMedicines, showConditions, silence, showReasoning],
};

start();

async function start() {
  try {
    const bench = new Bench((await ask("/sandbox/api/start")).json);
    bench.addEventListener("changed", (event) => changed(bench, /** @type {CustomEvent} */ (event).detail));
    showProfiles(bench);
    showPatients(bench);
    showOwnData(bench);
    showOrderEntry(bench);
    changed(bench, "patient");
    fill(byId("foot"), `leukocds ${bench.start.version}, knowledge ${bench.start.knowledge}. Not a cleared medical device.`);
    const redraw = () => showPlot(bench);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    new ResizeObserver(soon(redraw)).observe(byId("plot-box"));
    document.body.dataset.ready = "yes";
  } catch (error) {
    const why = error instanceof Failure ? error.message : "Something went wrong on this page.";
    fill(byId("patient"), h("div", { class: "failure", role: "alert" }, h("strong", {}, "The sandbox could not be opened. "), why));
    throw error;
  }
}

/** @param {Bench} bench @param {string} what */
function changed(bench, what) {
  for (const show of DRAWN[what] ?? []) show(bench);
  if (what === "opening" || what === "orders") tellNews(bench.exchanges[what]);
}

/** @param {Bench} bench */
function opening(bench) {
  showCards(bench, "opening");
}

/** @param {Bench} bench */
function orders(bench) {
  showCards(bench, "orders");
}

/** What a silent answer has looked at is known only now. @param {Bench} bench */
function silence(bench) {
  const exchange = bench.exchanges[bench.shown];
  if (exchange?.state === "answered" && !exchange.response?.cards.length) showCards(bench, bench.shown);
}

/** @param {import("./types.js").Exchange | null} exchange */
function tellNews(exchange) {
  if (exchange?.state !== "answered") return; // a failure is an alert by itself
  const cards = exchange.response?.cards ?? [];
  const loudest = ["critical", "warning", "info"].find((indicator) => cards.some((/** @type {any} */ card) => card.indicator === indicator));
  announce(cards.length ? `${exchange.hook}: ${counted(cards.length, "card")}, the most urgent is ${loudest}. ${cards[0].summary}` : `${exchange.hook}: no card.`);
}

/** At most once per frame. @param {() => void} run */
function soon(run) {
  let waiting = false;
  let width = byId("plot-box").clientWidth;
  return () => {
    const now = byId("plot-box").clientWidth;
    if (waiting || now === width) return;
    width = now;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; run(); });
  };
}
