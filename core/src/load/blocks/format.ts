/** What a block format is: how a run of values is packed into bytes in a GGUF file. */

export interface BlockFormat {
  /** As GGML calls it, such as `Q4_1`. */
  readonly name: string;
  /** Values in a block. */
  readonly values: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Unpacks whole blocks: `out.length` values out of `out.length / values * bytes` bytes. */
  readonly decode: (blocks: Uint8Array, out: Float32Array) => void;
}
