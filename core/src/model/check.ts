/** `model.check()`: whether what a model promises holds for this one, so that a load never half-works. */
import { leavesOf, mapTree, type Tree } from "../base/tree.ts";
import { type Fn, insideOf, join, modulesAround } from "../ir/fn.ts";
import { operationsOf } from "../ir/source.ts";
import { isModule, type Module } from "../nn/module.ts";
import { isType } from "../nn/record.ts";
import { allocate, sizeOf } from "../tensor/host.ts";
import { sizeOfDim, type Type } from "../tensor/type.ts";
import type { Subject } from "../trace/subject.ts";
import { isTensor, Tensor } from "../trace/tensor.ts";
import { isField, moved } from "./clashes.ts";
import type { AnyModel } from "./nnsight.ts";

export interface Check {
  readonly name: string;
  /** Nothing when it could not be tried. */
  readonly passed: boolean | undefined;
  /** What was found, in words. */
  readonly detail: string;
}

/** What `check` found. As a text it is a line for each check. */
export interface CheckReport {
  /** Whether none of the checks failed. */
  readonly passed: boolean;
  readonly checks: readonly Check[];
  toString(): string;
}

/** How far a sum of probabilities may be from 1, and a row of a batch from the same row alone (of the largest value). */
const TOLERANCE = 1e-4;

type Outcome = readonly [passed: boolean | undefined, detail: string];

/**
 * @param input what the model is tried on; otherwise some that fits the types it takes
 * @param long every block and layer, every module's values, and batches, not one of each
 */
export async function checkModel(
  model: AnyModel,
  subject: Subject,
  input: unknown,
  long: boolean,
): Promise<CheckReport> {
  const sample = input ?? sampleFor(subject);
  const root = subject.module as Module;
  const checks: Check[] = [];
  const add = async (name: string, look: () => Promise<Outcome>): Promise<void> => {
    const [passed, detail] = await look().catch((error: Error): Outcome => [false, error.message]);
    checks.push({ name, passed, detail });
  };
  const clean = sample === undefined ? undefined : await run(model, sample).catch((error: Error) => error);
  if (!Array.isArray(clean)) {
    const why = clean instanceof Error ? clean.message : "the types of its inputs are not known";
    checks.push({ name: "run", passed: undefined, detail: `${why} Give \`check\` an input.` });
    return reportOf(checks);
  }
  const { fn } = subject.record(subject.intake.signature(subject.intake.read(sample), false));
  const paths = calledIn(fn);
  await add("hooks", () => hooks(model, root, paths, sample, long));
  await add("edits", () => edits(model, root, blocksOf(paths), clean, sample, long));
  await add("attention", () => attention(model, patternsIn(fn, root), sample, long));
  if (long) await add("batches", () => batches(model, clean, sample));
  return reportOf(checks);
}

function reportOf(checks: readonly Check[]): CheckReport {
  const mark = (passed: boolean | undefined): string =>
    passed === undefined ? "not tried" : passed ? "holds" : "FAILS";
  return {
    passed: checks.every(({ passed }) => passed !== false),
    checks,
    toString: () =>
      checks.map(({ name, passed, detail }) => `${name}: ${mark(passed)}. ${detail}`).join("\n"),
  };
}

/** An input of the types that a model takes: few positions, small numbers. */
function sampleFor({ intake, module }: Subject): unknown {
  if (intake.prompts || (!(module as Module).inputType && accepts(intake, IDS))) return IDS;
  const type = (module as Module).inputType;
  const types = intake.template() ?? (type && [[type], {}]);
  if (types === undefined) return undefined;
  const [args, kwargs] = mapTree(types as Tree<Type>, isType, exampleOf) as unknown as [unknown[], object];
  return { args, kwargs };
}

const IDS = [[1, 2, 3, 4]];

function accepts(intake: Subject["intake"], input: unknown): boolean {
  try {
    intake.read(input);
    return true;
  } catch {
    return false;
  }
}

function exampleOf({ dtype, shape }: Type): Tensor {
  const sizes = shape.map(
    (dim) => sizeOfDim(dim) ?? (typeof dim === "object" && dim.name === "batch" ? 1 : 4),
  );
  const data = allocate(dtype, sizeOf(sizes));
  for (let i = 0; i < data.length; i++) {
    const value = dtype === "bool" ? 1 : dtype.includes("int") ? 1 + (i % 2) : Math.sin(1 + i);
    data[i] = dtype === "int64" ? BigInt(value) : value;
  }
  return new Tensor({ dtype, shape: sizes, data });
}

/** What the model gives for an input, as a list of floats. */
const run = async (model: AnyModel, sample: unknown, change = (): void => undefined): Promise<Tensor[]> =>
  (await model.trace(sample, () => {
    change();
    return leavesOf(model.output as Tree<Tensor>, isTensor);
  })) as unknown as Tensor[];

/** The modules that a function calls, as paths. */
function calledIn(fn: Fn, prefix = ""): string[] {
  return fn.nodes.flatMap((node) => {
    if (node.kind !== "call" || node.fn.place) return [];
    const path = join(prefix, node.callee);
    return [path, ...calledIn(insideOf(node), path)];
  });
}

/** Modules with weights of their own, apart from those that share them with others. */
function* owners(root: Module): Generator<string> {
  const seen = new Set<Tensor>();
  for (const [path, module] of root.namedModules()) {
    const own = Object.values(module.ownParameters).filter((one) => !seen.has(one));
    for (const one of own) seen.add(one);
    if (own.length && path) yield path;
  }
}

