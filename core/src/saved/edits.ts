/** Edits of a model as files: saved, loaded into another model of the kind, listed, told apart. */
import { print } from "../ir/text/print.ts";
import type { EditOptions } from "../model/edit.ts";
import { popContext } from "../trace/contexts.ts";
import { type Edit, replay } from "../trace/edit.ts";
import type { Subject } from "../trace/subject.ts";
import { Tracer } from "../trace/tracer.ts";
import { decode } from "../wire/decode.ts";
import { encode } from "../wire/encode.ts";
import { type Part, readParts, writeParts } from "./file.ts";
import { difference, textOf } from "./listing.ts";
import { fitted, limits, receiverOf, senderOf, subjectOf } from "./parties.ts";

/** What takes edits. */
export interface Editable {
  readonly edit: (options: EditOptions, body: (editor: Tracer) => unknown) => Promise<unknown>;
}

/**
 * Writes the edits of a model into a safetensors file: their steps as text, their tensors as they are.
 * @param options.note for whoever reads the file
 * @example await saveEdits(cheerful, "cheerful.safetensors", { note: "adds a direction to block 12" })
 * @throws TypeError for what a file cannot hold, with the reason: a function of your own, a module that the model does not have
 */
export async function saveEdits(
  model: object,
  path: string,
  { note = "" }: { readonly note?: string } = {},
): Promise<void> {
  const subject = subjectOf(model);
  await writeParts(path, { kind: "edits", model: subject.name, note }, partsOf(subject));
}

/**
 * A copy of the model with the edits of a file after its own.
 * @param options.inplace changes this model instead
 * @example const cheerful = await loadEdits(lm, "cheerful.safetensors")
 * @throws ValueError for a file that is none, or of a model with other modules; ShapeError where they have other sizes
 */
export async function loadEdits<M extends Editable>(
  model: M,
  path: string,
  { inplace = false }: Pick<EditOptions, "inplace"> = {},
): Promise<M> {
  const subject = subjectOf(model);
  const { header, parts } = readParts(path, "edits");
  const edits = parts.map(({ form, tensors }): Edit => {
    const { program } = fitted(header.model, subject, () =>
      decode(form, tensors, receiverOf(subject), limits),
    );
    return { nodes: program.nodes, touches: program.touches };
  });
  let edited = model;
  for (const edit of edits)
    edited = (await edited.edit({ inplace }, (editor) => replay(edit, editor.recording, editor.edges))) as M;
  return edited;
}

/**
 * The edits of a model, or of a file, as text: what they read, write and compute, in their order.
 * @example console.log(listEdits("cheerful.safetensors").join("\n\n"))
 */
export const listEdits = (of: object | string): string[] =>
  (typeof of === "string" ? readParts(of, "edits").parts : partsOf(subjectOf(of))).map(textOf);

/**
 * How the edits of two models or files differ, line by line: `- ` is of the first alone, `+ ` of the second alone.
 * Tensors are compared by their numbers.
 * @example console.log(diffEdits("monday.safetensors", lm).join("\n"))
 */
export const diffEdits = (first: object | string, second: object | string): string[] =>
  difference(linesOf(first), linesOf(second));

const linesOf = (of: object | string): string[] => listEdits(of).flatMap((text) => text.split("\n"));

const partsOf = (subject: Subject): Part[] => subject.edits.map((edit) => partOf(subject, edit));

/** An edit as a program of its own. */
function partOf(subject: Subject, edit: Edit): Part {
  const editor = new Tracer("edit", subject, []);
  try {
    editor.edges.model();
    replay(edit, editor.recording, editor.edges);
    const { program } = editor;
    const { form, tensors } = encode(program, [], senderOf(subject, program));
    // Lines of hooks would be those of whoever saves.
    const text = print(program, { lines: false }).text;
    return { form: { ...form, graph: "edit", text }, tensors };
  } finally {
    popContext(editor.recording);
  }
}
