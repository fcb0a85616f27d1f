/** A program as data that another machine can run: refused before it is sent when a part of it lives only here. */
import { TypeError, ValueError } from "../base/errors.ts";
import { isPlainObject, leavesOf, mapTree } from "../base/tree.ts";
import { lineOf } from "../base/where.ts";
import type { Fn } from "../ir/fn.ts";
import { type Apply, isResult, type Node, type Result } from "../ir/node.ts";
import type { Program, Save } from "../ir/program.ts";
import type { LoopBody, RegionBody } from "../ir/region.ts";
import { typeText } from "../ir/text/literals.ts";
import { print } from "../ir/text/print.ts";
import { type Host, isHost } from "../tensor/host.ts";
import type { Type } from "../tensor/type.ts";
import { type FnForm, type Form, type RegionForm, type StepForm, wireVersion } from "./form.ts";
import { type Leaves, pack } from "./packed.ts";

/** What the sender knows of the parts that travel by name. */
export interface Sender {
  /** The hosted model that a function is of, and where it stands there; nothing for a module of the user's own. */
  placeOf(fn: Fn): { readonly model: string; readonly path: string } | undefined;
  /** The name of a function of the library; nothing for one of the user's own. */
  stepOf(run: Apply["run"]): StepForm | undefined;
  /** Leaves of other kinds, such as complex numbers. */
  readonly leaves: Leaves;
  /** The line that a loop was opened at. */
  lineOf(body: LoopBody): string;
}

export interface Sent {
  readonly form: Form;
  readonly tensors: ReadonlyMap<string, Host>;
  readonly results: ReadonlyMap<string, Result>;
  readonly bodies: ReadonlyMap<string, RegionBody>;
}

/** @throws TypeError or ValueError, with the line, for what cannot leave this process */
export function encode(program: Program, inputs: readonly Host[], sender: Sender): Sent {
  const { text, references, results, bodies } = print(program);
  const tensors = new Map(references.tensors);
  const names = new Map([...results].map(([name, result]) => [result, name]));
  const add = (host: Host): string => {
    const name = `tensor:${tensors.size}`;
    tensors.set(name, host);
    return name;
  };
  const leaves: Leaves = {
    pack: (x) => {
      if (isResult(x)) return ["result", names.get(x)!];
      return isHost(x) ? ["tensor", add(x)] : sender.leaves.pack(x);
    },
    unpack: sender.leaves.unpack,
  };
  const all = [program, ...[...bodies.values()].map((body) => body.program())];
  const nodes = all.flatMap((one) => one.nodes);
  const form: Form = {
    wire: wireVersion,
    graph: program.id,
    text,
    fns: tableOf(references.fns, (fn) => fnForm(fn, nodes, sender)),
    functions: tableOf(references.functions, (run) => sender.stepOf(run) ?? refuseForeign(run, nodes)),
    values: tableOf(references.values, (value) => pack(value, leaves)),
    regions: tableOf(
      bodies,
      (body): RegionForm =>
        body.kind === "loop"
          ? { kind: "loop", line: sender.lineOf(body), gives: pack(body.gives, leaves) }
          : {
              kind: "trace",
              ...body.feed,
              inputs: body.feed.inputs.map((one) => pack(one, leaves)),
            },
    ),
    inputs: inputs.map(add),
    wanted: [
      ...new Set(all.flatMap(({ saves }) => saves.filter(isOwn).map(({ result }) => names.get(result)!))),
    ],
  };
  return { form, tensors, results, bodies };
}

const isOwn = ({ lent }: Save): boolean => !lent;

const tableOf = <T, U>(table: ReadonlyMap<string, T>, form: (one: T) => U): Record<string, U> =>
  Object.fromEntries([...table].map(([label, one]) => [label, form(one)]));

/** Types of arguments: the only leaves that a signature has. */
export const typeLeaves: Leaves = {
  pack: (x) => (isType(x) ? ["type", typeText(x)] : undefined),
  unpack: (key) => {
    throw new ValueError(`a signature has no '${key}'.`);
  },
};

const isType = (x: unknown): x is Type => isPlainObject(x) && "dtype" in x && "shape" in x;

function fnForm(fn: Fn, nodes: readonly Node[], sender: Sender): FnForm {
  const place = sender.placeOf(fn);
  if (place)
    return {
      ...place,
      args: pack(
        mapTree(fn.args, isResult, ({ type }) => type),
        typeLeaves,
      ),
    };
  const call = nodes.find((node) => node.kind === "call" && node.fn === fn);
  if (call?.kind !== "call")
    throw new ValueError(
      `this model (${fn.name}) is no hosted one, so it cannot be run remotely: load it by its name with LanguageModel.load(…), or run the trace here, without { remote: true }.`,
    );
  throw new TypeError(
    `the module '${call.callee}' (${fn.name}) called at ${lineOf(call.where ?? {})} is not part of the hosted model. ` +
      "Setting new modules with remote execution is not supported: write what it does with ops in the trace, " +
      "or run the trace here, without { remote: true }.",
  );
}

function refuseForeign(run: Apply["run"], nodes: readonly Node[]): never {
  const node = nodes.find((one) => one.kind === "apply" && one.run === run);
  throw foreign(node?.kind === "apply" ? node.name : "a function", lineOf(node?.where ?? {}));
}

/** @param problem the first thing in it that could not be recorded */
export const foreign = (name: string, line: string, problem = ""): TypeError =>
  new TypeError(
    `the function '${name}' given to apply at ${line} is a function of your own, which cannot leave this process${problem && `, and recording it failed: ${problem.replace(/\.$/, "")}`}. ` +
      "For a remote run there are three ways: write it with tensor operations (`x.sum(-1)`), which are recorded; " +
      "save its arguments and call it after the run; or ask for an operation that does it.",
  );

/** The results in a tree. */
export const resultsIn = (tree: unknown): Result[] => leavesOf(tree, isResult);
