/** The touched edges of a trace: reading gives handles, writing rebinds what the model goes on with. */
import { AttributeError, RuntimeError, ShapeError, TypeError } from "../base/errors.ts";
import { mapTree, type Path, printPath, type Tree } from "../base/tree.ts";
import type { Where } from "../base/where.ts";
import { callsIn, circular, edgeOf } from "../ir/edges.ts";
import type { Fn } from "../ir/fn.ts";
import { edgeKey, type Hook, printHook } from "../ir/hook.ts";
import { isResult, type Result } from "../ir/node.ts";
import type { Moment, Touch } from "../ir/program.ts";
import { bind, type Sizes } from "../ir/sizes.ts";
import { compareTimes, type Time } from "../ir/time.ts";
import { fits } from "../ir/types.ts";
import { printType, type Type } from "../tensor/type.ts";
import { entered, rebind } from "./cells.ts";
import { writtenHere } from "./contexts.ts";
import { describe } from "./describe.ts";
import { asTensor } from "./dynamic.ts";
import type { Recording } from "./recording.ts";
import { narrow, type Rows, widen } from "./rows.ts";
import { type Cell, type Index, type Lazy, type WeakModel, weakly } from "./state.ts";
import type { Subject } from "./subject.ts";
import { type Content, call, type Home, isOperand, Tensor } from "./tensor.ts";

type Edge = Pick<Hook, "module" | "call" | "edge">;

/** A leaf of an edge: what the model makes there, and what it goes on with. */
export class Leaf implements Cell {
  lazy: Lazy;

  constructor(
    readonly recording: Recording,
    readonly hook: Hook,
    readonly index: number,
    readonly time: Time,
    /** What the model makes there. */
    readonly read: Result,
  ) {
    this.lazy = { scope: recording, result: read };
  }

  /** @throws RuntimeError for what the run makes only later, itself or the condition under which it is written */
  hold(lazy: Lazy): void {
    const { clock, builder } = this.recording;
    if (lazy.scope === this.recording) {
      requireEarlier(this, clock.of(lazy.result.node));
      const call = circular({ calls: builder.calls, clock }, this.time, lazy.result);
      if (call)
        throw new RuntimeError(
          `what this call of '${call.callee}' gives is written to ${printHook(this.hook)}, which is before it. ` +
            "Write what follows from the arguments, or from what stands at that edge.",
        );
      if (builder.guard) requireEarlier(this, clock.of(builder.guard.decision.node), "the condition on ");
    }
    this.lazy = lazy;
  }
}

export class Edges {
  readonly #leaves = new Map<string, readonly Leaf[]>();
  readonly #trees = new Map<string, Tree<Result>>();
  readonly #weak: WeakModel;
  #latest: Leaf | undefined;

  constructor(
    readonly recording: Recording,
    /** The model's function for the inputs of this trace, and the sizes of its named axes as far as they are known. */
    readonly model: () => { readonly fn: Fn; readonly sizes: Sizes },
    subject: Subject,
  ) {
    this.#weak = weakly(subject);
  }

  /** What the run reaches last of all that was read or written here; edits that were replayed do not count. */
  get latest(): Leaf | undefined {
    return this.#latest;
  }

