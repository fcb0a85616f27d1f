/** The body of a loop while it is written: once, to be run for each item. */
import { RuntimeError, ShapeError, TypeError } from "../base/errors.ts";
import { isPlainObject, leavesOf, mapTree, type Tree } from "../base/tree.ts";
import { here, lineOf } from "../base/where.ts";
import { dynamicType } from "../ir/builder.ts";
import { isResult, type Made, type Result } from "../ir/node.ts";
import { nothing } from "../ir/program.ts";
import type { LoopBody } from "../ir/region.ts";
import { fits } from "../ir/types.ts";
import { printType, type Type } from "../tensor/type.ts";
import { broughtInto } from "./apply.ts";
import { noteRebind } from "./cells.ts";
import { asMade, held } from "./made.ts";
import { Recording, type Unplaced } from "./recording.ts";
import type { Cell, Lazy } from "./state.ts";
import { runOf } from "./steps.ts";
import { Tensor } from "./tensor.ts";
import { brought, same } from "./value.ts";

/** A variable from around that the body reads or changes. */
interface Entry {
  readonly before: Lazy;
  /** What it holds before the loop, there. */
  readonly around: Result;
  /** What it holds at the beginning of a turn, here. */
  readonly start: Result;
}

export class Loop extends Recording {
  declare readonly outer: Recording;
  readonly item: Result = this.builder.given(dynamicType);
  readonly #items: Result;
  readonly #entries = new Map<Cell, Entry>();
  readonly #body: { -readonly [K in keyof Unplaced<LoopBody>]: Unplaced<LoopBody>[K] };

  /** @param items an iterable whose members may be lazy, or a lazy value */
  constructor(outer: Recording, items: unknown) {
    super("loop", here(), outer);
    const through = brought(outer, items, this.after);
    this.#items = isResult(through)
      ? through
      : outer.builder.apply("iter", [through], runOf(same), [...this.after], this.where);
    this.#body = {
      kind: "loop",
      given: [],
      variables: [],
      program: () => this.asProgram({ root: nothing, touches: [] }),
      items: (made) => itemsOf(made, lineOf(this.where)),
      gives: undefined,
      collect: () => undefined,
      finish: (values) => this.finish(values),
    };
  }

  override enter(cell: Cell, lazy: Lazy): Lazy {
    const around = broughtInto(this.outer, lazy);
    const start = this.builder.given(around.type);
    this.#entries.set(cell, { before: lazy, around, start });
    cell.hold({ scope: this, result: start });
    return cell.lazy;
  }

  get body(): LoopBody {
    return this.#body;
  }

  /** What the loop's variables hold where `scope` is written now. */
  present(scope: Recording): (readonly [start: Result, now: Result])[] {
    return [...this.#entries].map(([cell, { start }]) => [start, broughtInto(scope, cell.lazy)] as const);
  }

  /** Ends the writing; gives the list of what the turns give, for a callback's tree of values. */
  close(given: unknown): Result {
    const { outer } = this;
    const tree = brought(this, given, []);
    for (const leaf of leavesOf(tree, isResult)) this.lend(leaf);
    this.#body.gives = tree;
    this.#body.collect = (values) => collected(tree, (leaf) => values.get(leaf));
    const changed: [Cell, Entry][] = [];
    this.#body.variables = [...this.#entries].flatMap(([cell, entry]) => {
      const next = broughtInto(this, cell.lazy);
      if (next === entry.start) {
        cell.hold(entry.before);
        return [];
      }
      requireAlike(entry.start.type, next.type, lineOf(this.where));
      this.lend(next);
      changed.push([cell, entry]);
      return [{ start: entry.start, next }];
    });
    this.end();
    const entries = [...this.#entries.values()].map(({ around, start }) => [around, start] as const);
    const list = this.place(this.#body, [[this.#items, this.item], ...entries]);
    for (const [cell, { before, start }] of changed) {
      noteRebind(cell, before, outer);
      cell.hold({ scope: outer, result: outer.take(this, start) });
    }
    return list;
  }
}

/**
 * Writes that the run leaves a loop here, or the whole session, and what the variables of the loops it leaves hold.
 * @throws RuntimeError where a trace stands between
 */
export function leave(from: Recording, target: Loop | undefined): void {
  const left: Loop[] = [];
  for (let one: Recording | undefined = from; one && left.at(-1) !== target; one = one.outer)
    if (one instanceof Loop) left.push(one);
    else if (one.kind !== "session") throw inTrace(one.kind, target ? "iterator" : "session");
    else break;
  const now = left.flatMap((loop) => loop.present(from));
  const [starts, results] = [now.map(([start]) => start), now.map(([, result]) => result)];
  from.builder.exit(target?.body, starts, results, here());
}

const inTrace = (kind: string, what: string): RuntimeError =>
  new RuntimeError(
    `Early exit is only supported for sequential graph-based contexts: ${what}.exit() stands inside a ${kind}, which runs as a whole. ` +
      "Write it before or after, or end the forward with tracer.stop().",
  );

/** What a turn gives, of what it has made; nothing where it did not come there. */
export const collected = (gives: Tree<Result>, made: (leaf: Result) => Made | undefined): unknown =>
  mapTree(gives, isResult, (leaf) => {
    const value = made(leaf);
    return value && held(value);
  });

/** The items of what a loop goes through. @throws TypeError when it has none */
export function* itemsOf(made: Made, line: string): Iterable<Made> {
  const through = held(made);
  if (isIterable(through)) for (const item of through) yield asMade(item);
  else if (isPlainObject(through)) for (const key of Object.keys(through)) yield { plain: key };
  else
    throw new TypeError(
      `the loop at ${line} goes through ${through === null ? "null" : `a ${typeof through}`}, which has no items: give a list, a tensor or another iterable.`,
    );
}

const isIterable = (x: unknown): x is Iterable<unknown> =>
  x instanceof Tensor || typeof Object(x)[Symbol.iterator] === "function";

function requireAlike(start: Type, next: Type, line: string): void {
  if (!fits(start, next))
    throw new ShapeError(
      `a variable of the loop at ${line} is ${printType(start)} before a turn and ${printType(next)} after it. ` +
        "The body is written once for all turns, so it must keep its dtype and shape: collect what grows in a `nnsight.list()`.",
    );
}
