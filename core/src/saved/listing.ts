/** Edits and programs as text: listed, and told apart line by line. */
import type { Host } from "../tensor/host.ts";
import type { Part } from "./file.ts";

/** The text of a part, then a line for each of its tensors with a mark of its numbers. */
export function textOf({ form, tensors }: Part): string {
  const lines = [...tensors].map(
    ([name, host]) => `${name} ${host.dtype}[${host.shape.join(", ")}] ${markOf(host)}`,
  );
  return [form.text.trim(), ...lines].join("\n");
}

/** FNV-1a over the bytes: differs where the numbers do. */
function markOf({ data }: Host): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let mark = 0x811c9dc5;
  for (const byte of bytes) mark = Math.imul(mark ^ byte, 0x01000193);
  return (mark >>> 0).toString(16).padStart(8, "0");
}

/** Lines of both, in order: `- ` of the first alone, `+ ` of the second alone, `  ` of both (by their longest common sequence). */
export function difference(first: readonly string[], second: readonly string[]): string[] {
  const lengths = Array.from({ length: first.length + 1 }, () => new Uint32Array(second.length + 1));
  for (let i = first.length - 1; i >= 0; i--)
    for (let j = second.length - 1; j >= 0; j--)
      lengths[i]![j] =
        first[i] === second[j]
          ? lengths[i + 1]![j + 1]! + 1
          : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < first.length || j < second.length)
    if (i < first.length && first[i] === second[j]) {
      lines.push(`  ${first[i++]}`);
      j++;
    } else if (j === second.length || (i < first.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!))
      lines.push(`- ${first[i++]}`);
    else lines.push(`+ ${second[j++]}`);
  return lines;
}
