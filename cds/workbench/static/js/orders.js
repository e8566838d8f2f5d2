/** Order entry: drafts are put in, taken out and signed. Nothing is ordered; the service is asked. */
import { announce, byId, counted, fill, h } from "./dom.js";
import { combobox } from "./combobox.js";
import { reference } from "./bench.js";
import { nameOf } from "./history.js";
/** @typedef {import("./bench.js").Bench} Bench */
/** @typedef {import("./types.js").Orderable} Orderable */
/** @typedef {import("./types.js").Json} Json */

const MOST = 40;

/** @param {Bench} bench */
export function showOrderEntry(bench) {
  const entry = combobox({
    id: "order-search",
    label: "Add an order",
    hint: "Medicine, brand or vaccine",
    find: (text) => findOrderables(bench.start.orderables, text),
    show: (item) => [
      h("span", {}, item.name),
      h("span", { class: "muted small" }, [item.kind, item.found].filter(Boolean).join(" · ")),
    ],
    choose: (item) => {
      bench.addDraft(draftOf(item, bench));
      announce(`${item.name} added`);
    },
  });
  const drafts = h("div", { id: "drafts" });
  const sign = h("button", { type: "button", id: "sign", class: "primary", on: { click: () => bench.sign() } }, "Sign orders");
  const about = h("p", { class: "muted small" }, "Signing asks the service, as an EHR would. Nothing is really ordered.");
  const form = h("div", { class: "order-form" }, entry, drafts, h("div", { class: "sign-row" }, sign, about));
  fill(byId("order-entry"), form);
  const draw = () => {
    fill(drafts, draftList(bench));
    sign.disabled = !bench.patient || !bench.drafts.length;
    document.getElementById("order-search")?.toggleAttribute("disabled", !bench.patient);
  };
  bench.addEventListener("changed", (event) => {
    if (["patient", "drafts", "reasoning"].includes(/** @type {CustomEvent} */ (event).detail)) draw();
  });
  draw();
}

/** @param {Bench} bench */
function draftList(bench) {
  if (!bench.patient) return h("p", { class: "empty" }, "Choose a patient first.");
  if (!bench.drafts.length) return h("p", { class: "empty" }, "No draft order.");
  return h("ul", { class: "plain drafts", "aria-label": counted(bench.drafts.length, "draft order") }, bench.drafts.map((draft) => draftItem(draft, bench)));
}

/** @param {Json} draft @param {Bench} bench */
function draftItem(draft, bench) {
  const name = draftName(draft);
  const read = bench.reasoning?.chart.drafts.find((/** @type {any} */ each) => each.reference === reference(draft));
  const dose = [draft.dosageInstruction].flat().map((each) => each?.text).find((text) => typeof text === "string");
  const particulars = [
    draft.resourceType === "MedicationRequest" ? dose : draft.resourceType === "ServiceRequest" ? "test order" : draft.resourceType,
    read?.drugs.some((/** @type {string} */ drug) => !name.toLowerCase().includes(drug)) ? `read as ${read.drugs.join(", ")}` : "",
    read?.action === "stop" ? "this order stops it" : "",
    read && !read.recognised ? "not recognised" : "",
  ].filter(Boolean);
  const remove = () => {
    bench.removeDraft(reference(draft));
    announce(`${name} removed`);
    document.getElementById("order-search")?.focus();
  };
  return h("li", { class: "draft", "data-draft": reference(draft) },
    h("span", { class: "draft-name" }, h("strong", {}, name), particulars.length ? h("span", { class: "muted small block" }, particulars.join(" · ")) : null),
    h("button", { type: "button", class: "quiet", "aria-label": `Remove ${name}`, on: { click: remove } }, "Remove"));
}

/** @param {Json} draft */
export function draftName(draft) {
  const contained = [draft.contained].flat().find((/** @type {any} */ each) => each?.resourceType === "Medication");
  return nameOf(draft.medicationCodeableConcept) || nameOf(draft.code) || nameOf(draft.vaccineCode) || nameOf(contained?.code)
    || draft.medicationReference?.display || "Order without a name";
}

/** @param {Orderable[]} orderables @param {string} text @returns {(Orderable & {found: string})[]} */
function findOrderables(orderables, text) {
  const wanted = text.toLowerCase();
  const ranked = orderables.flatMap((item) => {
    const name = item.name.toLowerCase();
    const other = item.names.find((each) => each.toLowerCase().includes(wanted));
    const rank = name.startsWith(wanted) ? 0 : other?.toLowerCase().startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : other ? 3 : -1;
    return rank < 0 ? [] : [{ rank, item: { ...item, found: name.includes(wanted) ? "" : other ?? "" } }];
  });
  ranked.sort((one, two) => one.rank - two.rank);
  const found = ranked.slice(0, MOST).map((each) => each.item);
  return [...found, { id: "free-text", name: text, kind: "as free text, without a code", names: [], system: "", code: "", found: "" }];
}

/** @param {Orderable} item @param {Bench} bench @returns {Json} */
function draftOf(item, bench) {
  const coding = item.code ? { coding: [{ system: item.system, code: item.code, display: item.name }] } : {};
  return {
    resourceType: "MedicationRequest",
    id: `draft-${crypto.randomUUID().slice(0, 8)}`,
    status: "draft",
    intent: "order",
    medicationCodeableConcept: { ...coding, text: item.name },
    subject: { reference: `Patient/${bench.patient?.request.context.patientId}` },
    authoredOn: bench.moment.toISOString(),
  };
}
