/** Bytes of a text (UTF-8) or of numbers. */
export const bytesOf = (value: unknown): Uint8Array =>
  typeof value === "string" ? new TextEncoder().encode(value) : Uint8Array.from(value as Iterable<number>);
