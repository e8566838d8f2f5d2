/** Which kind of EHR is played, and what that kind does otherwise. */
import { byId, fill, h } from "./dom.js";
/** @typedef {import("./bench.js").Bench} Bench */

/** @param {Bench} bench */
export function showProfiles(bench) {
  const select = /** @type {HTMLSelectElement} */ (byId("profile"));
  fill(select, bench.start.profiles.map((profile) => h("option", { value: profile.id, selected: profile.id === bench.profile }, profile.name)));
  select.addEventListener("change", () => bench.showAs(select.value));
}

/** @param {Bench} bench */
export function showProfileNotes(bench) {
  const profile = bench.ehr;
  const place = byId("profile-notes");
  if (profile.id === "generic") {
    fill(place);
    return;
  }
  const hook = bench.exchanges[bench.shown]?.hook;
  const uncalled = hook && !profile.hooks.includes(hook);
  fill(place, h("div", { class: "profile-note" },
    h("strong", {}, `As ${profile.name} shows it`),
    uncalled && h("p", { class: "warn" }, `${profile.name} does not call ${hook}; without it nobody would see the cards of this call.`),
    h("ul", {}, profile.notes.map((note) => h("li", {}, note)))));
}
