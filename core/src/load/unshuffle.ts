/** The order of rows inside attention heads: GGUF keeps the two halves of a rotary pair side by side, Hugging Face apart. */

/**
 * Brings the rows of whole heads into Hugging Face's order, in place: row `s · half + i` of a head was row `2i + s`.
 * @param values rows of `width` numbers or bytes, a whole number of heads
 * @param headRows rows of a head, even
 */
export function unshuffleRows(values: Float32Array | Uint8Array, width: number, headRows: number): void {
  const size = headRows * width;
  const half = headRows / 2;
  for (let start = 0; start < values.length; start += size) {
    const head = values.slice(start, start + size);
    for (let row = 0; row < headRows; row++) {
      const from = (2 * (row % half) + Math.floor(row / half)) * width;
      values.set(head.subarray(from, from + width), start + row * width);
    }
  }
}