  /** The leaves that were touched, for the program. */
  get touches(): Touch[] {
    return [...this.#leaves.values()].flat().map(({ hook, index, read, lazy: { result } }) => ({
      hook,
      index,
      read,
      ...(result !== read && { write: result }),
    }));
  }

  /** What an edge holds now: a tree of handles, each narrowed to `rows`. */
  read(edge: Edge, rows: Rows | undefined): Tree<Tensor> {
    // One line for all that it holds: a step of a generation gives keys and values of every layer.
    const where = writtenHere();
    const leaves = this.#reach(edge, where);
    let i = 0;
    return mapTree(this.#trees.get(edgeKey(edge)), isResult, () => this.#handle(leaves[i++]!, rows, where));
  }

  /** The leaf at a place of an edge. */
  leaf(hook: Hook): Leaf | undefined {
    return this.#touch(hook).find((leaf) => printPath(leaf.hook.leaf) === printPath(hook.leaf));
  }

  /** Replaces an edge, or the part of it at `place`, by a tree of the same form. */
  write(edge: Edge, place: Path, value: unknown, rows: Rows | undefined): void {
    const leaves = this.#reach(edge).filter(({ hook }) => place.every((key, i) => hook.leaf[i] === key));
    const values: Tensor[] = [];
    const places: string[] = [];
    mapTree(value, isOperand, (one, path) => {
      values.push(one);
      places.push(printPath([...place, ...path]));
    });
    const own = leaves.map(({ hook }) => printPath(hook.leaf));
    if (leaves.length === 0 || own.length !== places.length || own.join() !== places.join())
      throw new TypeError(
        `${printHook({ ...edge, leaf: place })} holds ${formOf(own, place)}, but was given ${values.length ? formOf(places, place) : describe(value)}. ` +
          "Assign a value of the same form, or one of its tensors by its place (`output[0] = value`).",
      );
    for (const [i, leaf] of leaves.entries()) this.#put(leaf, rows, values[i]!);
  }

  #handle(leaf: Leaf, rows: Rows | undefined, where: Where): Tensor {
    const { recording } = this;
    const what = printHook(leaf.hook);
    const home: Home = {
      reached: leaf.read,
      ...(rows && { whole: { lazy: leaf.lazy, rows } }),
      passing: true,
      write: (next, change) => {
        // Later, in another trace of the session or after the run, the value is the user's own.
        if (recording.writing) this.#put(leaf, rows, next, change);
      },
    };
    const state = entered(leaf);
    return new Tensor(rows ? narrow(state, rows, what) : state, home, {
      expression: what,
      module: leaf.hook.module,
      model: this.#weak,
      where,
    });
  }

  #put(
    leaf: Leaf,
    rows: Rows | undefined,
    next: Tensor,
    change?: { readonly value: Content; readonly indices: readonly Index[] },
  ): void {
    const what = printHook(leaf.hook);
    this.recording.requireWritable(`Writing ${what}`);
    const present = new Tensor(rows ? narrow(entered(leaf), rows, what) : entered(leaf));
    const made = change ? call("setitem", [present, change.value, ...change.indices]) : next;
    const region = asTensor(made, present.type, what);
    if (!change) requireSame(leaf.hook, present.type, region.type);
    rebind(leaf, rows ? widen(entered(leaf), region.state, rows, what) : region.state);
  }

  #reach(edge: Edge, where?: Where): readonly Leaf[] {
    const leaves = this.#touch(edge, where);
    const [first] = leaves;
    if (first && (!this.#latest || compareTimes(first.time, this.#latest.time) > 0)) this.#latest = first;
    return leaves;
  }

  #touch(edge: Edge, where?: Where): readonly Leaf[] {
    this.recording.requireOpen(`Access to ${printHook({ ...edge, leaf: [] })}`);
    // First the model, as learning it writes the edits, which may touch this very edge.
    const { fn, sizes } = this.model();
    const key = edgeKey(edge);
    const known = this.#leaves.get(key);
    if (known) return known;
    const { builder, clock } = this.recording;
    const calls = callsIn({ root: fn, calls: builder.calls, clock }, edge.module);
    const found = calls[edge.call];
    if (!found) throw neverCalled(edge, calls.length);
    const { tree, leaves: seen, time } = edgeOf(found, edge.edge);
    const leaves: Leaf[] = [];
    const written = where ?? writtenHere();
    mapTree(tree, isResult, (_, path) => {
      const hook: Hook = { ...edge, leaf: path };
      const read = builder.hook(hook, time, bind(seen[leaves.length]!.type, sizes), written);
      leaves.push(new Leaf(this.recording, hook, leaves.length, time, read));
    });
    this.#leaves.set(key, leaves);
    this.#trees.set(key, tree);
    return leaves;
  }
}

/** `a tensor`, `tensors at [0], [1]`, `no tensor`. */
function formOf(places: readonly string[], within: Path): string {
  if (places.length === 0) return "no tensor";
  if (places.length === 1 && places[0] === printPath(within)) return "a tensor";
  return `tensors at ${places.map((place) => place.slice(printPath(within).length)).join(", ")}`;
}

/** @throws RuntimeError for what the run makes only after the edge */
function requireEarlier(leaf: Leaf, made: Moment, what = ""): void {
  if (compareTimes(made.time, leaf.time) <= 0) return;
  throw new RuntimeError(
    `${what}${made.cause ? printHook(made.cause) : "the value"} is made after ${printHook(leaf.hook)} in the run of the model, so it cannot be written there in the same trace. ` +
      "Read it in a first trace and save it, then write it in a second one.",
  );
}

function neverCalled({ module, call }: Edge, calls: number): Error {
  if (calls === 0)
    return new AttributeError(
      `the model never calls the module '${module}' for this input, so it has no input or output to read or write.`,
    );
  return new AttributeError(
    `'${module}' is called ${calls === 1 ? "once" : `${calls} times`} in a run: there is no calls[${call}].`,
  );
}

function requireSame(hook: Hook, present: Type, given: Type): void {
  if (given.dtype !== present.dtype)
    throw new TypeError(
      `${printHook(hook)} is ${present.dtype}, but ${given.dtype} was assigned. Convert it first (\`.to("${present.dtype}")\`).`,
    );
  if (!fits(present, given))
    throw new ShapeError(
      `${printHook(hook)} is ${printType(present)}, but ${printType(given)} was assigned. ` +
        "Assign a tensor of the same shape, or write into a region (`output.set([0], value)`).",
    );
}
