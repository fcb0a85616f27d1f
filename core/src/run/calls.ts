/** Runs untouched parts of the model: whole, from a later position on, or rows of several runs as one. */
import * as ort from "onnxruntime-node";
import { settings } from "../base/settings.ts";
import type { Fn } from "../ir/fn.ts";
import type { Time } from "../ir/time.ts";
import { changeOf, noteChange } from "./changes.ts";
import { layoutOf } from "./layout.ts";
import { type Memo, valueIdentity } from "./memo.ts";
import type { Ready } from "./plan.ts";
import type { Sessions } from "./sessions.ts";
import { ended, joined, slice } from "./slices.ts";
import { Trunks } from "./trunks.ts";

/** A part of the model that is to be run on some inputs. */
export interface Asked {
  readonly fn: Fn;
  /** When the run of the model reaches it. */
  readonly at: Time;
  readonly ready: Ready;
  readonly inputs: readonly ort.Tensor[];
  /** Whether its results are followed by what going back takes over. */
  readonly keeps: boolean;
  /** What its results are remembered by. */
  readonly key: string;
}

export const askedFor = (
  { fn, at }: Pick<Asked, "fn" | "at">,
  ready: Ready,
  inputs: readonly ort.Tensor[],
  keeps = false,
): Asked => {
  let key: string | undefined;
  return {
    fn,
    at,
    ready,
    inputs,
    keeps,
    get key() {
      return (key ??= keeps ? keptKey(keyOf(ready, inputs)) : keyOf(ready, inputs));
    },
  };
};

export interface Answer {
  readonly outputs: readonly ort.Tensor[];
  readonly by: "ran" | "memo" | "tail";
  /** Of a tail: the position it began at. */
  readonly from?: number;
  /** In how many runs, this one included, the rows were that shared the call. */
  readonly shared?: number;
  /** Of a block that ran with its neighbours: how many they were. */
  readonly stretch?: number;
}

/** A run in terms of one that is remembered: the same before some position. */
export interface Tail {
  readonly reference: Asked;
  readonly from: number;
  readonly length: number;
}

export const keyOf = ({ identity }: Pick<Ready, "identity">, inputs: readonly ort.Tensor[]): string =>
  `${identity}${inputs.map(valueIdentity).join()}`;

/** What results are remembered by that are followed by what going back takes over. */
export const keptKey = (plain: string): string => `${plain} kept`;

/** Bytes of the inputs and results of one call that several runs share. */
const mostShared = 24 * 2 ** 20;

export class Calls {
  /** Runs whose keys and values were wanted once; the second time they are worth making. */
  readonly #wanted = new WeakSet<readonly ort.Tensor[]>();
  readonly trunks: Trunks;

  constructor(
    readonly sessions: Sessions,
    readonly memo: Memo,
  ) {
    this.trunks = new Trunks(sessions);
  }

