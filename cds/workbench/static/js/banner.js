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
    fill(place, patient && body(bench, patient));
  }
}

/** @param {Bench} bench @param {import("./types.js").Patient} patient */
function body(bench, patient) {
  const person = patient.request.prefetch?.patient ?? {};
  const name = (person.name ?? []).map(nameOf).find(Boolean);
  const born = typeof person.birthDate === "string" ? person.birthDate : "";
  const facts = [
    name,
    typeof person.gender === "string" ? person.gender : "sex not recorded",
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
