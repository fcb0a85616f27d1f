/** Writes a model's weights in the forms that a packing asks for: a safetensors file, and beside it what is packed how. */
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { halfBits } from "../../tensor/half.ts";
import type { DType } from "../../tensor/type.ts";
import { writeAt } from "../file-range.ts";
import type { Progress } from "../progress.ts";
import { layOut } from "../safetensors-write.ts";
import { eightBits, fourBits, type PackedRows, takenOver } from "./quantize.ts";
import { type Form, formOf, type Packing } from "./role.ts";

/** A tensor that is to be written. */
export interface Loose {
  readonly name: string;
  /** As the model has it. */
  readonly shape: readonly number[];
  /** As GGML or safetensors call it. */
  readonly format: string;
  /** Its numbers as float32, some whole rows at a time. */
  numbers(): AsyncIterable<Float32Array>;
  /** Of a matrix the same, transposed. */
  turned(): AsyncIterable<Float32Array>;
  /** Blocks of the file's own, some whole rows at a time, in which rows are what comes out. */
  blocks?(): AsyncIterable<Uint8Array>;
}

/** What stands in `packing.json` for each packed weight. */
export interface Written {
  readonly kind: "halves" | "blocks";
  readonly turned: boolean;
  readonly planes?: number;
  /** Whether the weight is there in float32, too. */
  readonly beside?: boolean;
  readonly shape: readonly number[];
}

export const WEIGHTS = "model.safetensors";
export const PACKING = "packing.json";

type Entry = readonly [string, { readonly dtype: DType; readonly shape: readonly number[] }];

/** @returns how many bytes the file of weights has */
export async function writePacked(
  folder: string,
  tensors: readonly Loose[],
  packing: Packing,
  ready: (size: number) => Promise<void>,
  progress?: Progress,
): Promise<number> {
  const planned = tensors.map((tensor) => ({
    tensor,
    form: formOf(packing, tensor.name, tensor.shape, tensor.format),
  }));
  const { header, ranges, size } = layOut(
    partByPart(planned.map(({ tensor, form }) => entriesOf(tensor, form))),
    { format: "pt" },
  );
  await ready(size);
  const file = await open(join(folder, WEIGHTS), "wx");
  try {
    await writeAt(file, header, 0);
    let done = header.length;
    const ends = new Map<string, number>();
    const put = async (name: string, data: ArrayBufferView): Promise<void> => {
      const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
      const at = ends.get(name) ?? 0;
      await writeAt(file, bytes, ranges.get(name)!.offset + at);
      ends.set(name, at + bytes.length);
      progress?.({ done: (done += bytes.length), total: size });
    };
    for (const { tensor, form } of planned) await writeTensor(tensor, form, put);
  } finally {
    await file.close();
  }
  const written = planned.flatMap(({ tensor: { name, shape }, form }): [string, Written][] => {
    if (form.kind === "floats") return [];
    const { kind, turned } = form;
    return [
      [name, { kind, turned, shape, ...(kind === "blocks" && { planes: form.planes, beside: form.beside }) }],
    ];
  });
  await writeFile(join(folder, PACKING), JSON.stringify(Object.fromEntries(written)));
  return size;
}

function entriesOf({ name, shape }: Loose, form: Form): Entry[] {
  const floats: Entry = [name, { dtype: "float32", shape }];
  if (form.kind === "floats") return [floats];
  if (form.kind === "halves") return [[name, { dtype: "float16", shape }]];
  const [rows, columns] = (form.turned ? shape.toReversed() : shape) as [number, number];
  const count = columns / 32;
  return [
    ...(form.beside ? [floats] : []),
    [`${name}::values`, { dtype: "uint8", shape: [rows, form.planes * count, 16] }],
    [`${name}::scales`, { dtype: "float32", shape: [rows, form.planes * count] }],
    ...(form.offsets ? [[`${name}::offsets`, { dtype: "float32", shape: [rows, count] }] as const] : []),
  ];
}

/** The first parts of all weights, then the second: what is multiplied with as one lies side by side in each. */
const partByPart = (weights: readonly (readonly Entry[])[]): Entry[] =>
  [0, 1, 2, 3].flatMap((part) => weights.flatMap((entries) => entries.slice(part, part + 1)));

async function writeTensor(
  tensor: Loose,
  form: Form,
  put: (name: string, data: ArrayBufferView) => Promise<void>,
): Promise<void> {
  const { name, shape, format } = tensor;
  if (form.kind === "floats" || (form.kind === "blocks" && form.beside))
    for await (const numbers of tensor.numbers()) await put(name, numbers);
  if (form.kind === "floats") return;
  if (form.kind === "halves") {
    for await (const numbers of tensor.numbers()) {
      const bits = new Uint16Array(numbers.length);
      for (let i = 0; i < bits.length; i++) bits[i] = halfBits(numbers[i]!);
      await put(name, bits);
    }
    return;
  }
  const { turned } = form;
  const columns = shape[turned ? 0 : 1]!;
  const pack = form.planes === 1 ? fourBits : eightBits;
  for await (const { values, scales, offsets } of packedRows()) {
    await put(`${name}::values`, values);
    await put(`${name}::scales`, scales);
    if (offsets) await put(`${name}::offsets`, offsets);
  }

  async function* packedRows(): AsyncGenerator<PackedRows> {
    if (form.kind === "blocks" && form.straight && tensor.blocks)
      for await (const blocks of tensor.blocks()) yield takenOver[format]!(blocks, columns);
    else
      for await (const numbers of turned ? tensor.turned() : tensor.numbers()) yield pack(numbers, columns);
  }
}
