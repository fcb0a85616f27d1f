/** How a model of any kind takes its inputs: tensors whose first axis is the batch. */
import { RuntimeError, ShapeError, TypeError } from "../base/errors.ts";
import { requireOptions } from "../base/options.ts";
import { isPlainObject, leavesOf, mapTree, type Tree } from "../base/tree.ts";
import type { Module } from "../nn/module.ts";
import { opNamed } from "../ops/named.ts";
import { type Host, isHost } from "../tensor/host.ts";
import type { Dim, Type } from "../tensor/type.ts";
import { tensor } from "../trace/create.ts";
import { isLazy } from "../trace/state.ts";
import type { Batch, Intake, Portion } from "../trace/subject.ts";
import { Tensor } from "../trace/tensor.ts";

type Arguments = readonly [readonly Tree<Host>[], Readonly<Record<string, Tree<Host>>>];

/** For one module; it learns the types of its inputs from the first trace, where the module does not know them. */
export function genericIntake(module: Module): Intake {
  let learnt: Tree<Type> | undefined;
  /** What the last input was, as the next one is often alike. */
  let last: { readonly form: string; readonly any: Tree<Type>; readonly signature: Tree<Type> } | undefined;
  const template = (): Tree<Type> | undefined => {
    const type = module.inputType;
    return learnt ?? (type && [[type], {}]);
  };
  return {
    template,

    anySignature(): Tree<Type> {
      const known = template();
      if (known) return known;
      throw new RuntimeError(
        "the types of the model's inputs are not known yet, so its inside cannot be read for an input that only the run knows. " +
          "Run one trace with an input first.",
      );
    },

    read(input: unknown): Portion {
      const content = argumentsOf(input);
      const first = leavesOf(content, isHost).find((host) => host.shape.length >= 2);
      return { rows: first?.shape[0] ?? 1, content };
    },

    signature({ rows, content }: Portion, open: boolean): Tree<Type> {
      const only = onlyOf(content as Arguments);
      const form = only && `${open} ${rows} ${only.dtype} ${only.shape}`;
      const known = form !== undefined && form === last?.form ? last : undefined;
      if (known) {
        learnt = known.any;
        return known.signature;
      }
      const typed = (batch: Dim): Tree<Type> =>
        mapTree(content, isHost, ({ dtype, shape }): Type => {
          const batched = shape.length >= 2 && shape[0] === rows;
          return { dtype, shape: batched ? [batch, ...shape.slice(1)] : shape };
        });
      learnt = typed({ name: "batch" });
      const signature = open ? learnt : typed({ name: "batch", size: rows });
      if (form !== undefined) last = { form, any: learnt, signature };
      return signature;
    },

    join(portions: readonly Portion[]): Batch {
      const [first, ...others] = portions;
      if (others.length === 0) return { args: first!.content as Tree<Host> };
      const leaves = portions.map(({ content }) => leavesOf(content, isHost));
      let i = 0;
      return {
        args: mapTree(first!.content, isHost, () =>
          joined(
            leaves.map((list) => list[i]!),
            i++,
          ),
        ),
      };
    },
  };
}

/** The tensor that is the only argument. */
function onlyOf([args, kwargs]: Arguments): Host | undefined {
  for (const _ in kwargs) return undefined;
  return args.length === 1 && isHost(args[0]) ? args[0] : undefined;
}

/** `{ args, kwargs }`, or one argument. */
function argumentsOf(input: unknown): Arguments {
  const several = isPlainObject(input) && ("args" in input || "kwargs" in input);
  if (several) requireOptions("an input with args", input, ["args", "kwargs"]);
  const args = several ? ((input["args"] as readonly unknown[] | undefined) ?? []) : [input];
  const kwargs = several ? ((input["kwargs"] as Record<string, unknown> | undefined) ?? {}) : {};
  return [
    args.map(hostsIn),
    Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [key, hostsIn(value)])),
  ];
}

function hostsIn(value: unknown): Tree<Host> {
  if (Array.isArray(value) && isNumeric(value)) return hostOf(tensor(value as never));
  if (value instanceof Tensor || Array.isArray(value) || isPlainObject(value))
    return mapTree(value, (x): x is Tensor => x instanceof Tensor, hostOf);
  if (typeof value === "number") return hostOf(tensor(value));
  if (typeof value === "boolean" || value === null) return value;
  throw new TypeError(
    `the input of a trace is a Tensor, nested arrays of numbers, or \`{ args, kwargs }\`; it was given ${typeof value}${typeof value === "string" ? " (for text load a LanguageModel)" : ""}.`,
  );
}

const isNumeric = (x: unknown): boolean =>
  Array.isArray(x)
    ? x.every(isNumeric)
    : typeof x === "number" || typeof x === "bigint" || typeof x === "boolean";

function hostOf(value: Tensor): Host {
  const state = value.state;
  if (!isLazy(state)) return state;
  throw new TypeError(
    "the input of a trace must be concrete; this tensor belongs to a trace that has not run yet.",
  );
}

function joined(hosts: readonly Host[], index: number): Host {
  const [first] = hosts as [Host];
  for (const host of hosts)
    if (
      host.dtype !== first.dtype ||
      host.shape.length < 2 ||
      String(host.shape.slice(1)) !== String(first.shape.slice(1))
    )
      throw new ShapeError(
        `the inputs of the invokes do not make one batch: argument ${index} is ${first.dtype}[${first.shape}] in the first and ${host.dtype}[${host.shape}] in another. ` +
          "Give all the same sizes after the first axis, or use one trace for each.",
      );
  return opNamed("cat").evaluate(hosts, { dim: 0 }) as Host;
}
