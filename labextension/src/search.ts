/** A field to find something by its name, and how much was found. */
import { html } from "./dom.ts";

/** `find` is called with what is written so far, and says what came of it. */
export function search(label: string, find: (words: string) => string): HTMLElement {
  const field = html("input", "nnsight-search");
  Object.assign(field, { type: "search", placeholder: "find", ariaLabel: label, spellcheck: false });
  const said = html("span", "nnsight-dim");
  said.setAttribute("role", "status");
  field.addEventListener("input", () => (said.textContent = find(field.value.trim())));
  return html("label", "nnsight-search-field", field, said);
}
