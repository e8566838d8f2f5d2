/** Elements without innerHTML: text stays text. */

/**
 * @param {string} tag
 * @param {Record<string, any>} [given] attributes; `on` holds listeners, `class` a class, false and null are left out
 * @param {...any} children elements, text, lists of them; null and false are left out
 * @returns {any}
 */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    else if (name === "value") /** @type {any} */ (element).value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...shownOf(children));
  return element;
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

/** Replace what an element holds. @param {HTMLElement} place @param {...any} children */
export function fill(place, ...children) {
  place.replaceChildren(...shownOf(children));
}

/** @param {any[]} children however nested @returns {(Node | string)[]} */
function shownOf(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

/** Say something to a screen reader. @param {string} text */
export function announce(text) {
  const news = byId("news");
  news.textContent = news.textContent === text ? `${text} ` : text;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
