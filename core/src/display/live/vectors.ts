/// <reference lib="es2025.float16" />
/** Makes code for vector instructions run, where that is allowed and numbers are of their kind. */
import type { Numbers } from "../numbers.ts";

/** The part of the global that is used here; TypeScript has it with those of a page alone. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: { memory: { buffer: ArrayBuffer }; run: unknown } };
};

/** What a module reads and writes. */
export interface Memory {
  readonly singles: Float32Array;
  readonly doubles: Float64Array;
  readonly words: Int32Array;
}

/** `null` where code may not be made while a program runs. */
export function instanceOf<Run>(bytes: Uint8Array): (Memory & { readonly run: Run }) | null {
  try {
    const { run, memory } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    const { buffer } = memory;
    return {
      run: run as Run,
      singles: new Float32Array(buffer),
      doubles: new Float64Array(buffer),
      words: new Int32Array(buffer),
    };
  } catch {
    return null;
  }
}

/** Whether float32 holds them all. */
export const isSingle = (values: Numbers): boolean =>
  values instanceof Float32Array || (typeof Float16Array !== "undefined" && values instanceof Float16Array);
