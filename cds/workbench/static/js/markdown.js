/** The Markdown of a card: no HTML, no pictures, no tables, and links that open apart from this page. */
import MarkdownIt from "../vendor/markdown-it.esm.min.js";

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: false }).disable(["image", "table"]);

markdown.renderer.rules.link_open = (/** @type {any} */ tokens, /** @type {number} */ index, options, _env, self) => {
  tokens[index].attrSet("target", "_blank");
  tokens[index].attrSet("rel", "noopener noreferrer");
  return self.renderToken(tokens, index, options);
};

/** @param {string} text @returns {HTMLElement} */
export function markdownBlock(text) {
  const block = document.createElement("div");
  block.className = "markdown";
  block.innerHTML = markdown.render(text); // markdown-it escapes whatever is not Markdown of its own
  return block;
}
