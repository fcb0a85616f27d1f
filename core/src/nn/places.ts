/** Places: values within a forward that have a name though no module stands there, to be read and written like a module's. */
import { leavesOf } from "../base/tree.ts";
import { here } from "../base/where.ts";
import { Builder } from "../ir/builder.ts";
import type { Fn } from "../ir/fn.ts";
import { type Input, isResult } from "../ir/node.ts";
import type { Type } from "../tensor/type.ts";
import { broughtInto } from "../trace/apply.ts";
import { currentScope } from "../trace/contexts.ts";
import { Tensor } from "../trace/tensor.ts";
import { Body } from "./body.ts";
import { recordBody } from "./record.ts";

/** The value itself, which has a name from here on: `layers.0.attn.hook_q` is read where the layers call it so. Costs nothing. */
export function place(name: string, value: Tensor): Tensor {
  const body = openBody();
  if (!body) return value;
  const result = broughtInto(body, value.state);
  const [made] = body.builder.call(name, placeOf(result.type), [result], false, [result.type], here());
  return new Tensor({ result: made!, scope: body });
}

/**
 * A part of a forward that is computed at once, unless a place within it is touched.
 * @param inSteps the same value with the places between
 */
export function part(
  name: string,
  inputs: readonly Tensor[],
  atOnce: (...inputs: Tensor[]) => Tensor,
  inSteps: (...inputs: Tensor[]) => Tensor,
): Tensor {
  const body = openBody();
  if (!body) return atOnce(...inputs);
  const results = inputs.map(({ state }) => broughtInto(body, state));
  const signature = [results.map(({ type }) => type), {}];
  const record = (forward: typeof atOnce): Fn =>
    recordBody(body.owner, name, signature, (...args) => forward(...(args as Tensor[])));
  const opened = record(inSteps);
  const fn: Fn = inSteps === atOnce ? opened : { ...record(atOnce), opened };
  const types = leavesOf(fn.output, isResult).map(({ type }) => type);
  const [made] = body.builder.call(name, fn, results, false, types, here());
  return new Tensor({ result: made!, scope: body });
}

const openBody = (): Body | undefined => {
  const open = currentScope();
  return open instanceof Body ? open : undefined;
};

function placeOf(type: Type): Fn {
  const builder = new Builder();
  const result = builder.input("0", type);
  return {
    name: "Place",
    inputs: [result.node as Input],
    args: [[result], {}],
    nodes: builder.nodes,
    output: result,
    place: true,
  };
}
