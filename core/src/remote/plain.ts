/** Values of a run as they travel: tensors beside them, complex numbers by their parts. */
import { ValueError } from "../base/errors.ts";
import type { Made } from "../ir/node.ts";
import { type Host, isHost } from "../tensor/host.ts";
import { Complex } from "../trace/complex.ts";
import { isLazy } from "../trace/state.ts";
import { Tensor } from "../trace/tensor.ts";
import { isList, type Leaves, type Packed, pack, unpack } from "../wire/packed.ts";

/** Leaves of every tree that travels but for tensors. */
export const plainLeaves: Leaves = {
  pack: (x) => (x instanceof Complex ? ["complex", [x.real, x.imag]] : undefined),
  unpack(key, content) {
    if (key === "complex" && isList(content)) return new Complex(Number(content[0]), Number(content[1]));
    throw new ValueError(`a value of the kind '${key}' is not known.`);
  },
};

/** Packs what a run has made; the same numbers go once. */
export class Packer {
  readonly tensors = new Map<string, Host>();
  readonly #labels = new Map<Host["data"], string>();
  readonly #leaves: Leaves = {
    pack: (x) => {
      const host = x instanceof Tensor ? x.state : x;
      return isHost(host) && !isLazy(host) ? ["tensor", this.#label(host)] : plainLeaves.pack(x);
    },
    unpack: plainLeaves.unpack,
  };

  made(made: Made): Packed {
    return isHost(made) ? { tensor: this.#label(made) } : { plain: pack(made.plain, this.#leaves) };
  }

  #label(host: Host): string {
    const known = this.#labels.get(host.data);
    const same = known !== undefined && String(this.tensors.get(known)!.shape) === String(host.shape);
    if (same) return known;
    const label = String(this.tensors.size);
    this.tensors.set(label, host);
    this.#labels.set(host.data, label);
    return label;
  }
}

export function madeOf(packed: Packed, tensors: ReadonlyMap<string, Host>): Made {
  const hostAt = (label: Packed): Host => {
    const host = tensors.get(String(label));
    if (!host) throw new ValueError(`the tensor '${label}' of a result is missing.`);
    return host;
  };
  const { tensor, plain } = packed as { readonly tensor?: Packed; readonly plain?: Packed };
  if (tensor !== undefined) return hostAt(tensor);
  const leaves: Leaves = {
    pack: plainLeaves.pack,
    unpack: (key, content) =>
      key === "tensor" ? new Tensor(hostAt(content)) : plainLeaves.unpack(key, content),
  };
  return { plain: unpack(plain ?? null, leaves) };
}
