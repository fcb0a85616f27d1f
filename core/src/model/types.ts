/** The types of envoys: the tree of a module with `input`, `inputs` and `output` at each of its modules. */
import type { PerHead } from "../nn/attention.ts";
import type { ModuleList } from "../nn/containers.ts";
import type { Module } from "../nn/module.ts";
import type { Resolved } from "../trace/resolved.ts";
import type { Session } from "../trace/session.ts";
import type { Tensor } from "../trace/tensor.ts";
import type { Tracer } from "../trace/tracer.ts";
import type { CheckReport } from "./check.ts";
import type { Editing, EditOptions } from "./edit.ts";
import type { Exported } from "./export.ts";
import type { Job, RemoteOptions } from "./hosted.ts";
import type { Beside, Inner, ModuleAt, Names, Renamed, Seen } from "./path-types.ts";
import type { TraceOptions } from "./run.ts";
import type { Source } from "./source-types.ts";

/** What a module's forward gives, as a handle: a tensor, or a tuple or dict that can be saved whole. */
type Output<M> = M extends { forward(...args: never[]): infer R } ? Handle<R> : Tensor;
type Handle<R> = R extends Tensor ? Tensor : R extends object ? R & { save(): R; stop(): void } : R;

/** `[args, kwargs]` as a call passes them. */
export type Inputs = [args: [Tensor, ...unknown[]], kwargs: Record<string, unknown>] & { save(): Inputs };

/** Reading and writing the edges of a module's calls. Valid inside a trace of the model. */
export interface Edges<M> {
  /** The first positional argument. Assigning changes what the module sees, and nothing else. */
  input: Tensor;
  /** All arguments: `[args, kwargs]`. */
  inputs: Inputs;
  /** What the module gave. Assigning changes what every consumer outside it sees. */
  output: Output<M>;
  /**
   * The operations of the module's forward, by name and number; `console.log(module.source)` lists them. Each has an
   * `input` and an `output` of its own, and those that are modules have a `source`.
   * @example block.mlp.source.mul_0!.output.fill(0)
   * @throws RuntimeError outside a trace of a model whose inputs are not known yet
   */
  readonly source: Source;
  /** Each call of the module, where it is called more than once; plain `output` is the first. */
  readonly calls: readonly Edges<M>[];
  /** The module's path from the root of the model. */
  readonly path: string;
  /**
   * Puts a module beside the others, to be called on values of a trace or an edit; what is inside can be observed.
   * @example const a = block.attach("attachment", new Complex());
   */
  attach<A extends Module>(name: string, module: A): Envoy<A>;
  /**
   * The module is not run: its output, or the first of its outputs, is this value. The same as assigning it, as what
   * nobody needs is never run.
   */
  skip(value: Tensor | Output<M>): void;
  /** In a generation: from here on this module's values are those of the next step, or of `count` steps further. */
  next(count?: number): this;
  /** In a generation: goes through every step, as `tracer.iter.all`. */
  all<T>(body: (step: number) => T): T[];
  all(): Iterable<number>;
}

/** A module of a kind that the types do not know. */
export interface AnyEnvoy extends Omit<Edges<Module>, "output">, Tree<Module>, Iterable<AnyEnvoy> {
  (...args: unknown[]): Tensor;
  output: Tensor;
}

/** A module as a tree to walk. */
export interface Tree<M, R extends Names = {}> {
  /** Says to the compiler of cells that reading and writing its values is recorded. */
  readonly isTraced?: true;
  /**
   * What is at a path of names and numbers: a module, or inside a trace its `input`, `inputs` or `output`.
   * @example lm.get("model.layers.-1.mlp").output; lm.get("model.layers.0.mlp.output").save();
   * @throws AttributeError with the nearest names
   */
  get<P extends string>(path: P): At<M, P, R>;
  /** The direct submodules. */
  children(): AnyEnvoy[];
  /** This module and all below it, each once; those alone that `include` takes. */
  modules(include?: (envoy: AnyEnvoy) => boolean): AnyEnvoy[];
  /** The same with their paths from here; this one is "". */
  namedModules(): [path: string, envoy: AnyEnvoy][];
  /** All parameters, each once. Inside a trace they are read-only values. */
  parameters(): Tensor[];
  namedParameters(): [path: string, parameter: Tensor][];
}

type At<M, P extends string, R extends Names> = string extends P
  ? AnyEnvoy
  : P extends `${infer Head}.${infer Rest}`
    ? At<Step<M, Head, R>, Rest, R>
    : P extends ""
      ? Envoy<M, R>
      : [Step<M, P, R>] extends [never]
        ? AtEdge<M, P>
        : Envoy<Step<M, P, R>, R>;

/** One name further, which may be another name. */
type Step<M, Name extends string, R extends Names> = Name extends keyof Renamed<M, R>
  ? Renamed<M, R>[Name]
  : ModuleAt<M, Name>;

type AtEdge<M, Name extends string> = Name extends `hook_${string}` | keyof PerHead
  ? Tensor
  : Name extends "inputs"
    ? Inputs
    : Name extends "input"
      ? Tensor
      : Name extends "output"
        ? [M] extends [never]
          ? Tensor
          : Output<M>
        : AnyEnvoy;

/** A list of envoys; negative places count from the end. */
export interface EnvoyList<M, R extends Names = {}>
  extends Tree<ModuleList<M & Module>, R>,
    Iterable<Envoy<M, R>> {
  readonly [index: number]: Envoy<M, R>;
  readonly length: number;
  readonly path: string;
  at(index: number): Envoy<M, R> | undefined;
  forEach(each: (envoy: Envoy<M, R>, index: number) => void): void;
  map<T>(each: (envoy: Envoy<M, R>, index: number) => T): T[];
  slice(start?: number, end?: number): Envoy<M, R>[];
}