  /** One run as it is. */
  async whole(asked: Asked): Promise<Answer> {
    return { outputs: (await this.#run([asked]))[0]!, by: "ran" };
  }

  /** What a run is to begin from: enough of it is remembered. */
  #start(asked: Asked): { readonly tail: Tail; readonly known: readonly ort.Tensor[] } | undefined {
    const tail = this.tailOf(asked);
    const known = tail && 4 * tail.from >= tail.length ? this.memo.get(tail.reference.key) : undefined;
    return tail && known && { tail, known };
  }

  /** Whether a run is better begun at a later position, or is for its keys and values. */
  begins(asked: Asked): boolean {
    return this.#start(asked) !== undefined;
  }

  /**
   * Neighbouring blocks on one value: what those give that are asked for. Nothing where they have no session in common.
   * @param wanted whether the first result of each block is
   * @param keeps whether what each block's results are followed by for going back is
   * @param own an argument that a block has for itself, by the number of the block and of the argument
   */
  async stretch(
    { fn, ready, inputs }: Pick<Asked, "fn" | "ready" | "inputs">,
    wanted: readonly boolean[],
    keeps: readonly boolean[],
    own: (block: number, argument: number) => ort.Tensor,
  ): Promise<(ort.Tensor | undefined)[][] | undefined> {
    const stretch = this.trunks.stretch(fn, ready, wanted.length);
    if (!stretch) return undefined;
    const fed: Record<string, ort.Tensor> = { ...ready.feeds, ...stretch.feeds };
    for (const [i, name] of stretch.taken[0]!.entries()) fed[name] = inputs[i]!;
    for (const [block, names] of stretch.taken.entries())
      if (block > 0) for (const i of stretch.own) fed[names[i]!] = own(block, i);
    const total = rowsOf(inputs, layoutOf(fn).inputs);
    for (const past of ready.graph.pasts)
      for (const [j, name] of past.inputs.entries()) fed[name] = nothingBefore(total, past.sizes[j]!);
    const names = stretch.made.map((all, i) => resultsIn(all, ready, keeps[i]!));
    const fetched = names.map(([first, ...others], i) => (wanted[i] ? [first!, ...others] : others));
    const made = await this.sessions.run(stretch.compiled, fed, fetched.flat());
    return names.map((all) => all.map((name) => made[name]));
  }

  /** One run by itself. It begins at a later position where what comes before is remembered. */
  async one(asked: Asked): Promise<Answer> {
    const start = this.#start(asked);
    if (!start) return this.whole(asked);
    const { tail, known } = start;
    const all = countOf(asked);
    if (known.length < all && !this.#wanted.has(known)) {
      this.#wanted.add(known);
      const [outputs] = await this.#run([asked]);
      this.#follow(asked, outputs!, known, tail.from);
      return { outputs: outputs!, by: "ran" };
    }
    const reference = known.length < all ? await this.reference(tail.reference) : known;
    return (await this.tails([asked], tail, reference))[0]!;
  }

  /** A run with its keys and values, remembered. */
  async reference(asked: Asked): Promise<readonly ort.Tensor[]> {
    const known = this.memo.get(asked.key);
    if (known?.length === countOf(asked)) return known;
    const [fresh] = await this.#run([asked], undefined, true);
    // What others hold already stays the same tensor, as identities count.
    const made = known ? [...known, ...fresh!.slice(known.length)] : fresh!;
    this.memo.set(asked.key, made);
    return made;
  }

  /** Rows of runs that may share a call, as one. */
  async rows(all: readonly Asked[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const group of chunked(all, mostRows(all[0]!, 0)))
      for (const outputs of await this.#run(group))
        answers.push({ outputs, by: "ran", ...(group.length > 1 && { shared: group.length }) });
    return answers;
  }

  /** Runs that are equal to one reference before one position, as rows of one that begins there. */
  async tails(all: readonly Asked[], { from }: Tail, reference: readonly ort.Tensor[]): Promise<Answer[]> {
    const { outputs: places } = layoutOf(all[0]!.fn);
    const answers: Answer[] = [];
    for (const group of chunked(all, mostRows(all[0]!, from)))
      for (const [i, ends] of (await this.#run(group, { from, reference })).entries()) {
        const outputs = ends.map((end, o) => ended(reference[o]!, end, places[o]!.position!));
        this.#follow(group[i]!, outputs, reference, from);
        answers.push({ outputs, by: "tail", from, ...(group.length > 1 && { shared: group.length }) });
      }
    return answers;
  }

  /** The run that this one is equal to before some position, when the function keeps positions apart. */
  tailOf(asked: Asked): Tail | undefined {
    const layout = layoutOf(asked.fn);
    if (asked.keeps || !layout.tails || !settings.APP.TAILS) return undefined;
    let from = Number.POSITIVE_INFINITY;
    let length = 0;
    const inputs = asked.inputs.map((input, i) => {
      const change = changeOf(input);
      const { batch, position: axis } = layout.inputs[i]!;
      if (!change || axis === undefined || batch === undefined) return input;
      from = Math.min(from, change.from);
      length = input.dims[axis]!;
      return change.of;
    });
    if (from === Number.POSITIVE_INFINITY || from === 0) return undefined;
    return { reference: askedFor(asked, asked.ready, inputs), from, length };
  }

  /** Notes from where results differ from those of the reference. */
  #follow(
    { fn }: Asked,
    outputs: readonly ort.Tensor[],
    reference: readonly ort.Tensor[],
    from: number,
  ): void {
    const { outputs: places } = layoutOf(fn);
    for (const [i, output] of outputs.entries())
      if (places[i]!.position !== undefined) noteChange(output, { of: reference[i]!, from });
  }

  /** One call of ONNX Runtime for all of them: from the beginning, or from a position on with the keys and values before it. */
  async #run(
    group: readonly Asked[],
    tail?: { readonly from: number; readonly reference: readonly ort.Tensor[] },
    withPresent = false,
  ): Promise<ort.Tensor[][]> {
    const [{ fn, ready, keeps }] = group as [Asked];
    const { graph: compiled, feeds } = ready;
    const layout = layoutOf(fn);
    const stretch = this.trunks.stretch(fn, ready);
    const from = tail?.from ?? 0;
    const fed: Record<string, ort.Tensor> = { ...feeds, ...stretch?.feeds };
    for (const [i, name] of (stretch?.taken[0] ?? compiled.inputs).entries()) {
      const { batch, position } = layout.inputs[i]!;
      const parts = group.map(({ inputs }) => inputs[i]!);
      const cut =
        from && position !== undefined ? mapped(parts, (part) => slice(part, position, from)) : parts;
      fed[name] = batch === undefined ? cut[0]! : joined(cut, batch);
    }
    const counts = group.map(({ inputs }) => rowsOf(inputs, layout.inputs));
    const total = counts.reduce((a, b) => a + b, 0);
    for (const [i, past] of compiled.pasts.entries())
      for (const [j, name] of past.inputs.entries()) {
        const present = tail?.reference[compiled.outputs.length + 2 * i + j];
        fed[name] = present
          ? joined(Array<ort.Tensor>(group.length).fill(slice(present, 2, 0, from)), 0)
          : nothingBefore(total, past.sizes[j]!);
      }
    const all = stretch?.made[0] ?? compiled.graph.outputs.map(({ name }) => name);
    const wanted = withPresent ? all.slice(0, countOf(group[0]!)) : resultsIn(all, ready, keeps);
    const places = keeps ? [...layout.outputs, ...layout.kept] : layout.outputs;
    const made = await this.sessions.run(stretch?.compiled ?? compiled, fed, wanted);
    if (group.length === 1) return [wanted.map((name) => made[name]!)];
    let row = 0;
    return counts.map((count) => {
      row += count;
      return places.map(({ batch }, i) => slice(made[wanted[i]!]!, batch!, row - count, row));
    });
  }
}

/** How many results there are with keys and values. */
const countOf = ({ ready: { graph } }: Asked): number => graph.outputs.length + 2 * graph.pasts.length;

/** Of all that a graph gives the results of its function, and where they are asked for what going back takes over. */
const resultsIn = (all: readonly string[], { graph }: Ready, keeps: boolean): string[] => [
  ...all.slice(0, graph.outputs.length),
  ...(keeps ? all.slice(all.length - graph.kept.length) : []),
];

/** The same for the same part, made once. */
function mapped(parts: readonly ort.Tensor[], map: (part: ort.Tensor) => ort.Tensor): ort.Tensor[] {
  const known = new Map<ort.Tensor, ort.Tensor>();
  return parts.map((part) => {
    const made = known.get(part) ?? map(part);
    known.set(part, made);
    return made;
  });
}

function rowsOf(
  inputs: readonly ort.Tensor[],
  places: readonly { readonly batch: number | undefined }[],
): number {
  const at = places.findIndex(({ batch }) => batch !== undefined);
  return at < 0 ? 1 : inputs[at]!.dims[places[at]!.batch!]!;
}

const empty = new Map<string, ort.Tensor>();

/** Keys or values of no positions. */
function nothingBefore(rows: number, [heads, size]: readonly [number, number]): ort.Tensor {
  const dims = [rows, heads, 0, size];
  const known = empty.get(dims.join());
  if (known) return known;
  const made = new ort.Tensor("float32", new Float32Array(0), dims);
  if (empty.size < 256) empty.set(dims.join(), made);
  return made;
}

/** How many runs a call takes at most. */
function mostRows({ fn, inputs }: Asked, from: number): number {
  const { inputs: places, outputs, kept } = layoutOf(fn);
  const at = places.findIndex(({ position }) => position !== undefined);
  const positions = at < 0 ? 1 : inputs[at]!.dims[places[at]!.position!]! - from;
  const values = [...places, ...outputs, ...kept].reduce(
    (sum, { size, position }) => sum + size * (position === undefined ? 1 : positions),
    0,
  );
  return Math.max(1, Math.floor(mostShared / (4 * values * rowsOf(inputs, places))));
}

function* chunked<T>(all: readonly T[], most: number): Generator<readonly T[]> {
  const count = Math.ceil(all.length / most);
  const size = Math.ceil(all.length / count);
  for (let i = 0; i < all.length; i += size) yield all.slice(i, i + size);
}

/** Equal for runs of one function whose rows may be joined: all but the batch is alike. */
export function joinKey({ fn, inputs, keeps, key }: Asked): string {
  const { rows, inputs: places } = layoutOf(fn);
  if (!rows) return key;
  const alike = inputs.map((input, i) => {
    const { batch } = places[i]!;
    return batch === undefined ? valueIdentity(input) : `${input.type}${input.dims.with(batch, 0)}`;
  });
  return `${alike}${keeps}`;
}
