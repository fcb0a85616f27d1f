/** `module.source`: the operations of a module's forward, each read and written like a module, and what is inside those that are modules. */
import { AttributeError } from "../base/errors.ts";
import { nearest } from "../base/names.ts";
import { forwardLineOf } from "../base/where.ts";
import { callsIn } from "../ir/edges.ts";
import { type Found, findCalls, join } from "../ir/fn.ts";
import { bind, type Sizes } from "../ir/sizes.ts";
import { operationPath, operationsOf, type Operation as Step } from "../ir/source.ts";
import { nameOfDim, printType, sizeOfDim, type Type } from "../tensor/type.ts";
import { currentScope } from "../trace/contexts.ts";
import type { Tensor } from "../trace/tensor.ts";
import { forwardAround } from "../trace/tracer.ts";
import { edgeAccess, openForward, poisoned } from "./edge-access.ts";
import type { Root } from "./envoy.ts";
import type { Operation, Source } from "./source-types.ts";

const inspect = Symbol.for("nodejs.util.inspect.custom");

/** The calls of a model by path: those of the open trace, else as for any input. */
interface Seen {
  calls(path: string): readonly Found[];
  readonly sizes: Sizes;
}

function seenIn(root: Root, path: string): Seen {
  const { subject } = root;
  const open = forwardAround(currentScope(), path);
  if (open?.subject.module === subject.module) {
    const { fn, sizes } = open.edges.model();
    const { builder, clock } = open.recording;
    return { calls: (one) => callsIn({ root: fn, calls: builder.calls, clock }, one), sizes };
  }
  const { fn, sizes } = subject.record(subject.intake.template() ?? subject.intake.anySignature());
  return { calls: (one) => findCalls(fn, one), sizes };
}

/** @throws AttributeError for a module that the model does not call, RuntimeError when the types of its inputs are not known yet */
export function sourceOf(root: Root, path: string, call: number): Source {
  const seen = seenIn(root, path);
  const found = seen.calls(path)[call];
  if (!found)
    throw poisoned(
      new AttributeError(`the model never calls '${path}' for this input, so there is no source of it.`),
    );
  const operations = new Map(operationsOf(found.fn.opened ?? found.fn).map((step) => [step.name, step]));
  const at = (name: string): Operation | undefined => {
    const step = operations.get(name) ?? operations.get(name.replace(/^self_/, ""));
    return step && new OperationEnvoy(root, { path, call, found, seen }, step);
  };
  const all = (): Operation[] => [...operations.keys()].map((name) => at(name)!);
  const print = (): string => `${join(path, "source")}\n${table(all())}`;
  return new Proxy({ [inspect]: print } as unknown as Source, {
    get(target, key) {
      if (key === Symbol.iterator) return () => all().values();
      if (key === "toString") return print;
      if (typeof key === "symbol") return Reflect.get(target, key);
      return at(key) ?? (["then", "toJSON", "constructor"].includes(key) ? undefined : unknown(key));
    },
    set(_, key) {
      throw poisoned(
        new AttributeError(
          `'${String(key)}' is an operation: assign its \`input\`, its \`inputs\` or its \`output\`.`,
        ),
      );
    },
    has: (_, key) => typeof key === "string" && at(key) !== undefined,
    ownKeys: () => [...operations.keys()],
    getOwnPropertyDescriptor: (_, key) => {
      const value = typeof key === "string" ? at(key) : undefined;
      return value && { value, enumerable: true, configurable: true };
    },
  });

  function unknown(name: string): never {
    const names = [...operations.keys()];
    throw poisoned(
      new AttributeError(
        `${join(path, "source")} has no operation '${name}'. ${nearest(name, names) ? `Did you mean ${nearest(name, names)}?` : `It has ${names.join(", ") || "none"}.`}`,
      ),
    );
  }
}

interface Body {
  readonly path: string;
  readonly call: number;
  readonly found: Found;
  readonly seen: Seen;
}

/** No plain object, so that nobody who looks into one reads its edges. */
class OperationEnvoy implements Operation {
  readonly name: string;
  readonly kind: string;
  readonly shape: readonly (number | string)[];
  readonly where: string;
  readonly path: string;
  readonly #type: Type;
  readonly #edges: ReturnType<typeof edgeAccess>;
  readonly #source: () => Source;

  constructor(root: Root, body: Body, { name, kind, node, position }: Step) {
    const type = bind(node.results[0]!.type, body.seen.sizes);
    const shown = `${join(body.path, "source")}.${name}`;
    const { path, call } =
      node.kind === "call"
        ? calleeOf(body, node.callee, position)
        : { path: operationPath(body.path, name), call: body.call };
    this.name = name;
    this.kind = kind;
    this.shape = type.shape.map((dim) => sizeOfDim(dim) ?? nameOfDim(dim) ?? "?");
    this.where = forwardLineOf(node.where ?? {});
    this.path = shown;
    this.#type = type;
    this.#edges = edgeAccess((what) => openForward(root, body.path, `${shown}.${what}`), path, call);
    this.#source = () => {
      if (node.kind === "call") return sourceOf(root, path, call);
      throw poisoned(
        new AttributeError(
          `${shown} is one operation, with no source of its own: read its inputs and its output.`,
        ),
      );
    };
  }

  get input(): Operation["input"] {
    return this.#edges.input();
  }

  set input(value) {
    this.#edges.write("input", value);
  }

  get inputs(): Operation["inputs"] {
    return this.#edges.inputs() as Operation["inputs"];
  }

  set inputs(value) {
    this.#edges.write("inputs", value);
  }

  get output(): Operation["output"] {
    return this.#edges.output();
  }

  set output(value) {
    this.#edges.write("output", value);
  }

  get source(): Source {
    return this.#source();
  }

  skip(value: Tensor): void {
    this.#edges.skip(value);
  }

  toString(): string {
    return `${this.path}: ${this.kind} → ${printType(this.#type)}, ${this.where}`;
  }

  [inspect](): string {
    return this.toString();
  }
}

/** The module that a body calls at a place, and which of its calls that is. */
function calleeOf(
  { path: prefix, found, seen }: Body,
  callee: string,
  position: number,
): { readonly path: string; readonly call: number } {
  const path = join(prefix, callee);
  const time = [...found.at, position].join();
  return { path, call: seen.calls(path).findIndex(({ at }) => at.join() === time) };
}

/** Columns of name, kind, shape and place. */
function table(operations: readonly Operation[]): string {
  const rows = operations.map(({ name, kind, shape, where }) => [name, kind, `[${shape.join(", ")}]`, where]);
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}`,
    )
    .join("\n");
}
