/** A box to search in, after the combobox pattern of the ARIA Authoring Practices: arrows, Enter, Escape. */
import { announce, counted, fill, h } from "./dom.js";

/**
 * @template Item
 * @param {{id: string, label: string, hint: string, find: (text: string) => Item[], show: (item: Item) => Node[], choose: (item: Item) => void}} given
 * @returns {HTMLElement}
 */
export function combobox({ id, label, hint, find, show, choose }) {
  /** @type {Item[]} */ let found = [];
  let active = -1;
  const list = h("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, class: "options", hidden: true });
  const input = h("input", {
    id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: hint,
    "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list",
    on: { input: () => open(), keydown: pressed, blur: () => close(), focus: () => input.value && open() },
  });
  list.addEventListener("pointerdown", (/** @type {Event} */ event) => event.preventDefault()); // keeps the focus in the box
  return h("div", { class: "combobox" }, h("label", { for: id }, label), input, list);

  function open() {
    found = input.value.trim() ? find(input.value.trim()) : [];
    active = found.length ? 0 : -1;
    draw();
    if (input.value.trim()) announce(`${counted(found.length, "medicine")} found`);
  }

  function close() {
    found = [];
    active = -1;
    draw();
  }

  function draw() {
    fill(list, found.map((item, place) =>
      h("li", { id: `${id}-${place}`, role: "option", "aria-selected": String(place === active), on: { click: () => take(place) } }, show(item))));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `${id}-${active}`);
      list.children[active]?.scrollIntoView({ block: "nearest" });
    }
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!found.length) open();
      else {
        active = (active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
        draw();
      }
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(active);
    } else if (event.key === "Escape") {
      if (found.length) close();
      else input.value = "";
    }
  }

  /** @param {number} place */
  function take(place) {
    const item = found[place];
    input.value = "";
    close();
    choose(item);
  }
}
