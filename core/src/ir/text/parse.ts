/** Reads a program out of its text form. What can be derived is derived, not believed: types of ops, times of hooks. */
import type { Tree } from "../../base/tree.ts";
import { mapTree, printPath } from "../../base/tree.ts";
import type { Where } from "../../base/where.ts";
import { opNames } from "../../ops/named.ts";
import { printType, type Type } from "../../tensor/type.ts";
import { Builder } from "../builder.ts";
import { callsIn, edgeOf } from "../edges.ts";
import type { Fn } from "../fn.ts";
import type { Hook } from "../hook.ts";
import { type Gradient, type Guard, isResult, type Pass, type Result } from "../node.ts";
import { Clock, nothing, type Program, type Save, type Touch } from "../program.ts";
import type { LoopBody, RegionBody } from "../region.ts";
import type { Time } from "../time.ts";
import { hookOf, numberOf, opText, typeText } from "./literals.ts";
import { Reader } from "./reader.ts";
import { bodyOf, nameIn, type References } from "./references.ts";
import { readParams, readScalar, readText, readTree, readType, readValues } from "./terms.ts";

const name = /%\d+/;
const label = /@[\w$.]+/;
const edge = /[^\s=]+/;
const operand = /[%_\d-]|(?:inf|nan|true|false)\b/;

/** What makes values of their own, without types. */
const regions: ReadonlySet<string> = new Set(["trace", "loop"]);

export interface Parsed {
  readonly program: Program;
  /** The results by the names that the text gives them. */
  readonly results: ReadonlyMap<string, Result>;
  /** The programs within, by label, without the `@`. */
  readonly bodies: ReadonlyMap<string, RegionBody>;
}

/**
 * @param graph the name of the graph in errors
 * @throws ValueError where the text is no program, with the line and column
 */
export function parse(text: string, references: References, graph = "0"): Parsed {
  const parser = new Parser(new Reader(text), references, graph);
  const program = parser.program();
  return { program, results: parser.results, bodies: parser.bodies };
}

/** One program while it is read. */
interface Open {
  readonly root: Fn;
  readonly builder: Builder;
  readonly clock: Clock;
  readonly hooks: Map<string, { readonly hook: Hook; readonly index: number; readonly read: Result }>;
  readonly writes: Map<Result, Result>;
  readonly saves: Save[];
  readonly variables: { readonly start: Result; readonly next: Result }[];
  stop?: Time;
}

class Parser {
  readonly results = new Map<string, Result>();
  readonly #names = new Map<Result, string>();
  readonly bodies = new Map<string, RegionBody>();
  readonly #passes = new Map<string, Pass>();

  constructor(
    readonly reader: Reader,
    readonly references: References,
    readonly graph: string,
  ) {}

  program(): Program {
    const { reader } = this;
    reader.need("program");
    const open = this.#open(this.#root());
    reader.need("{");
    this.#statements(open);
    if (!reader.ended) reader.fail("nothing more is expected");
    return programOf(this.graph, open);
  }