type ChildrenOf<M, R extends Names> = {
  readonly [K in keyof M as M[K] extends Module ? K : never]: Envoy<M[K], R> & Seen<R, K>;
} & { readonly [K in keyof Renamed<M, R>]: Envoy<Renamed<M, R>[K], R> } & {
  [K in keyof M as M[K] extends Tensor ? K : never]: M[K];
};

/** Attention by the name that it has in every architecture, where a layer calls it otherwise. */
type Standard<M, R extends Names> = M extends { readonly attn: Module }
  ? unknown
  : M extends
        | { readonly self_attn: infer A extends PerHead }
        | { readonly attention: infer A extends PerHead }
    ? { readonly attn: Envoy<A, R> }
    : unknown;

/**
 * A module of a model as a user sees it; it can be called on values of a trace, which uses its weights once more.
 * `R` is the `rename` of the model.
 */
export type Envoy<M, R extends Names = {}> =
  M extends ModuleList<infer N>
    ? EnvoyList<N, R> & { readonly [K in keyof Renamed<M, R>]: Envoy<Renamed<M, R>[K], R> }
    : ChildrenOf<M, R> &
        Standard<M, R> &
        Beside<M, Edges<M> & Tree<M, R>> &
        Iterable<AnyEnvoy> &
        ((
          ...args: M extends { forward(...a: infer A): unknown }
            ? A | [...A, { readonly hook?: boolean }]
            : unknown[]
        ) => M extends { forward(...a: never[]): infer R } ? R : Tensor);

/** A model as a user holds it. `I` is what it takes. */
export type Wrapped<I, M, R extends Names = {}> = Envoy<M, Inner<R>> & {
  readonly [K in keyof Renamed<M, R>]: Envoy<Renamed<M, R>[K], Inner<R>>;
} & Beside<M, Traceable<I, M>>;

/** Running a model with its inside open. `I` is what it takes. */
export interface Traceable<I, M> {
  /**
   * Records `body` and runs the model with it. What `body` returns is saved and comes back concrete.
   * Without `body` it is a block: `{ await using tracer = model.trace(input); … }` runs when the block ends.
   * @throws the first error of the recording, or what the run raises
   */
  trace<T>(input: I, body: (tracer: Tracer) => T): Promise<Resolved<T>>;
  trace<T>(
    input: I | undefined,
    options: TraceOptions & { readonly remote: true | "self"; readonly blocking: false },
    body: (tracer: Tracer) => T,
  ): Promise<Job<Resolved<T>>>;
  trace<T>(input: I | undefined, options: TraceOptions, body: (tracer: Tracer) => T): Promise<Resolved<T>>;
  trace(input: I, options: TraceOptions & { readonly trace: false }): Promise<Output<M>>;
  trace<T>(body: (tracer: Tracer) => T): Promise<Resolved<T>>;
  trace<T>(options: TraceOptions, body: (tracer: Tracer) => T): Promise<Resolved<T>>;
  trace(input?: I, options?: TraceOptions): Tracer;
  /**
   * Records several traces, which run in order when the session closes; values of earlier ones can be used in later
   * ones without `save`. What `body` returns is saved. Without `body` it is a block: `{ await using s = model.session(); … }`.
   */
  session<T>(body: (session: Session) => T): Promise<Resolved<T>>;
  session<T>(
    options: RemoteOptions & { readonly remote: true | "self"; readonly blocking: false },
    body: (session: Session) => T,
  ): Promise<Job<Resolved<T>>>;
  session<T>(options: RemoteOptions, body: (session: Session) => T): Promise<Resolved<T>>;
  session(options?: RemoteOptions): Session;
  /**
   * Records changes that are part of every later trace: of a copy that shares the modules, or of this model.
   * As a block: `const ed = model.edit(); { await using _ = ed; … } ed.model`.
   * @throws RuntimeError when the types of the model's inputs are not known yet
   */
  edit(body: (editor: Tracer) => unknown): Promise<this>;
  edit(
    options: { readonly inplace?: boolean; readonly returnContext: true },
    body: (editor: Tracer) => unknown,
  ): Promise<[model: this, editor: Tracer]>;
  edit(options: EditOptions, body: (editor: Tracer) => unknown): Promise<this>;
  edit(options?: EditOptions): Editing<this>;
  /**
   * The model as every trace begins, with its edits, as a picture; a notebook shows it.
   * @throws RuntimeError when the types of the model's inputs are not known yet
   */
  vis(): ReturnType<Tracer["vis"]>;
  /**
   * Writes the model with its edits as an ordinary ONNX file for any size of batch and prompt. What `body` returns are more
   * outputs, by the names that it gives them; the changes that it writes are in the file, too. Weights of more than 64 MB lie
   * beside it, in a file whose name ends in `.data`.
   * @example await edited.export("edited.onnx", () => ({ middle: edited.layers[5].output[0] }));
   * @throws RuntimeError for what no such file can hold (conditions, loops, functions, random numbers), or when the types of the model's inputs are not known yet
   */
  export(path: string, body?: (editor: Tracer) => unknown): Promise<Exported>;
  /**
   * Whether what a model promises holds for this one: every module can be read and gives numbers, a change of each block
   * changes the result, rows of attention sum to 1, two in a batch give what one gives.
   * @param input what it is tried on; otherwise a small one of the types that it takes
   * @example console.log(String(await lm.check()))
   */
  check(input?: I): Promise<CheckReport>;
  /** Takes all edits away. */
  clearEdits(): void;
  /** Like trace, but nothing is run and no weights are read: for the shapes of values. Nothing needs to be saved. */
  scan<T>(input: I, body: (tracer: Tracer) => T): Promise<T>;
  scan(input: I): Tracer;
}
