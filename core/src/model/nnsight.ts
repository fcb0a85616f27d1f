/** `NNsight`: wraps a module so that its inside can be read and changed. */
import { TypeError, ValueError } from "../base/errors.ts";
import { requireOptions } from "../base/options.ts";
import { isModule, type Module } from "../nn/module.ts";
import { recordRoot } from "../nn/record.ts";
import { LocalBackend } from "../run/local.ts";
import type { Edit } from "../trace/edit.ts";
import type { Intake, Subject } from "../trace/subject.ts";
import type { Tracer } from "../trace/tracer.ts";
import {
  type Aliases,
  aliasesIn,
  type NamingOptions,
  namingOptions,
  pathIn,
  type Rename,
} from "./aliases.ts";
import { checkModel } from "./check.ts";
import { accessorNames, warnClashes } from "./clashes.ts";
import { openEdit } from "./edit.ts";
import { type Extras, envoyOf, placeOf } from "./envoy.ts";
import { exportModel } from "./export.ts";
import { genericIntake } from "./generic-intake.ts";
import { onnxIntake } from "./onnx/intake.ts";
import type { Names } from "./path-types.ts";
import { openSession, openTrace } from "./run.ts";
import { standardNames } from "./standard-names.ts";
import type { Wrapped } from "./types.ts";
import { type Views, type ViewsOf, viewsIn } from "./views.ts";
import { visOf } from "./vis.ts";

/** One backend, so that models share warm sessions of equal pieces. */
export const local = new LocalBackend();

/** What a model is, for lists of what a notebook holds. */
export interface ModelFacts {
  readonly name: string;
  readonly module: Module;
  readonly edits: readonly Edit[];
}

const models = new WeakMap<object, ModelFacts>();

/** What is known of a model; `undefined` for anything else, of which nothing is asked. */
export const modelFacts = (x: object): ModelFacts | undefined => models.get(x);

/** What a copy by `edit` takes over from its model. */
interface Origin {
  readonly aliases: Aliases;
  readonly views: ViewsOf;
  readonly edits: readonly Edit[];
}

/**
 * The root envoy of a module, with `trace` and its kin and what a kind of model adds. Copies by `edit` share the module.
 * @throws ValueError for a name of `rename` that is taken
 */
export function wrap(
  module: Module,
  name: string,
  intake: Intake,
  more: (subject: Subject) => Extras = () => ({}),
  naming: NamingOptions = {},
  origin?: Origin,
): unknown {
  const own = [...(origin?.edits ?? [])];
  const subject: Subject = {
    name,
    module,
    intake,
    backend: local,
    edits: own,
    record: (args) => recordRoot(module, args),
    pathOf: (path) => pathIn(module, [aliases, standard], path),
  };
  const all: Extras = {
    trace: (...args: unknown[]) => openTrace("trace", subject, args),
    scan: (...args: unknown[]) => openTrace("scan", subject, args),
    session: (...args: unknown[]) => openSession(local, args),
    edit: (...args: unknown[]) =>
      openEdit(subject, args, (edit, inplace) => {
        if (!inplace) return wrap(module, name, intake, more, {}, { aliases, views, edits: [...own, edit] });
        own.push(edit);
        return model;
      }),
    vis: () => visOf(subject),
    export: (path: string, body?: (editor: Tracer) => unknown) => exportModel(subject, path, body),
    check: (input?: unknown) => checkModel(model as AnyModel, subject, input, true),
    clearEdits: () => void own.splice(0),
    ...more(subject),
  };
  const aliases = origin?.aliases ?? named(module, Object.keys(all), naming.rename ?? {});
  const views = origin?.views ?? viewsIn(module, naming.envoys ?? {});
  const standard = standardNames(module);
  const root = { name, aliases, standard, views, subject };
  const model: unknown = envoyOf(root, module, "", all);
  models.set(model as object, { name, module, edits: own });
  return model;
}

/** Says which names clash, and finds where the others hold. */
function named(module: Module, extras: readonly string[], rename: Rename): Aliases {
  warnClashes(module, extras);
  return aliasesIn(module, rename, new Set([...accessorNames, ...extras]));
}

/** Tries a model that was loaded. @throws ValueError with what fails */
export async function requireSound(model: AnyModel, id: string): Promise<void> {
  const report = await checkModel(model, placeOf(model)!.subject, undefined, false);
  if (!report.passed)
    throw new ValueError(
      `${id} does not do what a model must:\n${report}\nLoad it with { check: false } to look into it.`,
    );
}

/**
 * Wraps a module: `new NNsight(net)` has the same tree, and `trace` to look inside.
 * @example
 * const tiny = new NNsight(new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) }));
 * const hidden = await tiny.trace(ops.rand(1, 5), () => tiny.layer1.output);
 * @see nnsight.NNsight
 */
export type NNsight<M extends Module = Module, R extends Names = {}> = Wrapped<unknown, M, R>;
export const NNsight = class {
  constructor(module: Module, naming: NamingOptions = {}) {
    if (!isModule(module))
      throw new TypeError(
        `NNsight wraps a module, such as \`new nn.Sequential({ … })\`; it was given ${typeof module}. For a model by name write \`await LanguageModel.load(name)\`.`,
      );
    requireOptions("NNsight", naming, namingOptions);
    // biome-ignore lint/correctness/noConstructorReturn: the envoy stands in for the wrapper, with the module's own names
    return wrap(module, "NNsight", genericIntake(module), undefined, naming) as object;
  }

  static async load(path: string, options: LoadFileOptions = {}): Promise<unknown> {
    requireOptions("NNsight.load", options, ["check", "fixed", ...namingOptions]);
    const { check = true, fixed, ...naming } = options;
    const { openOnnx } = await import("./onnx/index.ts");
    const { module, inputs } = await openOnnx(path, fixed);
    const intake = onnxIntake(module, inputs);
    const model = wrap(module, module.kind, intake, undefined, naming);
    if (!check) return model;
    await requireSound(model as AnyModel, path);
    return model;
  }
} as unknown as {
  new <M extends Module, const R extends Rename = {}, V extends Views = {}>(
    module: M,
    options?: NamingOptions<R, V>,
  ): NNsight<M, R & V>;
  /**
   * The model in an ONNX file: its tree of modules from the scopes that PyTorch's exporters leave in it, else from the
   * names of its nodes. It takes a value, `{ name: value }`, or `{ args, kwargs }`.
   * @example const net = await NNsight.load("model.onnx"); net.get("blocks.0.attn").output
   * @throws ValueError when the file is not there, is broken, holds what is not read, or does not do what a model must
   */
  load(path: string, options?: LoadFileOptions): Promise<AnyModel>;
};

export interface LoadFileOptions extends NamingOptions {
  /**
   * Tries once whether all modules can be read and a change of one changes the result, on a small input of the types that
   * the file says it takes. Default true; `model.check()` tries more.
   */
  readonly check?: boolean;
  /**
   * Inputs of the file that choose one of its branches, and what they are: the other branch is left out. Default
   * `{ use_cache_branch: false }`: a merged decoder runs whole prompts. @see docs/models.md
   */
  readonly fixed?: Readonly<Record<string, boolean>>;
}

/** A model whose modules the types do not know. */
// biome-ignore lint/suspicious/noExplicitAny: the file decides what is in it
export type AnyModel = NNsight<Module> & { readonly [name: string]: any };
