/** Warm sessions by key: equal structures over the same weights are compiled once. Bounded by bytes and by number. */
import type * as ort from "onnxruntime-node";
import { settings } from "../base/settings.ts";
import type { Compiled } from "../compile/compiled.ts";
import { allNodes } from "../onnx/graph.ts";
import type { Host } from "../tensor/host.ts";
import { createSession } from "./create-session.ts";
import { interruptCount } from "./interrupts.ts";
import { memorySize } from "./memory-size.ts";
import { structureOf } from "./structure.ts";

type Feeds = Readonly<Record<string, ort.Tensor>>;

type Named = Pick<Compiled, "key" | "lasting">;

interface Warm {
  readonly name: string;
  readonly key: string;
  readonly session: Promise<ort.InferenceSession>;
  readonly bytes: number;
  /** Bytes of its weights and constants. */
  readonly weights: number;
  /** Bytes of the packed copy of its weights that it has, though it is touched, as it ran often. */
  readonly promoted: number;
  /** Runs so far. */
  begun: number;
  /** Runs that have not ended. */
  runs: number;
  isMade: boolean;
  /** Of the user, before it was begun. */
  readonly interrupts: number;
}

/** What a session takes beside its weights, about. */
const OVERHEAD = 750_000;

/** Runs of a touched piece after which it is worth memory for a packed copy of its weights; the time that packing takes is lost after twelve. */
const OFTEN = 64;

/** Bytes of weights below which packing brings nothing. */
const WORTHWHILE = 2 ** 14;

export class Sessions {
  /** The least recently used first. */
  readonly #warm = new Map<string, Warm>();
  /** By a weight in few bits the session that has packed it. */
  readonly #packers = new WeakMap<Host, string>();
  #bytes = 0;
  /** Keys of touched pieces that are packed, as they run often, and what they take. */
  readonly #promoted = new Set<string>();
  #promotedBytes = 0;
  /** How many were made so far. */
  made = 0;
  /** What making them took, in ms. */
  making = 0;
  /** How many of them were released. */
  released = 0;

  /**
   * @param most how many are kept; the least recently used ones beyond it are released
   * @param mostBytes what those that are kept take in all, about; the one that is used stays, however large
   * @param mostPromoted what packed copies for touched pieces take in all, about
   */
  constructor(
    readonly most = 512,
    readonly mostBytes = memorySize() / 2,
    readonly mostPromoted = memorySize() / 16,
  ) {}

  /**
   * Runs a compiled graph in its session, which is made if it is not there.
   * @param names results that are wanted; all, when it is left out
   * @throws RuntimeError for a device that is not there, and what ONNX Runtime says of a graph it refuses
   */
  async run(
    compiled: Compiled,
    feeds: Feeds,
    names?: readonly string[],
  ): Promise<ort.InferenceSession.OnnxValueMapType> {
    const warm = this.#get(compiled);
    warm.begun++;
    warm.runs++;
    try {
      const session = await warm.session;
      return await (names ? session.run(feeds, names) : session.run(feeds));
    } finally {
      warm.runs--;
      if (this.#warm.get(warm.name) !== warm) this.#release(warm);
    }
  }

  get size(): number {
    return this.#warm.size;
  }

  /** What those that are kept take, about: the weights that they have packed, and what they need themselves. */
  get bytes(): number {
    return this.#bytes;
  }

  has(compiled: Named): boolean {
    return this.#warm.has(this.#nameOf(compiled));
  }

  /** Lets go of those of some graphs, if they are there. */
  drop(graphs: readonly Named[]): void {
    for (const graph of graphs) this.#forget(this.#nameOf(graph));
  }

  #isPacked({ key, lasting }: Named): boolean {
    return lasting || (settings.APP.PACKING ?? this.#promoted.has(key));
  }

  /** Sessions of other settings are others. */
  #nameOf(graph: Named): string {
    return `${settings.APP.DEVICE ?? "cpu"} ${settings.APP.THREADS ?? ""} ${this.#isPacked(graph)} ${structureOf(graph)}`;
  }

