/** The arguments of `show` as numbers, with errors in the caller's words. */
import { TypeError, ValueError } from "../../base/errors.ts";
import { here, knownLine } from "../../base/where.ts";
import { isFloat } from "../../tensor/dtype.ts";
import type { Host } from "../../tensor/host.ts";
import { isLazy } from "../../trace/state.ts";
import { Tensor } from "../../trace/tensor.ts";
import { labelsOf } from "../labels.ts";
import type { Where } from "../payload.ts";

/** The numbers of a tensor whose trace has run. */
export function concrete(x: unknown, call: string): Host {
  if (!(x instanceof Tensor))
    throw new TypeError(`${call} shows a tensor, and got ${x === null ? "null" : typeof x}.`);
  const { state } = x;
  if (isLazy(state))
    throw new ValueError(
      `${call} shows numbers, and this tensor has none before its trace has run. Return it from the trace, or save() it, and call ${call} after the trace.`,
    );
  return state;
}

/** As `concrete`, of a float dtype. */
export function concreteFloats(x: unknown, call: string): Host {
  const host = concrete(x, call);
  if (isFloat(host.dtype)) return host;
  throw new ValueError(`${call} shows float numbers, and this tensor is ${host.dtype}. Use x.float() first.`);
}

/** One text for each place. */
export function checkedTokens(
  tokens: readonly string[] | undefined,
  count: number,
  call: string,
  what: string,
): readonly string[] | undefined {
  if (tokens && tokens.length !== count)
    throw new ValueError(
      `${call} got ${tokens.length} tokens for ${count} ${what}. Give one text for each, such as lm.tokenizer.tokens(lm.tokenizer.encode(prompt)).`,
    );
  return tokens;
}

/** The line that calls. */
export function hereLine(): Where {
  const line = knownLine(here());
  return line === undefined ? {} : { line };
}

/** Where a tensor was read; the line that calls for one that was computed. */
export function originOf(tensor: Tensor): {
  readonly name: string | undefined;
  readonly expression: string | undefined;
  readonly where: Where;
} {
  const { name, expression, where } = labelsOf(tensor);
  return { name, expression, where: where ?? hereLine() };
}

/** What names tokens: a model's tokenizer. */
export interface Words {
  tokens(ids: readonly number[]): string[];
}

export function checkedTop(top: number, call: string): number {
  if (Number.isInteger(top) && top >= 1 && top <= 100) return top;
  throw new ValueError(`${call} got top: ${top}. It is a whole number from 1 to 100.`);
}
