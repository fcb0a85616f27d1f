/** Makes nodes: one builder a body or trace, each node checked and typed as it is made, so that errors meet the user's line. */
import type { Tree } from "../base/tree.ts";
import { leavesOf } from "../base/tree.ts";
import type { Where } from "../base/where.ts";
import type { Params } from "../ops/spec.ts";
import type { OpName } from "../ops/table.ts";
import type { Host } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import type { Fn } from "./fn.ts";
import type { Hook } from "./hook.ts";
import {
  type Apply,
  type Call,
  type Constant,
  type Decide,
  type Effect,
  type Exit,
  type Given,
  type Gradient,
  type Guard,
  type HookNode,
  type Input,
  isResult,
  type Merge,
  type Node,
  type OpNode,
  type Pass,
  type Region,
  type Result,
  type Slot,
  type Take,
  type Weight,
} from "./node.ts";
import type { LoopBody, RegionBody } from "./region.ts";
import type { Time } from "./time.ts";
import { requireAgreement, typesOf } from "./types.ts";

type Draft<N extends Node> = N extends Node ? Omit<N, "id" | "results" | "where" | "guard"> : never;

/** The type of what may be no tensor. */
export const dynamicType: Type = { dtype: "float32", shape: [], dynamic: true };

/** Reads of values that are there in any case. */
const unguarded: ReadonlySet<string> = new Set(["hook", "constant", "given", "take", "gradient"]);

export class Builder {
  readonly nodes: Node[] = [];
  /** Those of them that call a module. */
  readonly calls: Call[] = [];
  /** The branch that is being written. */
  guard: Guard | undefined;

  input(name: string, type: Type): Result {
    return this.#make<Input>({ kind: "input", name }, [type])[0]!;
  }

  weight(slot: Slot, type: Type): Result {
    return this.#make<Weight>({ kind: "weight", slot }, [type])[0]!;
  }

  constant(value: Host): Result {
    return this.#make<Constant>({ kind: "constant", value }, [
      { dtype: value.dtype, shape: value.shape },
    ])[0]!;
  }

  given(type: Type): Result {
    return this.#make<Given>({ kind: "given" }, [type])[0]!;
  }

  /**
   * @param stated the types of the results as they were known elsewhere: names of open axes may differ from those made here
   * @throws ShapeError when the op refuses its inputs, or does not give what is stated
   */
  op(
    name: OpName,
    inputs: readonly (Result | undefined)[],
    params: Params,
    where?: Where,
    stated?: readonly Type[],
  ): readonly Result[] {
    const results = typesOf(name, inputs, params);
    if (stated) requireAgreement(name, stated, results);
    return this.#make<OpNode>({ kind: "op", op: name, inputs, params }, stated ?? results, where);
  }

  call(
    callee: string,
    fn: Fn,
    inputs: readonly Result[],
    unit: boolean,
    types: readonly Type[],
    where?: Where,
  ) {
    const results = this.#make<Call>({ kind: "call", callee, fn, inputs, unit }, types, where);
    this.calls.push(this.nodes.at(-1) as Call);
    return results;
  }

  hook(hook: Hook, time: Time, type: Type, where?: Where): Result {
    return this.#make<HookNode>({ kind: "hook", hook, time }, [type], where)[0]!;
  }

  effect(message: readonly Tree<Result>[], after: readonly Result[] = [], where?: Where): Node {
    const inputs = leavesOf(message, isResult);
    this.#make<Effect>({ kind: "effect", inputs, message, after }, [], where);
    return this.nodes.at(-1)!;
  }

  apply(
    name: string,
    args: readonly Tree<Result>[],
    run: Apply["run"],
    after: readonly Result[] = [],
    where?: Where,
    type: Type = dynamicType,
  ): Result {
    const inputs = leavesOf(args, isResult);
    return this.#make<Apply>({ kind: "apply", name, inputs, args, run, after }, [type], where)[0]!;
  }

  /** Gives an `apply` its arguments, where they were not known when it was written; it is run after what makes them. */
  complete({ node }: Result, args: readonly Tree<Result>[]): void {
    const { args: known, inputs } = node as Apply;
    (known as Tree<Result>[]).push(...args);
    (inputs as Result[]).push(...leavesOf(args, isResult));
  }

  /** Gives what later nodes take from it, and, of a loop, the list of what its turns gave. */
  region(
    body: RegionBody,
    inputs: readonly Result[],
    after: readonly Result[] = [],
    where?: Where,
  ): readonly [made: Result, list: Result] {
    const types = [dynamicType, dynamicType];
    const [made, list] = this.#make<Region>({ kind: "region", inputs, after, body }, types, where);
    return [made!, list!];
  }

  take(from: Result, of: Result): Result {
    return this.#make<Take>({ kind: "take", from, of }, [of.type])[0]!;
  }

  exit(
    loop: LoopBody | undefined,
    variables: readonly Result[],
    inputs: readonly Result[],
    where?: Where,
  ): void {
    this.#make<Exit>({ kind: "exit", loop, variables, inputs }, [], where);
  }

  /** A part of a backward pass; of the role `of` it has a result, of the type of its input. */
  gradient(pass: Pass, role: Gradient["role"], inputs: readonly Result[], where?: Where): readonly Result[] {
    const types = role === "of" ? [inputs[0]!.type] : [];
    const results = this.#make<Gradient>({ kind: "gradient", pass, role, inputs }, types, where);
    if (role === "from") pass.from = this.nodes.at(-1) as Gradient;
    return results;
  }

  decide(condition: Result, where?: Where): Result {
    return this.#make<Decide>({ kind: "decide", condition }, [{ dtype: "bool", shape: [] }], where)[0]!;
  }

  merge(decision: Result, yes: Result, no: Result, type: Type): Result {
    return this.#make<Merge>({ kind: "merge", decision, yes, no }, [type])[0]!;
  }

  #make<N extends Node>(draft: Draft<N>, types: readonly Type[], where?: Where): readonly Result[] {
    const results: Result[] = [];
    const open = draft as { -readonly [K in "id" | "results" | "where" | "guard"]?: Node[K] };
    open.id = this.nodes.length;
    open.results = results;
    if (where) open.where = where;
    if (this.guard && !unguarded.has(draft.kind)) open.guard = this.guard;
    const node = draft as unknown as Node;
    for (let index = 0; index < types.length; index++)
      results.push(Object.freeze({ node, index, type: types[index]! }));
    Object.freeze(results);
    this.nodes.push(Object.freeze(node));
    return results;
  }
}
