/** How a model from an ONNX file takes its inputs: by name or in order, in the dtypes that the file wants. */
import { TypeError } from "../../base/errors.ts";
import { isPlainObject, mapTree } from "../../base/tree.ts";
import type { Module } from "../../nn/module.ts";
import { cast, type Host, isHost } from "../../tensor/host.ts";
import { tensor } from "../../trace/create.ts";
import type { Intake, Portion } from "../../trace/subject.ts";
import { Tensor } from "../../trace/tensor.ts";
import { genericIntake } from "../generic-intake.ts";
import type { OnnxModel } from "./index.ts";

/** Inputs that follow from the ids, when they are not given. */
const derived: Readonly<Record<string, (ids: Tensor) => Tensor>> = {
  attention_mask: (ids) => ids.mul(0).add(1),
  position_ids: (ids) => ids.mul(0).add(1).cumsum(-1).sub(1),
  token_type_ids: (ids) => ids.mul(0),
};

/** Takes one value, `{ name: value }`, or `{ args, kwargs }`. */
export function onnxIntake(module: Module, inputs: OnnxModel["inputs"]): Intake {
  const inner = genericIntake(module);
  const dtypes = new Map(inputs.map(({ name, type }) => [name, type.dtype]));

  function read(input: unknown): Portion {
    const known = isPlainObject(input) && Object.keys(input).some((name) => dtypes.has(name));
    const given = isPlainObject(input) && ("args" in input || "kwargs" in input);
    const { args = [], kwargs = {} } = (given ? input : known ? { kwargs: input } : { args: [input] }) as {
      args?: readonly unknown[];
      kwargs?: Readonly<Record<string, unknown>>;
    };
    const rest = inputs.filter(({ name }) => !(name in kwargs));
    const byName: Record<string, unknown> = { ...kwargs };
    for (const [i, value] of args.entries()) {
      const name = rest[i]?.name;
      if (name === undefined)
        throw new TypeError(
          `the model takes ${inputs.length} inputs (${[...dtypes.keys()].join(", ")}), and more were given.`,
        );
      byName[name] = value;
    }
    const first = byName[inputs[0]!.name];
    for (const { name } of inputs)
      if (!(name in byName) && derived[name] && first !== undefined)
        byName[name] = derived[name](asTensor(first));
    const missing = inputs.filter(({ name }) => byName[name] === undefined).map(({ name }) => name);
    if (missing.length)
      throw new TypeError(
        `the model needs ${missing.join(", ")}, too: give them by name, as in { ${missing[0]}: … }.`,
      );
    const values = inputs.map(({ name }) => byName[name]);
    const portion = inner.read({ args: values });
    const [hosts] = portion.content as [readonly unknown[]];
    const typed = hosts.map((host, i) =>
      mapTree(host as Host, isHost, (one) => cast(one, inputs[i]!.type.dtype)),
    );
    return { ...portion, content: [typed, {}] };
  }
  return { ...inner, read };
}

const asTensor = (value: unknown): Tensor => (value instanceof Tensor ? value : tensor(value as number[]));
