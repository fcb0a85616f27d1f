/** What every cell may use without importing it: display, clearOutput, input, require. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { bundle, format } from "./format.ts";
import type { Inputs } from "./inputs.ts";
import type { FromUser, MimeBundle } from "./protocol.ts";
import type { Run } from "./run.ts";
import type { Streams } from "./streams.ts";

interface DisplayOptions {
  readonly raw?: boolean;
  readonly display_id?: string;
  readonly update?: boolean;
}

export interface Output {
  readonly send: (message: FromUser) => void;
  readonly streams: Streams;
  /** The cell that is running, or ran last. */
  readonly run: () => Run | undefined;
}

export function installGlobals(folder: string, output: Output, inputs: Inputs): void {
  Object.assign(globalThis, {
    display: displayTo(output),
    clearOutput: (wait = false) => {
      output.streams.flush();
      output.send({ kind: "clear", wait, parent: output.run()?.parent ?? null });
    },
    input: (prompt = "", options: { readonly password?: boolean } = {}) => {
      output.streams.flush();
      return inputs.ask(prompt, options.password ?? false, output.run()?.allowInput ?? false);
    },
    require: createRequire(join(folder, "notebook.js")),
    __dirname: folder,
    __filename: join(folder, "notebook.ts"),
  });
}

function displayTo({ send, streams, run }: Output) {
  return (value: unknown, options: DisplayOptions = {}): void => {
    const cell = run();
    const show = (shown: MimeBundle) => {
      streams.flush();
      const displayId = options.display_id ?? null;
      send({
        kind: "display",
        bundle: shown,
        displayId,
        update: options.update ?? false,
        parent: cell?.parent ?? null,
      });
    };
    const shown = options.raw ? bundle(value) : format(value);
    // What is known at once is shown at once, in order with what is printed.
    if (!(shown instanceof Promise)) {
      show(shown);
      return;
    }
    // The cell ends when what it shows has been made, and fails when that fails.
    const pending = shown.then(show);
    cell?.pending.add(pending);
  };
}