  #root(): Fn {
    return this.reader.takes("on") ? this.#referred("fns") : nothing;
  }

  readonly #open = (root: Fn): Open => ({
    root,
    builder: new Builder(),
    clock: new Clock(),
    hooks: new Map(),
    writes: new Map(),
    saves: [],
    variables: [],
  });

  #referred<K extends keyof References>(
    kind: K,
  ): References[K] extends ReadonlyMap<string, infer T> ? T : never {
    const found = this.reader.need(label, "a label").slice(1);
    const table = this.references[kind] as ReadonlyMap<string, never>;
    if (!table.has(found)) this.reader.fail(`'@${found}' is not among the references`);
    return table.get(found)!;
  }

  #result(): Result {
    const { reader } = this;
    const found = reader.look(name);
    if (found && !this.results.has(found)) reader.fail(`${found} is not made before it is used`);
    return this.results.get(reader.need(name, "the name of a value"))!;
  }

  #define(found: string, result: Result): void {
    if (this.results.has(found)) this.reader.fail(`${found} is made twice`);
    this.results.set(found, result);
    this.#names.set(result, found);
  }

  /** Statements up to the brace that closes them. */
  #statements(open: Open): void {
    while (!this.reader.takes("}")) this.reader.located(() => this.#statement(open));
  }

  #statement(open: Open): void {
    const { reader } = this;
    if (reader.takes("if")) this.#branch(open);
    else if (reader.takes("write")) this.#write(open);
    else if (reader.takes("next")) {
      const start = this.#result();
      reader.need("=");
      open.variables.push({ start, next: this.#result() });
    } else if (reader.takes("save")) {
      const result = this.#result();
      const guard = reader.takes("if") ? this.#guards() : undefined;
      open.saves.push({ result, ...(guard && { guard }) });
    } else if (reader.takes("stop")) open.stop = this.#time(open);
    else if (reader.takes("log")) {
      reader.need("(");
      const message = this.#trees(")");
      open.builder.effect(message, this.#after(), this.#where());
    } else if (reader.takes("exit")) this.#exit(open);
    else if (reader.takes("gradient")) this.#gradient(open);
    else this.#node(open);
  }

  #guards(outer?: Guard): Guard {
    const want = !this.reader.takes("not");
    const guard: Guard = { decision: this.#result(), want, ...(outer && { outer }) };
    return this.reader.takes("and") ? this.#guards(guard) : guard;
  }

  #branch(open: Open): void {
    const { builder } = open;
    const outer = builder.guard;
    builder.guard = this.#guards(outer);
    this.reader.need("{");
    this.#statements(open);
    builder.guard = outer;
  }

  #write({ hooks, writes }: Open): void {
    const place = this.reader.need(edge, "an edge of a module");
    const touched = hooks.get(place) ?? this.reader.fail(`'${place}' is written, but never read`);
    this.reader.need("=");
    writes.set(touched.read, this.#result());
  }

  #time({ hooks }: Open): Time {
    if (this.reader.takes("["))
      return this.reader.list("]", () => numberOf(this.reader.need(/-?\d+|inf/, "a time")));
    const place = this.reader.need(edge, "an edge of a module");
    const { node } = (hooks.get(place) ?? this.reader.fail(`'${place}' is not read here`)).read;
    return node.kind === "hook" ? node.time : [];
  }

  #exit({ builder }: Open): void {
    const { reader } = this;
    const found = reader.takes("session") ? undefined : reader.need(label, "a loop or 'session'");
    const loop = found && (this.bodies.get(found.slice(1)) as LoopBody | undefined);
    if (found && !loop) reader.fail(`${found} is no loop around this`);
    const held = reader.takes("(")
      ? reader.list(")", () => {
          const variable = this.#result();
          reader.need("=");
          return [variable, this.#result()] as const;
        })
      : [];
    const [variables, inputs] = [held.map(([variable]) => variable), held.map(([, input]) => input)];
    builder.exit(loop || undefined, variables, inputs, this.#where());
  }

  #trees(close: string): Tree<Result>[] {
    const { reader } = this;
    const leaf = (): { readonly leaf: unknown } | undefined => {
      if (reader.sees(name)) return { leaf: this.#result() };
      return reader.sees(/@/) ? { leaf: this.#referred("values") } : undefined;
    };
    return reader.list(close, () => readTree(reader, leaf)) as Tree<Result>[];
  }

  #after(): Result[] {
    const after: Result[] = [];
    if (this.reader.takes("after"))
      do after.push(this.#result());
      while (this.reader.takes(","));
    return after;
  }

  /** The user's line, as the comment says. */
  #where(): Where | undefined {
    const { comment } = this.reader;
    return comment === undefined ? undefined : { stack: `    at ${comment}` };
  }

  #node(open: Open): void {
    const { reader } = this;
    const made: { readonly name: string; readonly type?: Type }[] = [];
    do {
      const found = reader.need(name, "a statement");
      made.push({ name: found, ...(reader.takes(":") && { type: readType(reader) }) });
    } while (reader.takes(","));
    reader.need("=");
    const types = made.map(({ type }) => type!);
    const results = this.#made(open, types);
    if (results.length !== made.length)
      reader.fail(`it makes ${results.length} values, but ${made.length} are named`);
    for (const [i, { name: found, type }] of made.entries()) {
      const result = results[i]!;
      if (type && typeText(type) !== typeText(result.type))
        reader.fail(`${found} is said to be ${typeText(type)}, but it is ${printType(result.type)}`);
      this.#define(found, result);
    }
  }

  #made(open: Open, types: readonly Type[]): readonly Result[] {
    const { reader } = this;
    const { builder } = open;
    const kind = reader.need(/(?:ops\.)?[A-Za-z_]\w*/, "an operation");
    const [type] = types as [Type];
    if (!type && !regions.has(kind)) reader.fail("its type is missing");
    switch (kind) {
      case "constant":
        return [builder.constant(reader.sees(/@/) ? this.#referred("tensors") : readValues(reader, type))];
      case "hook":
        return [this.#hook(open, type)];
      case "call": {
        const fn = this.#referred("fns");
        const unit = reader.takes("unit");
        const callee = readText(reader);
        reader.need("(");
        const inputs = reader.list(")", () => this.#result());
        return builder.call(callee, fn, inputs, unit, types, this.#where());
      }
      case "decide":
        return [builder.decide(this.#operand(open)!, this.#where())];
      case "merge": {
        const decision = this.#result();
        reader.need("?");
        const yes = this.#result();
        reader.need(":");
        return [builder.merge(decision, yes, this.#result(), type)];
      }
      case "take": {
        const of = this.#result();
        reader.need("of");
        return [builder.take(this.#result(), of)];
      }
      case "apply": {
        const found = reader.look(label) ?? "";
        const run = this.#referred("functions");
        const called = reader.sees(/"/) ? readText(reader) : nameIn(found);
        reader.need("(");
        const args = this.#trees(")");
        return [builder.apply(called, args, run, this.#after(), this.#where(), type)];
      }
      case "gradient":
        return this.#gradient(open);
      case "trace":
      case "loop":
        return this.#region(open);
      default:
        return this.#op(open, kind, types);
    }
  }

  #op(open: Open, kind: string, types: readonly Type[]): readonly Result[] {
    const op = opNames.find((one) => opText(one) === kind) ?? this.reader.fail(`there is no op '${kind}'`);
    const inputs: (Result | undefined)[] = [];
    if (this.reader.sees(operand))
      do inputs.push(this.#operand(open));
      while (this.reader.takes(","));
    return open.builder.op(op, inputs, readParams(this.reader), this.#where(), types);
  }

  /** A value, a number of its own, or `_` for none. */
  #operand({ builder }: Open): Result | undefined {
    if (this.reader.takes("_")) return undefined;
    if (this.reader.sees(/%/)) return this.#result();
    return builder.constant(readScalar(this.reader));
  }

  #hook({ root, builder, clock, hooks }: Open, type: Type): Result {
    const place = this.reader.need(edge, "an edge of a module");
    const hook = hookOf(place);
    const found = callsIn({ root, calls: builder.calls, clock }, hook.module)[hook.call];
    if (!found) return this.reader.fail(`the model has no call for '${place}'`);
    const { tree, time } = edgeOf(found, hook.edge);
    const places: string[] = [];
    mapTree(tree, isResult, (_, path) => void places.push(printPath(path)));
    const index = places.indexOf(printPath(hook.leaf));
    if (index < 0) this.reader.fail(`'${place}' is no tensor there`);
    const read = builder.hook(hook, time, type, this.#where());
    hooks.set(place, { hook, index, read });
    return read;
  }

  #gradient({ builder }: Open): readonly Result[] {
    const { reader } = this;
    const found = reader.need(label, "a label");
    const pass = this.#passes.get(found) ?? {};
    this.#passes.set(found, pass);
    const role = reader.need(/from|of|write/, "from, of or write") as Gradient["role"];
    const inputs: Result[] = [];
    do inputs.push(this.#result());
    while (reader.takes(","));
    return builder.gradient(pass, role, inputs, this.#where());
  }

  #region({ builder }: Open): readonly Result[] {
    const { reader } = this;
    const found = reader.need(label, "a label");
    reader.need("(");
    const known = this.bodies.get(found.slice(1));
    if (known) {
      const inputs = reader.list(")", () => this.#result());
      return builder.region(known, inputs, this.#after(), this.#where());
    }
    const actions = this.references.regions.get(found.slice(1));
    if (!actions) return reader.fail(`'${found}' is not among the references`);
    const inner = this.#open(nothing);
    const inputs: Result[] = [];
    const given = reader.list(")", () => {
      const inside = reader.need(name, "the name of a value");
      reader.need(":");
      const result = inner.builder.given(readType(reader));
      reader.need("=");
      inputs.push(this.#result());
      this.#define(inside, result);
      return result;
    });
    const [after, where] = [this.#after(), this.#where()];
    const { variables } = inner;
    let program: Program | undefined;
    const body = {
      ...bodyOf(actions, this.#names),
      given,
      ...(actions.kind === "loop" && { variables }),
      program: () => program!,
    } as RegionBody;
    this.bodies.set(found.slice(1), body);
    const whole = { ...inner, root: this.#root() };
    reader.need("{");
    this.#statements(whole);
    program = programOf(this.graph, whole);
    return builder.region(body, inputs, after, where);
  }
}

function programOf(id: string, { root, builder, hooks, writes, saves, stop }: Open): Program {
  const touches = [...hooks.values()].map(({ hook, index, read }): Touch => {
    const write = writes.get(read);
    return { hook, index, read, ...(write && { write }) };
  });
  return { id, root, nodes: builder.nodes, touches, saves, ...(stop && { stop }) };
}
