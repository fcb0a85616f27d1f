/** The number formats of safetensors files and what they become in memory. A new format is a new line here. */
import type { Data } from "../tensor/host.ts";
import type { DType } from "../tensor/type.ts";
import { bf16, f16 } from "./blocks/float.ts";
import type { BlockFormat } from "./blocks/format.ts";

export interface Stored {
  /** Bytes of a value in the file. */
  readonly bytes: number;
  readonly dtype: DType;
  /** The dtype that has the same bytes, where it is another one: what saved tensors come back as, unlike weights. */
  readonly own?: DType;
  /** Whether the bytes in the file are those of the dtype, so that they can be mapped as they are. */
  readonly exact: boolean;
  readonly read: (bytes: ArrayBuffer) => Data;
}

export const stored: Readonly<Record<string, Stored>> = {
  F32: { bytes: 4, dtype: "float32", exact: true, read: (bytes) => new Float32Array(bytes) },
  I64: { bytes: 8, dtype: "int64", exact: true, read: (bytes) => new BigInt64Array(bytes) },
  BOOL: { bytes: 1, dtype: "bool", exact: true, read: (bytes) => new Uint8Array(bytes) },
  F64: {
    bytes: 8,
    dtype: "float32",
    own: "float64",
    exact: false,
    read: (bytes) => Float32Array.from(new Float64Array(bytes)),
  },
  F16: { ...narrow(f16), own: "float16" },
  BF16: { ...narrow(bf16), own: "bfloat16" },
  I32: { ...whole(4, (bytes) => new Int32Array(bytes)), own: "int32" },
  I16: { ...whole(2, (bytes) => new Int16Array(bytes)), own: "int16" },
  I8: { ...whole(1, (bytes) => new Int8Array(bytes)), own: "int8" },
  U32: whole(4, (bytes) => new Uint32Array(bytes)),
  U16: whole(2, (bytes) => new Uint16Array(bytes)),
  U8: { ...whole(1, (bytes) => new Uint8Array(bytes)), own: "uint8" },
};

function narrow(format: BlockFormat): Stored {
  const read = (bytes: ArrayBuffer) => {
    const values = new Float32Array(bytes.byteLength / format.bytes);
    format.decode(new Uint8Array(bytes), values);
    return values;
  };
  return { bytes: format.bytes, dtype: "float32", exact: false, read };
}

function whole(size: number, view: (bytes: ArrayBuffer) => ArrayLike<number>): Stored {
  const read = (bytes: ArrayBuffer) => BigInt64Array.from(Array.from(view(bytes), BigInt));
  return { bytes: size, dtype: "int64", exact: false, read };
}
