/** A tuple or a dict of handles: read by place, written by place, saved as a whole. */

import { AttributeError, KeyError } from "../base/errors.ts";
import { nearest } from "../base/names.ts";
import { leavesOf, type Path, printPath, type Tree } from "../base/tree.ts";
import { Tensor } from "../trace/tensor.ts";

/** What an edge does with a write to a place of its tree. */
interface Target {
  /** What the user wrote to reach it: `model.layers.0.output`. */
  readonly name: string;
  write(path: Path, value: unknown): void;
}

/** A tensor as it is; an array or object so that `x[0] = v` and `x.logits = v` reach the model, and `x.save()` saves all. */
export function handles(tree: Tree<Tensor>, target: Target, path: Path = []): unknown {
  if (typeof tree !== "object" || tree === null || tree instanceof Tensor) return tree;
  const parts = (Array.isArray(tree) ? [] : {}) as Record<string, unknown>;
  for (const [key, part] of Object.entries(tree))
    parts[key] = handles(part as Tree<Tensor>, target, [...path, Array.isArray(tree) ? Number(key) : key]);
  const list = Array.isArray(parts);
  const self: unknown = new Proxy(parts, {
    get(held, key) {
      if (key === "save" && !Object.hasOwn(held, key)) return () => saved(held, self);
      if (key === "stop" && !Object.hasOwn(held, key)) return () => stopped(held);
      if (typeof key === "string" && list && /^-\d+$/.test(key))
        return held[String((parts as unknown as unknown[]).length + Number(key))];
      const value: unknown = Reflect.get(held, key);
      if (value !== undefined || typeof key === "symbol" || key in held || key === "then" || key === "toJSON")
        return value;
      throw list
        ? new AttributeError(
            `${target.name}${printPath(path)} is a tuple of ${(parts as unknown as unknown[]).length}: it has no '${key}'. Index it first, as in \`output[0]\`.`,
          )
        : new KeyError(
            `${target.name}${printPath(path)} has no '${key}'. It has ${nearest(key, Object.keys(parts)) || Object.keys(parts).join(", ")}.`,
          );
    },
    set(held, key, value) {
      const place = list ? Number(key) : String(key);
      target.write([...path, place], value);
      held[String(key)] = value;
      return true;
    },
  });
  return self;
}

function saved(parts: Record<string, unknown>, self: unknown): unknown {
  for (const tensor of leavesOf(parts, (x): x is Tensor => x instanceof Tensor)) tensor.save();
  return self;
}

/** Ends the forward once all of it is there. */
function stopped(parts: Record<string, unknown>): void {
  leavesOf(parts, (x): x is Tensor => x instanceof Tensor)
    .at(-1)
    ?.stop();
}
