/** A graph while it is written: gives names, shares equal constants, remembers the values that are fed. */
import type { Attribute, Emit } from "../ops/spec.ts";
import { type Host, sizeOf } from "../tensor/host.ts";
import type { Blocks, Packed } from "../tensor/packed.ts";
import type { DType, Type } from "../tensor/type.ts";
import { nameOfDim, sizeOfDim } from "../tensor/type.ts";
import type { Graph, Initializer, OnnxNode, ValueInfo } from "./graph.ts";

export class GraphBuilder implements Emit {
  /** Values of the inputs that `data` made, by name. */
  readonly feeds = new Map<string, Host>();
  /** Types of values by name, where somebody has said them. */
  readonly types = new Map<string, Type>();
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();
  /** Names of constants by their content. */
  readonly #constants = new Map<string, string>();
  readonly #stored = new Map<Host, string>();
  readonly #packed = new Map<string, Packed>();
  readonly #blocks = new Map<string, Blocks>();
  /** Whether weights in fewer bits are written as float32 at once, as gradients need them. */
  widens = false;
  /** Whether products read a float32 weight in blocks, where its file has such: fewer bytes, for one row. */
  oneRow = false;
  /** The modules around what is written, outermost first. */
  #scope: readonly string[] = [];

  /** @param named whether nodes and weights are called by the modules that they stand in, as in files for others */
  constructor(readonly named = false) {}

  /** What is written meanwhile stands in these modules. */
  within<T>(scope: readonly string[], write: () => T): T {
    const outer = this.#scope;
    if (this.named) this.#scope = [...outer, ...scope];
    try {
      return write();
    } finally {
      this.#scope = outer;
    }
  }

  /** The full name of a parameter of the module that is written. */
  pathOf(name: string): string {
    return [...this.#scope, name].join(".");
  }

  /** The same value by a name that was chosen before. */
  identity(from: string, name: string): void {
    this.#nodes.push({ operator: "Identity", domain: "", inputs: [from], outputs: [name], attributes: {} });
  }

  /** An input of the graph. A size is a number, a name, or null when nothing is known. */
  input(name: string, dtype: DType, shape: ValueInfo["shape"]): string {
    this.#inputs.push({ name, dtype, shape });
    this.#taken.add(name);
    return name;
  }

  /** Results of the graph. */
  output(name: string, dtype: DType, shape: ValueInfo["shape"]): void {
    this.#outputs.push({ name, dtype, shape });
  }

  /** A weight: left in its file when it has a source. */
  weight(name: string, value: Host): string {
    if (!this.#initializers.has(name)) this.#initializers.set(name, { name, value });
    if (this.oneRow && value.blocks) this.#blocks.set(name, value.blocks);
    this.#taken.add(name);
    return name;
  }

  stored(value: Host, raw = false): string {
    const known = this.#stored.get(value);
    if (known !== undefined) return known;
    const name = this.unique(this.pathOf("stored"));
    this.#initializers.set(name, { name, value, ...(raw && { raw }) });
    this.#stored.set(value, name);
    return name;
  }

  /** A name for a weight in fewer bits, of which each op that reads it writes what it needs. */
  pack(name: string, packed: Packed): string {
    this.#packed.set(name, packed);
    return name;
  }

  packed(name: string): Packed | undefined {
    return this.#packed.get(name);
  }

  blocks(name: string): Blocks | undefined {
    return this.#blocks.get(name);
  }

  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ): string {
    return this.#add(operator, inputs, attributes, 1, domain)[0]!;
  }

  nodes(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number | readonly boolean[],
    domain = "",
  ): string[] {
    return this.#add(operator, inputs, attributes, count, domain);
  }

  ints(values: readonly number[]): string {
    return this.constant({
      dtype: "int64",
      shape: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
  }

  constant(value: Host): string {
    if (sizeOf(value.shape) > 64) return this.weight(this.unique("constant"), value);
    const values = Array.from(value.data as ArrayLike<number | bigint>, (v) =>
      Object.is(v, -0) ? "-0" : String(v),
    );
    const key = `${value.dtype}[${value.shape}] ${values}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.weight(this.unique("constant"), value);
    this.#constants.set(key, name);
    return name;
  }

  data(value: Host): string {
    const name = this.input(this.unique("data"), value.dtype, value.shape);
    this.feeds.set(name, value);
    return name;
  }

  /** A name that no value has yet. */
  unique(stem: string): string {
    let next = this.#next.get(stem) ?? 0;
    let name: string;
    for (name = next === 0 ? stem : `${stem}_${next}`; this.#taken.has(name); name = `${stem}_${next}`)
      next++;
    this.#next.set(stem, next + 1);
    this.#taken.add(name);
    return name;
  }

  /** Whether a node makes this value; else it is an input or an initializer. */
  makes(name: string): boolean {
    return this.#nodes.some(({ outputs }) => outputs.includes(name));
  }

  /** The nodes so far. */
  get written(): readonly OnnxNode[] {
    return this.#nodes;
  }

  graph(): Graph {
    return {
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      nodes: [...this.#nodes],
      initializers: [...this.#initializers.values()],
    };
  }

  #add(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number | readonly boolean[],
    domain: string,
  ): string[] {
    const wanted = typeof count === "number" ? Array<boolean>(count).fill(true) : count;
    const outputs = wanted.map((one) => (one ? this.unique(operator) : ""));
    const name = this.#scope.length ? `/${[...this.#scope, outputs[0]].join("/")}` : undefined;
    this.#nodes.push({ operator, domain, inputs, outputs, attributes, ...(name && { name }) });
    return outputs;
  }
}

/** A shape as a graph states it: a number where the size is known, else its name. */
export const infoShape = (shape: Type["shape"]): ValueInfo["shape"] =>
  shape.map((dim) => sizeOfDim(dim) ?? nameOfDim(dim) ?? null);
