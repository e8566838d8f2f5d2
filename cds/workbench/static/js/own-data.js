/** Data of one's own: dropped anywhere, chosen as a file, or pasted. They stay on this machine. */
import { byId, fill, h } from "./dom.js";
/** @typedef {import("./bench.js").Bench} Bench */

/** @param {Bench} bench */
export function showOwnData(bench) {
  const file = h("input", { type: "file", id: "own-file", accept: ".json,.ndjson,application/json", on: { change: chosen } });
  const text = h("textarea", { id: "own-text", rows: 4, spellcheck: "false", autocomplete: "off" });
  fill(
    byId("own"),
    h("p", { class: "muted" }, "A FHIR R4 Bundle or a hook request: drop it anywhere, or"),
    h("label", { class: "field", for: "own-file" }, "Open a file", file),
    h(
      "details",
      { class: "theme" },
      h("summary", {}, "Paste JSON"),
      h("label", { class: "field", for: "own-text" }, "FHIR Bundle or hook request", text),
      h("button", { type: "button", on: { click: () => open("Pasted data", text.value) } }, "Open what is pasted"),
    ),
    h("button", { type: "button", class: "patient", "data-patient": "nobody", on: { click: () => bench.openNobody() } },
      "A patient without data"),
  );
  acceptDrops();

  async function chosen() {
    const [first] = file.files ?? [];
    if (first) open(first.name, await first.text());
    file.value = "";
  }

  function acceptDrops() {
    const veil = byId("drop-veil");
    let inside = 0;
    document.addEventListener("dragenter", (event) => { event.preventDefault(); inside += 1; veil.hidden = false; });
    document.addEventListener("dragleave", () => { inside -= 1; if (inside <= 0) veil.hidden = true; });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", async (event) => {
      event.preventDefault();
      inside = 0;
      veil.hidden = true;
      const [dropped] = event.dataTransfer?.files ?? [];
      if (dropped) open(dropped.name, await dropped.text());
      else if (event.dataTransfer?.getData("text")) open("Dropped text", event.dataTransfer.getData("text"));
    });
  }

  /** @param {string} name @param {string} content */
  function open(name, content) {
    bench.openDocument(name, joined(content));
  }
}

/** NDJSON as one Bundle; anything else as it is. @param {string} content */
function joined(content) {
  const lines = content.split("\n").map((line) => line.trim()).filter(Boolean);
  if (lines.length < 2) return content;
  try {
    const resources = lines.map((line) => JSON.parse(line));
    return JSON.stringify({ resourceType: "Bundle", type: "collection", entry: resources.map((resource) => ({ resource })) });
  } catch {
    return content;
  }
}
