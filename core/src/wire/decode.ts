/** Programs that come from elsewhere: nothing they say is believed; types, times and hooks are made again. */
import { NNsightError, ShapeError, TypeError, ValueError } from "../base/errors.ts";
import { leavesOf, mapTree, type Tree } from "../base/tree.ts";
import type { Fn } from "../ir/fn.ts";
import type { Apply, Made, Node, Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import type { Feed } from "../ir/region.ts";
import { parse } from "../ir/text/parse.ts";
import { Reader } from "../ir/text/reader.ts";
import type { LoopActions, Named, References, TraceActions } from "../ir/text/references.ts";
import { readType } from "../ir/text/terms.ts";
import { fits } from "../ir/types.ts";
import { type Limits, verify } from "../ir/verify.ts";
import type { Host } from "../tensor/host.ts";
import { printType, type Type } from "../tensor/type.ts";
import { type FnForm, type Form, formOf, type RegionForm, type StepForm } from "./form.ts";
import { type Leaves, unpack } from "./packed.ts";

/** What the receiver gives to a program. */
export interface Receiver {
  /** @throws when the model is not hosted here, or has no such module */
  fn(form: FnForm, args: Tree<Type>): Fn;
  /** The function, and the type of what it gives where that is known. @throws ValueError for no function of the library */
  call(step: StepForm): { readonly run: Apply["run"]; readonly type?: Type };
  /** What a loop goes through. */
  items(through: Made, line: string): Iterable<Made>;
  held(made: Made): unknown;
  /** The inputs of a model, read as its own traces read them. @param given with values in place of results */
  inputs(model: () => string, given: readonly Given[], feed: Feed): readonly Host[];
  /** The types of the inputs of a model, when they are not known before the run. */
  types(model: string): readonly Type[];
  readonly leaves: Leaves;
  /** Told what a region has made. */
  finished?(label: string, values: Named): void;
}

export interface Given {
  readonly input: unknown;
  /** Whether only the run knew it. */
  readonly late: boolean;
}

export interface Received {
  readonly program: Program;
  readonly inputs: readonly Host[];
  readonly results: ReadonlyMap<string, Result>;
  readonly wanted: ReadonlySet<string>;
  /** The models that it runs. */
  readonly models: readonly string[];
}

export const strict: Limits = { nodes: 20_000, depth: 16, bytes: 64 * 2 ** 20 };

/** @throws NNsightError for everything that is not a program whose every part is known and fits */
export function decode(
  said: unknown,
  tensors: ReadonlyMap<string, Host>,
  receiver: Receiver,
  limits: Limits = strict,
): Received {
  try {
    return read(formOf(said), tensors, receiver, limits);
  } catch (error) {
    if (error instanceof NNsightError) throw error;
    throw new ValueError("the program cannot be read.", { cause: error });
  }
}

function read(form: Form, tensors: ReadonlyMap<string, Host>, receiver: Receiver, limits: Limits): Received {
  const longest = limits.nodes * 400 + 100_000;
  if (form.text.length > longest)
    throw new ValueError(`the text of the program is longer than ${longest} characters, which is the limit.`);
  const tensor = (label: string): Host => tensors.get(label) ?? unknown("tensor", label);
  const leaves: Leaves = {
    pack: receiver.leaves.pack,
    unpack(key, content) {
      if (key === "tensor") return tensor(String(content));
      return key === "result" ? new Name(String(content)) : receiver.leaves.unpack(key, content);
    },
  };
  const calls = tableOf(form.functions, (one) => receiver.call(one));
  const models = new Map<Fn, string>();
  const references: References = {
    fns: tableOf(form.fns, (one) => {
      const fn = receiver.fn(one, unpack(one.args, signatures) as Tree<Type>);
      if (one.path === "") models.set(fn, one.model);
      return fn;
    }),
    tensors,
    functions: new Map([...calls].map(([label, { run }]) => [label, run])),
    values: tableOf(form.values, (one) => unpack(one, leaves)),
    regions: tableOf(form.regions, (one, label) => actionsOf(one, label)),
  };
  const { program, results, bodies } = parse(form.text, references, form.graph);
  verify(program, limits);
  const types = new Map([...calls.values()].map(({ run, type }) => [run, type]));
  for (const one of [program, ...[...bodies.values()].map((body) => body.program())])
    for (const node of one.nodes) requireTold(node, types);
  for (const name of form.wanted) if (!results.has(name)) unknown("wanted value", name);
  const inputs = form.inputs.map(tensor);
  requireInputs(program.root, inputs);
  return {
    program,
    inputs,
    results,
    wanted: new Set(form.wanted),
    models: [...new Set(Object.values(form.fns).map(({ model }) => model))],
  };

  function actionsOf(one: RegionForm, label: string): TraceActions | LoopActions {
    const values = (tree: unknown, named: Named): unknown =>
      mapTree(tree, isName, ({ text }) => {
        const made = named.get(text);
        return made && receiver.held(made);
      });
    const finish = (named: Named): void => receiver.finished?.(label, named);
    if (one.kind === "loop") {
      const gives = unpack(one.gives, leaves);
      const items = (through: Made): Iterable<Made> => receiver.items(through, one.line);
      return { kind: "loop", gives: undefined, items, collect: (named) => values(gives, named), finish };
    }
    const given = one.inputs.map((input) => unpack(input, leaves));
    const isLate = (input: unknown): boolean => leavesOf(input, isName).length > 0;
    const feed: Feed = { takes: one.takes, several: one.several, inputs: given };
    const root = (): Fn => bodies.get(label)!.program().root;
    const types = (): Type[] => root().inputs.map(({ results }) => results[0]!.type);
    const inputs = (named: Named): readonly Host[] => {
      const read = given.map((input) => ({ input: values(input, named), late: isLate(input) }));
      const made = receiver.inputs(
        () => models.get(root()) ?? unknown("model of a trace", label),
        read,
        feed,
      );
      requireInputs(root(), made);
      return made;
    };
    return {
      kind: "trace",
      feed,
      types: () => {
        if (one.takes !== "prompts") return types();
        return given.some(isLate) ? receiver.types(models.get(root())!) : inputs(new Map());
      },
      inputs,
      finish,
      fail: () => undefined,
    };
  }
}

/** The name of a result where it stands in a tree. */
class Name {
  constructor(readonly text: string) {}
}

const isName = (x: unknown): x is Name => x instanceof Name;

const tableOf = <T, U>(
  table: Readonly<Record<string, T>>,
  read: (one: T, label: string) => U,
): Map<string, U> => new Map(Object.entries(table).map(([label, one]) => [label, read(one, label)]));

/** Types of arguments. */
const signatures: Leaves = {
  pack: () => undefined,
  unpack(key, content) {
    if (key !== "type" || typeof content !== "string") throw new ValueError(`a signature has no '${key}'.`);
    const reader = new Reader(content);
    const type = readType(reader);
    return reader.ended ? type : reader.fail("a type ends here");
  },
};

function unknown(what: string, name: string): never {
  throw new ValueError(`the ${what} '${name}' is not among what was sent.`);
}

/** What a function of the host gives has the type that the function itself tells. */
function requireTold(node: Node, types: ReadonlyMap<Apply["run"], Type | undefined>): void {
  if (node.kind !== "apply") return;
  const stated = node.results[0]!.type;
  const told = types.get(node.run);
  if (stated.dynamic) return;
  if (!told || told.dtype !== stated.dtype || !fits(told, stated))
    throw new TypeError(
      `${node.name} is said to give ${printType(stated)}, but it gives ${told ? printType(told) : "what only the run knows"}.`,
    );
}

function requireInputs({ inputs }: Fn, given: readonly Host[]): void {
  const types = inputs.map(({ results }) => results[0]!.type);
  if (given.length === 0) return;
  if (types.length !== given.length || !types.every((type, i) => fits(type, given[i]!)))
    throw new ShapeError(
      `the model takes (${types.map(printType).join(", ")}), but is given (${given.map(printType).join(", ")}).`,
    );
}
