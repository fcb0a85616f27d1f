/** Bytes as base64, in slices that fit a call's arguments. */
const SLICE = 3 * 4096;

export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += SLICE)
    text += btoa(String.fromCharCode(...bytes.subarray(i, i + SLICE)));
  return text;
}
