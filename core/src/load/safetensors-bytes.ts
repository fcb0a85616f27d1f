/** Safetensors files in memory, as they go over the network: tensors, and texts in their header. */
import { NNsightError, ValueError } from "../base/errors.ts";
import { type Host, viewed } from "../tensor/host.ts";
import { parseHeader } from "./safetensors-header.ts";
import { layOut } from "./safetensors-write.ts";
import { stored } from "./stored.ts";

export interface Contents {
  readonly tensors: ReadonlyMap<string, Host>;
  readonly metadata: Readonly<Record<string, string>>;
}

export function toSafetensors({ tensors, metadata }: Contents): Uint8Array<ArrayBuffer> {
  const { header, ranges, size } = layOut(tensors, metadata);
  const bytes = new Uint8Array(size);
  bytes.set(header);
  for (const [name, { offset, length }] of ranges) {
    const { buffer, byteOffset } = tensors.get(name)!.data;
    bytes.set(new Uint8Array(buffer, byteOffset, length), offset);
  }
  return bytes;
}

/** @throws ValueError when the header is broken, or its ranges do not fit the bytes or each other */
export function fromSafetensors(bytes: Uint8Array): Contents {
  try {
    const length =
      bytes.length < 8 ? -1 : Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    if (length < 0 || 8 + length > bytes.length) throw new ValueError("they are cut short");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length));
    const entries = parseHeader(text, bytes.length - 8 - length);
    const tensors = entries.map(({ name, format, shape, begin, end }) => {
      const { dtype, own, exact } = stored[format]!;
      if (!own && !exact) throw new ValueError(`'${name}' has the format ${format}, which is not sent`);
      const data = bytes.slice(8 + length + begin, 8 + length + end).buffer;
      return [name, { dtype: own ?? dtype, shape, data: viewed(data, own ?? dtype) }] as const;
    });
    return { tensors: new Map(tensors), metadata: metadataIn(text) };
  } catch (error) {
    const problem = error instanceof NNsightError ? error.message : "their header is no text";
    throw new ValueError(`the bytes are no safetensors file: ${problem}.`, { cause: error });
  }
}

function metadataIn(header: string): Record<string, string> {
  const { __metadata__: metadata = {} } = JSON.parse(header) as { __metadata__?: unknown };
  const entries = Object.entries(Object(metadata) as Record<string, unknown>);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === "string"))
    throw new ValueError("its metadata are no texts");
  return Object.fromEntries(entries);
}
