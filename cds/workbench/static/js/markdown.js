/** The Markdown of a card: no HTML, no pictures, no tables, and links that open apart from this page. */
import markdownIt from "../vendor/markdown-it.esm.min.js";

/** @type {any} */
const markdown = markdownIt({ html: false, linkify: false, breaks: false }).disable(["image", "table"]);

markdown.core.ruler.push("apart", (/** @type {any} */ state) => {
  for (const token of state.tokens.flatMap((/** @type {any} */ each) => each.children ?? [])) {
    if (token.type === "link_open") {
      token.attrSet("target", "_blank");
      token.attrSet("rel", "noopener noreferrer");
    }
  }
});

/** @param {string} text @returns {HTMLElement} */
export function markdownBlock(text) {
  const block = document.createElement("div");
  block.className = "markdown";
  block.innerHTML = markdown.render(text); // markdown-it escapes whatever is not Markdown of its own
  return block;
}
