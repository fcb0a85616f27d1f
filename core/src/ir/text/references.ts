/** What a text only names: modules' functions, large tensors, functions of the host, and what the host does around regions. */
import type { Host } from "../../tensor/host.ts";
import type { Type } from "../../tensor/type.ts";
import type { Fn } from "../fn.ts";
import type { Apply, Made, Result } from "../node.ts";
import type { Feed, LoopBody, RegionBody, TraceBody } from "../region.ts";

/** Values by the names that the text gives their results. */
export type Named = ReadonlyMap<string, Made>;

/** What the host does around a trace of a session. */
export interface TraceActions {
  readonly kind: "trace";
  readonly feed: Feed;
  types(): readonly Type[];
  inputs(given: Named): readonly Host[];
  finish(values: Named): void;
  fail(error: unknown): void;
}

/** What the host does around a loop. */
export interface LoopActions {
  readonly kind: "loop";
  /** Values by name stand for the results. */
  readonly gives: LoopBody["gives"];
  items(through: Made): Iterable<Made>;
  collect(values: Named): unknown;
  finish(values: Named): void;
}

/** By their labels, without the `@`. */
export interface References {
  readonly fns: ReadonlyMap<string, Fn>;
  readonly tensors: ReadonlyMap<string, Host>;
  readonly functions: ReadonlyMap<string, Apply["run"]>;
  /** Arguments of host functions that are no plain data. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly regions: ReadonlyMap<string, TraceActions | LoopActions>;
}

/** The actions of a body, for values by name. */
export function actionsOf(
  body: RegionBody,
  results: ReadonlyMap<string, Result>,
): TraceActions | LoopActions {
  const back = (values: Named): Map<Result, Made> =>
    new Map([...values].map(([name, made]) => [results.get(name)!, made]));
  const finish = (values: Named): void => body.finish(back(values));
  if (body.kind === "trace")
    return {
      kind: "trace",
      feed: body.feed,
      types: () => body.types(),
      inputs: (given) => body.inputs(back(given)),
      finish,
      fail: (error) => body.fail(error),
    };
  return {
    kind: "loop",
    gives: body.gives,
    items: (through) => body.items(through),
    collect: (values) => body.collect(back(values)),
    finish,
  };
}

type Unplaced<B> = Omit<B, "given" | "program" | "variables">;

/** The part of a body that the host does, for values by result. */
export function bodyOf(
  actions: TraceActions | LoopActions,
  names: ReadonlyMap<Result, string>,
): Unplaced<TraceBody> | Unplaced<LoopBody> {
  const named = (values: ReadonlyMap<Result, Made>): Named =>
    new Map([...values].map(([result, made]) => [names.get(result)!, made]));
  const finish = (values: ReadonlyMap<Result, Made>): void => actions.finish(named(values));
  if (actions.kind === "trace")
    return {
      kind: "trace",
      feed: actions.feed,
      types: () => actions.types(),
      inputs: (given) => actions.inputs(named(given)),
      finish,
      fail: (error) => actions.fail(error),
    };
  return {
    kind: "loop",
    gives: actions.gives,
    items: (through) => actions.items(through),
    collect: (values) => actions.collect(named(values)),
    finish,
  };
}

/** The name that a label was made of. */
export const nameIn = (label: string): string => /^@?([^.]*)/.exec(label)![1]!;

/** Labels for things of one kind: the same thing has one, and a second of the same name a number. */
export class Labels<T> {
  readonly table = new Map<string, T>();
  readonly #labels = new Map<T, string>();

  of(thing: T, name: string): string {
    const known = this.#labels.get(thing);
    if (known) return `@${known}`;
    const plain = name.replaceAll(/[^\w$]/g, "_") || "_";
    let label = plain;
    for (let i = 1; this.table.has(label); i++) label = `${plain}.${i}`;
    this.table.set(label, thing);
    this.#labels.set(thing, label);
    return `@${label}`;
  }

  has(thing: T): boolean {
    return this.#labels.has(thing);
  }
}
