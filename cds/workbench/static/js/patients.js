/** The list of patients: by theme, all others folded, and a box to find one. */
import { byId, fill, h } from "./dom.js";
/** @typedef {import("./bench.js").Bench} Bench */

/** @param {Bench} bench */
export function showPatients(bench) {
  const { themes } = bench.start;
  const box = h("input", { type: "search", id: "find-patient", autocomplete: "off", on: { input: narrow } });
  const none = h("p", { class: "muted", hidden: true }, "No patient of that name.");
  const groups = themes.map((theme, place) => group(bench, theme, place === themes.length - 1));
  fill(
    byId("patient-list"),
    h("label", { class: "field", for: "find-patient" }, "Find a patient", box),
    ...groups.map((each) => each.element),
    none,
  );
  bench.addEventListener("changed", (event) => {
    if (/** @type {CustomEvent} */ (event).detail === "patient") mark(bench.patient?.id);
  });

  function narrow() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const each of groups) {
      let here = 0;
      for (const { item, text } of each.items) {
        item.hidden = !words.every((/** @type {string} */ word) => text.includes(word));
        if (!item.hidden) here += 1;
      }
      each.element.hidden = here === 0;
      if (each.element instanceof HTMLDetailsElement) each.element.open = words.length > 0 && here > 0;
      found += here;
    }
    none.hidden = found > 0;
  }
}

/** @param {Bench} bench @param {any} theme @param {boolean} folded */
function group(bench, theme, folded) {
  const items = theme.patients.map((/** @type {any} */ patient) => {
    const button = h(
      "button",
      { type: "button", class: "patient", "data-patient": patient.id, on: { click: () => { bench.openStory(patient.id); showChart(); } } },
      patient.title,
    );
    return { item: h("li", {}, button), text: `${patient.title} ${patient.proves} ${patient.id}`.toLowerCase() };
  });
  const list = h("ul", { class: "plain" }, items.map((/** @type {any} */ each) => each.item));
  const element = folded
    ? h("details", { class: "theme" }, h("summary", {}, `${theme.name} (${items.length})`), list)
    : h("section", { class: "theme" }, h("h3", {}, theme.name), list);
  return { element, items };
}

/** Where the list stands above the chart, go on to the chart. */
function showChart() {
  if (matchMedia("(max-width: 54rem)").matches) byId("chart").scrollIntoView();
}

/** @param {string | undefined} id */
function mark(id) {
  for (const button of document.querySelectorAll("[data-patient]")) {
    const chosen = /** @type {HTMLElement} */ (button).dataset.patient === id;
    if (chosen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}
