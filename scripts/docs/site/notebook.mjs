// A notebook as a page: its text, its code, and under each cell what it shows, pictures as files.
import { stripVTControlCharacters } from "node:util";

const textOf = (source) => [source].flat().join("");

/** Fenced so that nothing in the text ends the fence. */
const fenced = (language, text) => `\`\`\`\`${language}\n${text.replace(/\n$/, "")}\n\`\`\`\``;

/** `put(name, bytes)` keeps a picture and gives its address. */
export function pageOfNotebook({ cells }, name, put) {
  let pictures = 0;
  const shown = (output) => {
    if (output.output_type === "stream") return fenced("text", stripVTControlCharacters(textOf(output.text)));
    if (output.output_type === "error") return fenced("text", `${output.ename}: ${output.evalue}`);
    const {
      "image/png": png,
      "image/svg+xml": svg,
      "text/markdown": markdown,
      "text/plain": plain,
    } = output.data;
    pictures++;
    if (png)
      return `![](${put(`${name}-${pictures}.png`, Buffer.from(textOf(png), "base64"))}){.nnsight-picture}`;
    if (svg) return `![](${put(`${name}-${pictures}.svg`, Buffer.from(textOf(svg)))})`;
    if (markdown) return textOf(markdown);
    return plain === undefined ? "" : fenced("text", stripVTControlCharacters(textOf(plain)));
  };
  return cells
    .map((cell) =>
      cell.cell_type === "markdown"
        ? textOf(cell.source)
        : [fenced("ts", textOf(cell.source)), ...cell.outputs.map(shown)].filter(Boolean).join("\n\n"),
    )
    .join("\n\n")
    .concat("\n");
}
