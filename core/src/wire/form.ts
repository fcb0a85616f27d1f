/** The form in which a program travels: its text, and what the text only names; tensors go beside it. */
import { ValueError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";
import { type Taking, takings } from "../ir/region.ts";
import { isList, type Packed } from "./packed.ts";

/** Raised when an older side could misread a newer one. Both sides say which they speak. */
export const wireVersion = 2;

/** What this side reads: clients are upgraded after their service. */
const versions: readonly unknown[] = [1, wireVersion];

/** A module of a hosted model, as a function of arguments of these types. */
export interface FnForm {
  readonly model: string;
  /** From the root; "" is the model itself. */
  readonly path: string;
  readonly args: Packed;
}

export interface StepForm {
  readonly name: string;
  readonly params: readonly (string | number)[];
}

export type RegionForm =
  | {
      readonly kind: "trace";
      readonly takes: Taking;
      readonly several: boolean;
      readonly inputs: readonly Packed[];
    }
  | { readonly kind: "loop"; readonly line: string; readonly gives: Packed };

export interface Form {
  readonly wire: number;
  /** The name of the program in errors. */
  readonly graph: string;
  readonly text: string;
  readonly fns: Readonly<Record<string, FnForm>>;
  readonly functions: Readonly<Record<string, StepForm>>;
  readonly values: Readonly<Record<string, Packed>>;
  readonly regions: Readonly<Record<string, RegionForm>>;
  /** Names of tensors, for the model of a program that is one trace. */
  readonly inputs: readonly string[];
  /** The names of the results that are sent back. */
  readonly wanted: readonly string[];
}

/** @throws ValueError for what is no form, or one of another version */
export function formOf(said: unknown): Form {
  const form = fields(
    said,
    ["wire", "graph", "text", "fns", "functions", "values", "regions", "inputs", "wanted"],
    "the program",
  );
  const { wire } = form;
  if (!versions.includes(wire))
    throw new ValueError(
      `the program is of version ${JSON.stringify(wire)} of the wire, but this side reads version ${versions.join(" and ")}: use the same version of nnsight-ts on both.`,
    );
  return {
    wire: wireVersion,
    graph: text(form["graph"], "the graph"),
    text: text(form["text"], "the text"),
    fns: table(form["fns"], (one) => {
      const { model, path, args } = fields(one, ["model", "path", "args"], "a module");
      return { model: text(model, "a model"), path: text(path, "a path"), args: args as Packed };
    }),
    functions: table(form["functions"], (one) => {
      const { name, params } = fields(one, ["name", "params"], "a function");
      return { name: text(name, "a function"), params: list(params, "parameters").map(param) };
    }),
    values: table(form["values"], (one) => one as Packed),
    regions: table(form["regions"], (one) => regionOf(one, wire)),
    inputs: list(form["inputs"], "the inputs").map((one) => text(one, "an input")),
    wanted: list(form["wanted"], "what is wanted").map((one) => text(one, "a wanted value")),
  };
}

/** Version 1 had no generations: every trace took prompts. */
function regionOf(said: unknown, wire: unknown): RegionForm {
  const kind = isPlainObject(said) ? said["kind"] : undefined;
  if (kind === "loop") {
    const { line, gives } = fields(said, ["kind", "line", "gives"], "a loop");
    return { kind, line: text(line, "a line"), gives: gives as Packed };
  }
  const names = ["kind", "several", "inputs", ...(wire === 1 ? [] : ["takes"])];
  const { several, inputs, takes = "prompts" } = fields(said, names, "a trace");
  const taking = takings.find((one) => one === takes);
  if (kind !== "trace" || typeof several !== "boolean" || !taking) throw wrong("a region");
  return { kind, takes: taking, several, inputs: list(inputs, "the inputs of a trace") as Packed[] };
}

const wrong = (what: string): ValueError =>
  new ValueError(`${what} is not in the form of programs that travel.`);

/** Exactly these fields. */
function fields(said: unknown, names: readonly string[], what: string): Readonly<Record<string, unknown>> {
  if (!isPlainObject(said)) throw wrong(what);
  const own = Object.keys(said);
  const unknown = own.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ValueError(`${what} has an unknown field ${JSON.stringify(unknown)}.`);
  if (own.length !== names.length) throw wrong(what);
  return said;
}

function table<T>(said: unknown, one: (x: unknown) => T): Record<string, T> {
  if (!isPlainObject(said)) throw wrong("a table");
  return Object.fromEntries(Object.entries(said).map(([key, value]) => [key, one(value)]));
}

function text(said: unknown, what: string): string {
  if (typeof said !== "string") throw wrong(what);
  return said;
}

function list(said: unknown, what: string): readonly unknown[] {
  if (!isList(said)) throw wrong(what);
  return said;
}

function param(said: unknown): string | number {
  if (typeof said !== "string" && typeof said !== "number") throw wrong("a parameter");
  return said;
}
