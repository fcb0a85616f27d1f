/** `model.export(path)`: the model with its edits as an ordinary ONNX file. */
import { TypeError, ValueError } from "../base/errors.ts";
import { isPlainObject, mapTree } from "../base/tree.ts";
import { emitWhole } from "../compile/whole.ts";
import type { Result } from "../ir/node.ts";
import { writeOnnx } from "../load/onnx-write.ts";
import { refuseAsync } from "../trace/callback.ts";
import { popContext } from "../trace/contexts.ts";
import { replay } from "../trace/edit.ts";
import { isLazy } from "../trace/state.ts";
import type { Intake, Subject } from "../trace/subject.ts";
import { isTensor, type Tensor } from "../trace/tensor.ts";
import { Tracer } from "../trace/tracer.ts";

/** What was written. */
export interface Exported {
  readonly path: string;
  /** The names of what the file takes and gives. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The name of the file beside it that holds the weights, if there is one: the two belong together. */
  readonly data?: string;
}

/** @throws RuntimeError for what no such file can hold, or when the types of the model's inputs are not known yet */
export async function exportModel(
  subject: Subject,
  path: string,
  body: (editor: Tracer) => unknown = () => ({}),
): Promise<Exported> {
  const editor = new Tracer("edit", { ...subject, intake: openIntake(subject.intake) }, []);
  const { recording, edges } = editor;
  const outputs: (readonly [string, Result])[] = [];
  const add = (tree: unknown, single: string): void =>
    void mapTree(tree, isTensor, (tensor, place) => {
      const name = place.join(".") || single;
      if (outputs.some(([other]) => other === name))
        throw new ValueError(`'${name}' is the name of an output already: choose another.`);
      outputs.push([name, saved(tensor)]);
    });
  try {
    const { fn } = edges.model();
    for (const edit of subject.edits) replay(edit, recording, edges);
    const chosen = refuseAsync(body(editor), "export");
    if (!isTensor(chosen) && !isPlainObject(chosen) && chosen !== undefined)
      throw new TypeError(
        "the callback of export gives its outputs names: return an object of tensors, as in { middle: … }.",
      );
    add(edges.read({ module: "", call: 0, edge: "output" }, undefined), "output");
    add(chosen ?? {}, "saved");
    if (recording.error) throw recording.error;
    const inputs = fn.inputs.map(({ name }) => inputName(name, subject.intake));
    const program = recording.asProgram({ root: fn, touches: edges.touches });
    const graph = emitWhole(program, { inputs, outputs });
    const data = await writeOnnx(path, graph);
    return {
      path,
      inputs: graph.inputs.map(({ name }) => name),
      outputs: graph.outputs.map(({ name }) => name),
      ...(data && { data }),
    };
  } finally {
    popContext(recording);
  }
}

function saved(tensor: Tensor): Result {
  tensor.save();
  if (isLazy(tensor.state)) return tensor.state.result;
  throw new TypeError(
    "an output of an exported model is a value of the model; this tensor is a number already.",
  );
}

/** Of a model that takes prompts also a mask, so that the file takes batches. */
const openIntake = (intake: Intake): Intake =>
  intake.prompts ? { ...intake, template: () => intake.anySignature() } : intake;

/** Hugging Face's name of an argument: `0.0` is the first, `1.mask` the one named `mask`. */
function inputName(name: string, { prompts }: Intake): string {
  const [list, ...rest] = name.split(".");
  if (list === "1") return rest.join(".");
  if (list !== "0") return name;
  if (prompts && name === "0.0") return "input_ids";
  return name === "0.0" ? "input" : `input_${rest.join("_")}`;
}