  /** Whether a touched piece has run so often that it is to be packed from now on, and there is room. */
  #isPromoted(name: string, graph: Named): boolean {
    const warm = this.#warm.get(name);
    if (!warm || warm.begun < OFTEN || settings.APP.PACKING !== undefined || this.#isPacked(graph))
      return false;
    return warm.weights >= WORTHWHILE && this.#promotedBytes + warm.weights <= this.mostPromoted;
  }

  #get(compiled: Compiled): Warm {
    let name = this.#nameOf(compiled);
    if (this.#isPromoted(name, compiled)) {
      this.#promoted.add(compiled.key);
      this.#forget(name);
      name = this.#nameOf(compiled);
    }
    const known = this.#warm.get(name);
    // An interrupt that strikes while ONNX Runtime makes a session leaves a promise that nobody keeps.
    if (known && !known.isMade && known.interrupts !== interruptCount()) this.#forget(name);
    const warm = this.#warm.get(name) ?? this.#make(name, compiled);
    this.#warm.delete(name);
    this.#warm.set(name, warm);
    this.#trim(warm);
    return warm;
  }

  #make(name: string, compiled: Compiled): Warm {
    this.made++;
    this.#letGo(name, compiled);
    const isPacked = this.#isPacked(compiled);
    const { all, mapped } = weightsOf(compiled);
    const warm: Warm = {
      name,
      key: compiled.key,
      session: createSession(compiled, isPacked),
      bytes: OVERHEAD + (isPacked ? all : all - mapped),
      weights: all,
      promoted: this.#promoted.has(compiled.key) ? all : 0,
      begun: 0,
      runs: 0,
      isMade: false,
      interrupts: interruptCount(),
    };
    this.#bytes += warm.bytes;
    this.#promotedBytes += warm.promoted;
    const since = performance.now();
    warm.session.then(
      () => {
        warm.isMade = true;
        this.making += performance.now() - since;
      },
      () => {
        if (this.#warm.get(name) === warm) this.#forget(name);
      },
    );
    return warm;
  }

  /**
   * Weights are kept in few bits to save memory, so that only one session over a whole part of the model has them packed: what
   * a trace has made goes when a generation begins, and the other way round.
   */
  #letGo(name: string, { graph, lasting }: Compiled): void {
    if (!lasting) return;
    for (const node of allNodes(graph)) {
      if (node.operator !== "MatMulNBits") continue;
      const weight = graph.initializers.find((one) => one.name === node.inputs[1])?.value;
      if (!weight) continue;
      const other = this.#packers.get(weight);
      if (other !== undefined && other !== name) this.#forget(other);
      this.#packers.set(weight, name);
    }
  }

  #trim(used: Warm): void {
    for (const [name, warm] of this.#warm) {
      if (this.#warm.size <= this.most && this.#bytes <= this.mostBytes) return;
      if (warm !== used) this.#forget(name);
    }
  }

  #forget(name: string): void {
    const warm = this.#warm.get(name);
    if (!warm) return;
    this.#warm.delete(name);
    this.#bytes -= warm.bytes;
    this.#promotedBytes -= warm.promoted;
    if (warm.promoted) this.#promoted.delete(warm.key);
    this.#release(warm);
  }

  /** Once nothing runs in it. */
  #release(warm: Warm): void {
    if (warm.runs > 0) return;
    this.released++;
    warm.session.then((one) => one.release()).catch(() => undefined);
  }
}

/** Weights and constants: what a session packs, and what it only maps. Of a file from which rows are only picked it is neither. */
function weightsOf({ graph }: Compiled): { readonly all: number; readonly mapped: number } {
  const whole = new Set(
    allNodes(graph).flatMap(({ operator, inputs }) => (operator === "Gather" ? inputs.slice(1) : inputs)),
  );
  const sizes = graph.initializers.map(({ name, value }) => {
    const mapped = value.source && whole.has(name) ? value.source.length : 0;
    // The values of what has a source are not to be read.
    return { all: value.source ? mapped : value.data.byteLength, mapped };
  });
  return sizes.reduce((a, b) => ({ all: a.all + b.all, mapped: a.mapped + b.mapped }), { all: 0, mapped: 0 });
}
