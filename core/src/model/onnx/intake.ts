/** How a model from an ONNX file takes its inputs: by name or in order, in the dtypes that the file wants. */
import { TypeError } from "../../base/errors.ts";
import { isPlainObject, mapTree } from "../../base/tree.ts";
import type { Module } from "../../nn/module.ts";
import { cast, type Host, isHost } from "../../tensor/host.ts";
import type { Intake, Portion } from "../../trace/subject.ts";
import { genericIntake } from "../generic-intake.ts";
import type { OnnxModel } from "./index.ts";
import { completed } from "./inputs.ts";

/** Takes one value, `{ name: value }`, or `{ args, kwargs }`. */
export function onnxIntake(module: Module, inputs: OnnxModel["inputs"]): Intake {
  const inner = genericIntake(module);
  const dtypes = new Map(inputs.map(({ name, type }) => [name, type.dtype]));

  function read(input: unknown): Portion {
    const known = isPlainObject(input) && Object.keys(input).some((name) => dtypes.has(name));
    const several = isPlainObject(input) && ("args" in input || "kwargs" in input);
    const { args = [], kwargs = {} } = (several ? input : known ? { kwargs: input } : { args: [input] }) as {
      args?: readonly unknown[];
      kwargs?: Readonly<Record<string, unknown>>;
    };
    const rest = inputs.filter(({ name }) => !(name in kwargs));
    const given: Record<string, unknown> = { ...kwargs };
    for (const [i, value] of args.entries()) {
      const name = rest[i]?.name;
      if (name === undefined)
        throw new TypeError(
          `the model takes ${inputs.length} inputs (${[...dtypes.keys()].join(", ")}), and more were given.`,
        );
      given[name] = value;
    }
    const byName = completed(inputs, given);
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
