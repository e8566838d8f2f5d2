/** Who the patient is and what the story shows; or why nothing could be opened. */
import { counted, byId, fill, h } from "./dom.js";
import { age, longDay } from "./dates.js";
/** @typedef {import("./bench.js").Bench} Bench */

/** @param {Bench} bench */
export function showBanner(bench) {
  const { patient, patientFailure } = bench;
  const place = byId("patient");
  if (patientFailure) {
    fill(
      place,
      h("div", { class: "failure", role: "alert" }, h("strong", {}, "This could not be opened. "), patientFailure.message),
      patient && body(bench, patient),
    );
  } else {
    fill(place, patient ? body(bench, patient) : intro(bench));
  }
  if (patient) document.body.dataset.patient = "yes";
}

/** What there is to see, before anything is chosen. @param {Bench} bench */
function intro(bench) {
  const first = bench.start.themes[0]?.patients[0];
  return h("section", { class: "intro" },
    h("h1", {}, "See what the service says at an order, and why"),
    h("p", {}, "A small EHR with invented patients. It sends this service the same CDS Hooks requests that a hospital's EHR would, and shows the cards that come back."),
    h("ol", {},
      h("li", {}, h("strong", {}, "Choose a patient. "), "Counts, medicines and the first answer appear, as at the opening of a chart."),
      h("li", {}, h("strong", {}, "Draft an order and sign it. "), "The cards say what speaks against it; accept a suggestion or override the card."),
      h("li", {}, h("strong", {}, "Ask why. "), "Each card explains its arithmetic; the slider goes back to any day.")),
    first && h("button", { type: "button", class: "primary", on: { click: () => bench.openStory(first.id) } }, `Begin with “${first.title}”`),
    h("p", { class: "muted small" }, "Or drop a FHIR R4 Bundle or a hook request anywhere on this page. What is dropped stays on this machine."));
}

/** @param {Bench} bench @param {import("./types.js").Patient} patient */
function body(bench, patient) {
  const person = patient.request.prefetch?.patient ?? {};
  const name = [person.name].flat().map(nameOf).find(Boolean);
  const born = typeof person.birthDate === "string" ? person.birthDate : "";
  const facts = [
    name,
    ["male", "female", "other"].includes(person.gender) ? person.gender : "sex not recorded",
    born ? `born ${longDay(born)} (${age(born, bench.moment)})` : "date of birth not recorded",
    `Patient/${patient.request.context.patientId}`,
  ].filter(Boolean);
  return h(
    "header",
    { class: "banner" },
    h("h1", { id: "patient-title" }, patient.title),
    patient.proves && h("p", { class: "proves" }, patient.proves),
    h("p", { class: "muted facts" }, facts.join(" · ")),
    patient.others.length > 0 && chooser(bench, patient),
    patient.notes.map((note) => h("p", { class: "note" }, note)),
  );
}

/** @param {Bench} bench @param {any} patient */
function chooser(bench, patient) {
  const choose = (/** @type {any} */ event) => bench.openDocument(patient.title, patient.text, event.target.value);
  const options = patient.others.map((/** @type {string} */ id) =>
    h("option", { value: id, selected: id === patient.request.context.patientId }, id));
  return h("label", { class: "field inline" }, `One of ${counted(patient.others.length, "patient")} in this document`,
    h("select", { on: { change: choose } }, options));
}

/** @param {any} name */
function nameOf(name) {
  const given = Array.isArray(name?.given) ? name.given : [];
  return typeof name?.text === "string" ? name.text : [...given, name?.family].filter((part) => typeof part === "string").join(" ");
}
