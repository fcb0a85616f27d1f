/** Runs an op on states: evaluated at once when all are concrete, recorded when one is lazy. */
import { TypeError } from "../base/errors.ts";
import type { Result } from "../ir/node.ts";
import { opNamed } from "../ops/named.ts";
import type { Params } from "../ops/spec.ts";
import type { OpName } from "../ops/table.ts";
import { promoteAll, scalarType } from "../tensor/dtype.ts";
import { type Host, scalar } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { currentScope, writtenHere } from "./contexts.ts";
import { commonScope, isWithin, type Scope } from "./scope.ts";
import { isLazy, type State } from "./state.ts";

export type Argument = State | number | boolean | undefined;

/** The state of each result. @throws ShapeError, TypeError or IndexError in the user's terms */
export function applyOp(name: OpName, args: readonly Argument[], params: Params): readonly State[] {
  const states = weigh(args);
  const scope = scopeOf(name, states);
  if (scope) {
    const inputs = states.map((state) => state && broughtInto(scope, state));
    return scope.builder.op(name, inputs, params, writtenHere()).map((result) => ({ result, scope }));
  }
  const entry = opNamed(name);
  const hosts = states as Host[];
  entry.infer(hosts, params);
  const results = entry.evaluate(hosts, params);
  return Array.isArray(results) ? (results as Host[]) : [results as Host];
}

/**
 * The scope that records an op: the open one when its operands can be used there, else the innermost of theirs; a body that
 * owns an operand; for random draws any that is open.
 */
function scopeOf(name: OpName, states: readonly (State | undefined)[]): Scope | undefined {
  const open = currentScope();
  const scopes: Scope[] = [];
  for (const state of states)
    if (state && isLazy(state) && !scopes.includes(state.scope)) scopes.push(state.scope);
  if (scopes.length === 1 && scopes[0] === open) return open;
  if (scopes.length) return commonScope(open, scopes) ?? scopes[0];
  if (!open) return undefined;
  if (opNamed(name).host) return open;
  return states.some((state) => state && open.owns(state as Host)) ? open : undefined;
}

/** @throws TypeError for a value of another program that is still open */
export function broughtInto(scope: Scope, state: State): Result {
  if (!isLazy(state)) return scope.bring(state);
  if (state.scope === scope) return state.result;
  if (isWithin(scope, state.scope)) return scope.capture(broughtInto(scope.outer!, state));
  const { outer, region } = state.scope;
  if (outer && region)
    return broughtInto(scope, { scope: outer, result: outer.take(state.scope, state.result) });
  throw new TypeError(
    state.scope.kind === "body" || scope.kind === "body"
      ? "a value of the trace is used inside a module's forward, or the other way round: pass it as an argument of the module."
      : "a value of another trace is used here before that trace has run: save it, close its trace, then use it, or put both in a session.",
  );
}

/** Numbers become tensors of the dtype of those beside them, as torch's Python scalars do. */
function weigh(args: readonly Argument[]): (State | undefined)[] {
  const types: Type[] = [];
  let numbers = 0;
  for (const arg of args)
    if (typeof arg === "object") types.push(typeOf(arg));
    else if (arg !== undefined) numbers++;
  if (numbers === 0) return args as State[];
  const common = types.length ? promoteAll(...types) : undefined;
  return args.map((arg) => {
    if (typeof arg !== "number" && typeof arg !== "boolean") return arg;
    return scalar(arg, scalarType(arg, common));
  });
}

const typeOf = (state: State): Type => (isLazy(state) ? state.result.type : state);
