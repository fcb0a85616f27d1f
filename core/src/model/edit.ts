/** Opens an edit in its two forms: a callback, or a block. */
import { refuseAsync } from "../trace/callback.ts";
import { heard } from "../trace/contexts.ts";
import type { Edit } from "../trace/edit.ts";
import type { Subject } from "../trace/subject.ts";
import { Tracer } from "../trace/tracer.ts";
import { optionsOf } from "./arguments.ts";

export interface EditOptions {
  /** Changes this model rather than a copy. */
  readonly inplace?: boolean;
  /** Gives the editor beside the model. */
  readonly returnContext?: boolean;
}

/** An edit as a block: the edited model is there when the block has ended. */
export interface Editing<M> extends AsyncDisposable {
  readonly model: M;
}

/** Makes the edited model of what was recorded. */
type Finish = (edit: Edit, inplace: boolean) => unknown;

export function openEdit(subject: Subject, args: readonly unknown[], finish: Finish): unknown {
  const known = ["inplace", "returnContext"];
  const { body, options } = optionsOf<EditOptions, (editor: Tracer) => unknown>("edit", args, known);
  return body ? heard(runEdit(subject, body, options, finish)) : new Block(subject, options, finish);
}

async function runEdit(
  subject: Subject,
  body: (editor: Tracer) => unknown,
  { inplace = false, returnContext = false }: EditOptions,
  finish: Finish,
): Promise<unknown> {
  const editor = new Tracer("edit", subject, []);
  try {
    refuseAsync(body(editor), "edit");
  } catch (error) {
    editor.recording.poison(error);
  }
  editor.end();
  const model = finish(editor.edit, inplace);
  return returnContext ? [model, editor] : model;
}

class Block implements Editing<unknown> {
  readonly #editor: Tracer;
  #model: unknown;

  constructor(
    subject: Subject,
    readonly options: EditOptions,
    readonly finish: Finish,
  ) {
    this.#editor = new Tracer("edit", subject, []);
  }

  /** @throws the first error of the recording */
  get model(): unknown {
    if (this.#editor.recording.error) throw this.#editor.recording.error;
    return this.#model;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#editor.recording.error) {
      this.#editor.end();
      this.#model = this.finish(this.#editor.edit, this.options.inplace ?? false);
    } else await this.#editor[Symbol.asyncDispose]();
  }
}
