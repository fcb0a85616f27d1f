/** Where in a model a value stands, for people and as TypeScript: `lm.model.layers[6].output[0]`, by the notebook's name of the model. */
import { placeOf } from "../model/envoy.ts";
import { isModule } from "../nn/module.ts";
import type { Origin } from "../trace/state.ts";

export interface Reached {
  /** `model.layers.6.output[0]` */
  readonly name: string;
  /** The path of the module. */
  readonly module: string;
  /** Of the model's name, what comes after it where none is known. */
  readonly expression: string;
}

/** Where a kernel tells how its cells would write a value that they hold. */
const registered = Symbol.for("nnsight.names");

type Find = (isSought: (value: object) => boolean) => string | undefined;

/** The first name whose value is the one that is sought: `lm`, or `run.resid` of a plain object. */
export const heldAs: Find = (isSought) => (globalThis as { [registered]?: Find })[registered]?.(isSought);

/** @example reached(tensor.origin) */
export function reached({ expression, module, model }: Origin): Reached {
  const [root, edits] = [model.module.deref(), model.edits.deref()];
  const [steps, places] = parted(module, root);
  const after = expression.slice((module || "model").length);
  const place = places.at(-1);
  // What has a name within a forward is read by that name alone, from the module whose forward it is.
  const rest = place === undefined ? after : `.${place}${after.replace(/^\.output/, "")}`;
  const isModel = (value: object): boolean => {
    const one = placeOf(value);
    return one?.path === "" && one.module === root && one.subject.edits === edits;
  };
  const held = root && heldAs(isModel);
  const below = `${steps.map(step).join("")}${rest}`;
  const isName = /^\.[A-Za-z_$]/.test(below) && steps.length > 0;
  return {
    name: `${steps.join(".") || "model"}${rest}`,
    module: steps.join("."),
    expression: held === undefined && isName ? below.slice(1) : `${held ?? "model"}${below}`,
  };
}

/** The names of modules on a path, and those after them that no module has. */
function parted(path: string, root: unknown): [steps: string[], places: string[]] {
  const names = path.split(".").filter(Boolean);
  let at = root;
  let count = 0;
  while (count < names.length && (at === undefined || isModule(at))) {
    at = at === undefined ? undefined : (at.children[names[count]!] ?? null);
    if (at === null) break;
    count++;
  }
  return [names.slice(0, count), names.slice(count)];
}

const step = (name: string): string => {
  if (/^\d+$/.test(name)) return `[${name}]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
};
