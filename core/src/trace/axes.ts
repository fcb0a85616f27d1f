/** What the axes of a value are called: as the model names its sizes, by the place where it was read, by what was stacked. */
import type { Hook } from "../ir/hook.ts";
import type { Node, Result } from "../ir/node.ts";
import { axisOf, nameOfDim } from "../tensor/type.ts";

export type AxisNames = readonly (string | undefined)[];

const perHead = ["batch", "position", "head", "feature"];
const perPair = ["batch", "head", "query", "key"];

/** Places within attention, by TransformerLens's names of them: sizes that are only numbers there have names here. */
const ofPlaces: Readonly<Record<string, AxisNames>> = {
  hook_q: perHead,
  hook_k: perHead,
  hook_v: perHead,
  hook_z: perHead,
  hook_attn_scores: perPair,
  hook_pattern: perPair,
};

const perToken = ["batch", "position", "token"];

/** What a model ends with gives a number for each token of its vocabulary. */
function ofHook({ module, edge, leaf }: Hook): AxisNames | undefined {
  const place = module.split(".").at(-1)!;
  const isLogits = leaf.at(-1) === "logits" || place === "lm_head" || place === "embed_out";
  return edge === "output" && isLogits ? perToken : ofPlaces[place];
}

/** One for each axis, where it is known. */
export function axisNamesOf({ node, type }: Result): AxisNames {
  const own = type.shape.map(nameOfDim);
  if (node.kind === "hook") {
    const names = ofHook(node.hook);
    return names?.length === own.length ? names : own;
  }
  if (node.kind !== "op" || node.op !== "stack") return own;
  const inputs = node.inputs.filter((input) => input !== undefined);
  const at = axisOf((node.params as { readonly dim: number }).dim, own.length);
  return axisNamesOf(inputs[0]!).toSpliced(at, 0, listOf(inputs));
}

/** `layer`, where each is of another module of one list. */
function listOf(values: readonly Result[]): string | undefined {
  const paths = values.map(({ node }) => moduleOf(node));
  const lists = new Set(paths.map((path) => path && /^(.*?)\.?\d+(?=\.|$)/.exec(path)?.[1]));
  const [list] = lists;
  if (lists.size !== 1 || list === undefined || new Set(paths).size !== values.length) return undefined;
  const name = list.split(".").at(-1)!;
  return /^[a-z]{3,}s$/.test(name) ? name.slice(0, -1) : "layer";
}

/** How far back the module is looked for that a value comes from. */
const FARTHEST = 8;

function moduleOf(node: Node | undefined): string | undefined {
  for (let one = node, steps = 0; one && steps < FARTHEST; steps++) {
    if (one.kind === "hook") return one.hook.module;
    one = one.kind === "op" || one.kind === "call" ? one.inputs[0]?.node : undefined;
  }
  return undefined;
}
