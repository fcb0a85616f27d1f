/** Files of edits and programs: safetensors with their text in the header. */
import { ValueError } from "../base/errors.ts";
import { readContents } from "../load/contents.ts";
import type { Contents } from "../load/safetensors-bytes.ts";
import { writeSafetensors } from "../load/safetensors-write.ts";
import type { Host } from "../tensor/host.ts";
import type { Form } from "../wire/form.ts";
import type { Packed } from "../wire/packed.ts";

/** What is written beside the tensors. */
export interface Header {
  readonly kind: "edits" | "program";
  /** The class of the model. */
  readonly model: string;
  readonly note: string;
  readonly parts: readonly unknown[];
  /** Of a program: the tree that it gives, with names of results. */
  readonly gives?: Packed;
}

export interface Part {
  readonly form: Form;
  readonly tensors: ReadonlyMap<string, Host>;
}

export async function writeParts(
  path: string,
  header: Omit<Header, "parts">,
  parts: readonly Part[],
): Promise<void> {
  const tensors = parts.flatMap((part, i) =>
    [...part.tensors].map(([name, host]) => [`${i}/${name}`, host] as const),
  );
  const text = JSON.stringify({ ...header, parts: parts.map(({ form }) => form) });
  await writeSafetensors(path, new Map(tensors), { nnsight: text });
}

/** @throws ValueError for another file, or one of another kind */
export function readParts(
  path: string,
  kind: Header["kind"],
): { readonly header: Header; readonly parts: readonly Part[] } {
  const contents = readContents(path);
  const header = headerOf(contents, path);
  if (header.kind !== kind)
    throw new ValueError(
      `${path} holds ${header.kind === "edits" ? "edits: read it with loadEdits" : "a program: read it with loadProgram"}.`,
    );
  const own = (i: number): ReadonlyMap<string, Host> => {
    const prefix = `${i}/`;
    return new Map(
      [...contents.tensors].flatMap(([name, host]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), host] as const] : [],
      ),
    );
  };
  return { header, parts: header.parts.map((form, i) => ({ form: form as Form, tensors: own(i) })) };
}

function headerOf({ metadata }: Contents, path: string): Header {
  try {
    const header = JSON.parse(metadata["nnsight"] ?? "") as Header;
    if (Array.isArray(header.parts) && ["edits", "program"].includes(header.kind)) return header;
  } catch {
    // Said below, as for a header of another form.
  }
  throw new ValueError(
    `${path} holds neither edits nor a program: it was not written by saveEdits or saveProgram.`,
  );
}
