/** Tensors in files: safetensors, and NumPy's .npy. */
import { TypeError } from "../base/errors.ts";
import { readNpy, writeNpy } from "../load/npy.ts";
import { readSafetensors } from "../load/safetensors.ts";
import { writeSafetensors } from "../load/safetensors-write.ts";
import type { Host } from "../tensor/host.ts";
import { isLazy } from "../trace/state.ts";
import { Tensor } from "../trace/tensor.ts";

/**
 * Writes tensors, by name, into a safetensors file: what PyTorch's and NumPy's readers of that format read. Every dtype is
 * kept. A file that is there is replaced as a whole or not at all.
 * @example await saveTensors("run.safetensors", { hidden, logits })
 * @throws TypeError for a lazy tensor, ValueError for one that was never set
 */
export async function saveTensors(path: string, tensors: Readonly<Record<string, Tensor>>): Promise<void> {
  const hosts = new Map(Object.entries(tensors).map(([name, tensor]) => [name, hostOf(`'${name}'`, tensor)]));
  await writeSafetensors(path, hosts);
}

/**
 * The tensors of a safetensors file, by name, with the dtypes that they were saved with.
 * @example const { hidden } = await loadTensors("run.safetensors")
 * @throws ValueError when the file is not there or not whole
 */
export async function loadTensors(path: string): Promise<Record<string, Tensor>> {
  return Object.fromEntries([...readSafetensors(path)].map(([name, host]) => [name, new Tensor(host)]));
}

/**
 * Writes one tensor as NumPy does. A file that is there is replaced as a whole or not at all.
 * @example await saveNpy("hidden.npy", hidden)
 * @throws TypeError for a lazy tensor, ValueError for bfloat16, which NumPy does not have
 */
export async function saveNpy(path: string, tensor: Tensor): Promise<void> {
  await writeNpy(path, hostOf("the value", tensor));
}

/**
 * The array of a .npy file as a tensor.
 * @example const hidden = await loadNpy("hidden.npy")
 * @throws ValueError when the file is not there, is not whole, or holds what is no array of numbers
 */
export async function loadNpy(path: string): Promise<Tensor> {
  return new Tensor(await readNpy(path));
}

function hostOf(what: string, tensor: Tensor): Host {
  if (!(tensor instanceof Tensor)) throw new TypeError(`${what} is no Tensor: make it one with tensor(...).`);
  const { state } = tensor;
  if (!isLazy(state)) return state;
  throw new TypeError(
    `${what} is a lazy tensor: it has no numbers before its trace has run. Save it in the trace (\`x.save()\`) and write the file after it.`,
  );
}