async function hooks(
  model: AnyModel,
  root: Module,
  paths: readonly string[],
  sample: unknown,
  long: boolean,
): Promise<Outcome> {
  const called = new Set(paths);
  const places = [...called].filter((path) => isModule(moduleAt(root, path)));
  const lost = [...owners(root)].filter(
    (path) => !called.has(path) && !modulesAround(path).some((one) => called.has(one)),
  );
  const values = (await model.trace(sample, () =>
    places.flatMap((path) => {
      const found = outputOf(model, root, path);
      return long ? found.map((one) => one.float().sum()) : [];
    }),
  )) as unknown as Tensor[];
  const strange = values.filter((one) => Number.isNaN(Number(one.item()))).length;
  const more = lost.length
    ? ` ${lost.length} modules with weights are not called for this input, such as '${lost[0]}'.`
    : "";
  return [
    strange === 0,
    `${places.length} modules are called and can be read${strange ? `, ${strange} of them give what is no number` : ""}.${more}`,
  ];
}

/** Its name is another one in a module with a part that is called `output`. */
function outputOf(model: AnyModel, root: Module, path: string): Tensor[] {
  const module = moduleAt(root, path) as Module;
  const envoy = model.get(path) as unknown as Readonly<Record<string, Tree<Tensor>>>;
  return leavesOf(envoy[isField(module, "output") ? moved("output") : "output"]!, isTensor);
}

function moduleAt(root: Module, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((one, name) => (one ? Reflect.get(one as object, name) : undefined), root);
}

/** The longest list of modules that are called, else the modules that the model itself calls. */
function blocksOf(paths: readonly string[]): readonly string[] {
  const called = [...new Set(paths)];
  const lists = Map.groupBy(
    called.filter((path) => /\.\d+$/.test(path)),
    (path) => path.slice(0, path.lastIndexOf(".")),
  );
  const [longest = []] = [...lists.values()].sort((a, b) => b.length - a.length);
  return longest.length ? longest : called.filter((path) => !path.includes(".")).slice(0, 1);
}

async function edits(
  model: AnyModel,
  root: Module,
  blocks: readonly string[],
  clean: readonly Tensor[],
  sample: unknown,
  long: boolean,
): Promise<Outcome> {
  if (blocks.length === 0) return [undefined, "it calls no modules."];
  const tried = long ? blocks : [blocks[blocks.length >> 1]!];
  for (const path of tried) {
    const zero = (): void => {
      outputOf(model, root, path)[0]?.fill(0);
    };
    const made = await run(model, sample, zero);
    if (made.every((one, i) => differenceOf(one, clean[i]!) === 0))
      return [false, `the output of '${path}' was set to zero, and nothing changed.`];
  }
  return [
    true,
    `setting ${long ? `each of ${tried.length} blocks` : `'${tried[0]}'`} to zero changes the result.`,
  ];
}

async function attention(
  model: AnyModel,
  places: readonly Place[],
  sample: unknown,
  long: boolean,
): Promise<Outcome> {
  if (places.length === 0) return [undefined, "where its attention is cannot be told."];
  const tried = long ? places : places.slice(0, 1);
  const sums = (await model.trace(sample, () =>
    tried.map((place) => place(model).sum(-1).sub(1).abs().max()),
  )) as unknown as Tensor[];
  const worst = Math.max(...sums.map((one) => Number(one.item())));
  return [worst < TOLERANCE, `rows of ${tried.length} layers sum to 1 within ${worst.toExponential(1)}.`];
}

/** Reads a value inside of a model, in a trace. */
type Place = (model: AnyModel) => Tensor;

/** The places of attention's patterns; of a model file, the softmax of values with an axis for heads or in a module named so. */
function patternsIn(fn: Fn, root: Module, prefix = "", module = ""): Place[] {
  const softmax = operationsOf(fn).filter(
    ({ kind, node }) =>
      kind === "Softmax" && (node.results[0]!.type.shape.length === 4 || /att(n|ention)/i.test(module)),
  );
  const read = softmax.map(
    ({ name }): Place =>
      (model) =>
        (module ? model.get(module) : model).source[name]!.output,
  );
  const inside = fn.nodes.flatMap((node): Place[] => {
    if (node.kind !== "call") return [];
    const path = join(prefix, node.callee);
    if (node.fn.place) {
      const place = join(module, node.callee);
      return node.callee === "hook_pattern" ? [(model) => model.get(place) as unknown as Tensor] : [];
    }
    return patternsIn(insideOf(node), root, path, isModule(moduleAt(root, path)) ? path : module);
  });
  return [...read, ...inside];
}

async function batches(model: AnyModel, clean: readonly Tensor[], sample: unknown): Promise<Outcome> {
  const both = (await model.trace((tracer) => {
    const each = [sample, sample].map((one) =>
      tracer.invoke(one, () => leavesOf(model.output as Tree<Tensor>, isTensor)),
    );
    return each[1];
  })) as unknown as Tensor[];
  const worst = Math.max(
    ...both.map(
      (one, i) => differenceOf(one, clean[i]!) / Math.max(1, Number(clean[i]!.float().abs().max().item())),
    ),
  );
  return [worst < TOLERANCE, `two in a batch give what one gives, within ${worst.toExponential(1)}.`];
}

const differenceOf = (a: Tensor, b: Tensor): number => Number(a.float().sub(b.float()).abs().max().item());
