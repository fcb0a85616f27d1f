/** `model.vis()`: the model as every trace begins, with its edits. */
import { popContext } from "../trace/contexts.ts";
import { replay } from "../trace/edit.ts";
import type { Subject } from "../trace/subject.ts";
import { Tracer } from "../trace/tracer.ts";

/** @throws RuntimeError when the types of the model's inputs are not known yet */
export function visOf(subject: Subject): ReturnType<Tracer["vis"]> {
  const editor = new Tracer("edit", subject, []);
  const { recording, edges } = editor;
  try {
    edges.model();
    for (const edit of subject.edits) replay(edit, recording, edges);
    return editor.vis(subject.name);
  } finally {
    popContext(recording);
  }
}
