/** Results of pieces, remembered by what was run on what: a piece with equal inputs is not run twice. Bounded by bytes. */
import type * as ort from "onnxruntime-node";
import { freshIdentity, identify, identityOf, knownIdentity } from "../base/identity.ts";
import type { Host } from "../tensor/host.ts";
import { bytesOf } from "./slices.ts";

/** Arrays up to this many values count by content, larger ones by identity: they are never changed in place. */
const small = 1024;

/** Numbers of small arrays by their content, the least recently met first; one that is forgotten gets another number. */
const contents = new Map<string, number>();
const mostContents = 2048;

/** Equal for equal values of small arrays, and for the same large one. */
export function valueIdentity(tensor: ort.Tensor): number {
  if (tensor.size > small) return identityOf(tensor);
  const known = knownIdentity(tensor);
  if (known !== undefined) return known;
  const data = tensor.data as Host["data"];
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1");
  const content = `${tensor.type}[${tensor.dims}]${bytes}`;
  const number = contents.get(content) ?? freshIdentity();
  contents.delete(content);
  contents.set(content, number);
  identify(tensor, number);
  if (contents.size > mostContents) contents.delete(contents.keys().next().value!);
  return number;
}

interface Entry {
  readonly outputs: readonly ort.Tensor[];
  readonly bytes: number;
}

/** What a result takes beside its values, in bytes: 48,750 of a small model took 3.6 kB each beyond them. */
const OVERHEAD = 3600;

export class Memo {
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @param most bytes; the least recently used results beyond it are let go */
  constructor(public most = 64 * 2 ** 20) {}

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): readonly ort.Tensor[] | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.outputs;
  }

  set(key: string, outputs: readonly ort.Tensor[]): void {
    const bytes = outputs.reduce((sum, output) => sum + bytesOf(output) + OVERHEAD, 2 * key.length);
    if (bytes > this.most / 4) return;
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
    this.#entries.set(key, { outputs, bytes });
    this.#bytes += bytes;
    for (const [old, entry] of this.#entries) {
      if (this.#bytes <= this.most) return;
      this.#entries.delete(old);
      this.#bytes -= entry.bytes;
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
