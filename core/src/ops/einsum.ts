/** Sums of products by letters: reads the equation, brings the dimensions in line, and multiplies matrices pair by pair. */
import { ValueError } from "../base/errors.ts";
import { printType } from "../tensor/type.ts";
import { mul } from "./arithmetic.ts";
import { type Composition, composition, type Part, type Steps } from "./compose.ts";
import { diagonal } from "./diagonal.ts";
import { matmul } from "./linear.ts";
import { permute, unsqueeze } from "./movement.ts";
import { sum } from "./reduce.ts";
import type { Draft } from "./spec.ts";

/** A tensor and the letter of each of its dimensions. Leading ones under "..." are digits from the right. */
interface Lettered {
  readonly part: Part;
  readonly letters: readonly string[];
}

export const einsumOf = <A extends readonly unknown[]>(
  call: Composition<A, { readonly equation: string }, never>["call"],
): Draft<A, { readonly equation: string }, never> =>
  composition({
    call,
    make: (steps, parts, { equation }) => {
      const { terms, result } = read(equation, parts as readonly Part[]);
      let left = once(steps, terms[0]!);
      for (const [i, term] of terms.slice(1).entries()) {
        const later = new Set([...result, ...terms.slice(i + 2).flatMap(({ letters }) => letters)]);
        left = contract(steps, left, once(steps, term), later);
      }
      return arranged(steps, summed(steps, left, new Set(result)), result);
    },
  });

function read(equation: string, parts: readonly Part[]): { terms: Lettered[]; result: string[] } {
  const [inputs, output, ...more] = equation.replaceAll(" ", "").split("->");
  const given = inputs!.split(",");
  const fault = (why: string) =>
    new ValueError(`einsum("${equation}") of ${parts.map(({ type }) => printType(type)).join(", ")}: ${why}`);
  if (
    more.length > 0 ||
    !/^[a-zA-Z.,]*$/.test(inputs!) ||
    (output !== undefined && !/^[a-zA-Z.]*$/.test(output))
  )
    throw fault('write letters for dimensions, "," between tensors and "->" before the result');
  if (given.length !== parts.length) throw fault(`it names ${given.length} tensors of ${parts.length}`);
  const terms = parts.map((part, i): Lettered => {
    const rank = part.type.shape.length;
    const [before, after, ...others] = given[i]!.split("...");
    const named = `${before}${after ?? ""}`.length;
    const open = after === undefined ? 0 : rank - named;
    if (others.length > 0 || given[i]!.replace("...", "").includes(".") || open < 0 || named + open !== rank)
      throw fault(`"${given[i]}" has ${named} letters for ${rank} dimensions`);
    const dots = Array.from({ length: open }, (_, d) => String(open - 1 - d));
    return { part, letters: [...before!, ...dots, ...(after ?? "")] };
  });
  const all = terms.flatMap(({ letters }) => letters);
  const dots = [...new Set(all.filter((letter) => /\d/.test(letter)))].sort().reverse();
  const letters = [...new Set(all.filter((letter) => /\D/.test(letter)))].sort();
  if (output === undefined) {
    const free = letters.filter((letter) => all.filter((other) => other === letter).length === 1);
    return { terms, result: [...dots, ...free] };
  }
  const [before, after] = output.split("...");
  const result = after === undefined ? [...output] : [...before!, ...dots, ...after];
  const unknown = result.find((letter) => !all.includes(letter));
  if (unknown !== undefined || new Set(result).size < result.length)
    throw fault(unknown ? `"${unknown}" stands in no tensor` : "a letter stands twice in the result");
  return { terms, result };
}

/** Each letter once: where it stands twice, the diagonal. */
function once(steps: Steps, { part, letters }: Lettered): Lettered {
  const twice = letters.findIndex((letter, i) => letters.indexOf(letter) < i);
  if (twice < 0) return { part, letters };
  const first = letters.indexOf(letters[twice]!);
  const rest = letters.filter((_, i) => i !== first && i !== twice);
  return once(steps, {
    part: steps.do(diagonal, part, 0, first, twice),
    letters: [...rest, letters[twice]!],
  });
}

/** Without the dimensions that nobody needs any more. */
function summed(steps: Steps, { part, letters }: Lettered, needed: ReadonlySet<string>): Lettered {
  const dims = letters.flatMap((letter, i) => (needed.has(letter) ? [] : [i]));
  if (dims.length === 0) return { part, letters };
  return { part: steps.do(sum, part, dims), letters: letters.filter((letter) => needed.has(letter)) };
}

/** Two tensors as one, with the letters that are needed later: a product of matrices where one letter is summed. */
function contract(steps: Steps, a: Lettered, b: Lettered, later: ReadonlySet<string>): Lettered {
  const left = summed(steps, a, new Set([...later, ...b.letters]));
  const right = summed(steps, b, new Set([...later, ...left.letters]));
  const shared = left.letters.filter((letter) => right.letters.includes(letter));
  const inner = shared.filter((letter) => !later.has(letter));
  const batch = shared.filter((letter) => later.has(letter));
  const rows = left.letters.filter((letter) => !shared.includes(letter));
  const columns = right.letters.filter((letter) => !shared.includes(letter));
  const usual = left.part.type.dtype === right.part.type.dtype && left.part.type.dtype !== "bool";
  if (inner.length === 1 && rows.length <= 1 && columns.length <= 1 && usual) {
    const x = spread(steps, left, [...batch, rows[0] ?? "-", inner[0]!]);
    const y = spread(steps, right, [...batch, inner[0]!, columns[0] ?? "-"]);
    const made = { part: steps.do(matmul, x, y), letters: [...batch, rows[0] ?? "-", columns[0] ?? "+"] };
    return summed(steps, made, new Set([...batch, ...rows, ...columns]));
  }
  const letters = [...batch, ...rows, ...columns, ...inner];
  const all = steps.do(mul, spread(steps, left, letters), spread(steps, right, letters));
  return summed(steps, { part: all, letters }, later);
}

/** Dimensions in the order of the letters, with a size of 1 for those that the tensor lacks. */
function spread(steps: Steps, { part, letters }: Lettered, order: readonly string[]): Part {
  const own = order.filter((letter) => letters.includes(letter));
  let made = arranged(steps, { part, letters }, own);
  for (const [i, letter] of order.entries()) if (!own.includes(letter)) made = steps.do(unsqueeze, made, i);
  return made;
}

function arranged(steps: Steps, { part, letters }: Lettered, order: readonly string[]): Part {
  const dims = order.map((letter) => letters.indexOf(letter));
  return dims.every((dim, i) => dim === i) ? part : steps.do(permute, part, ...dims);
}
