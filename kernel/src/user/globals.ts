/** What every cell may use without importing it: display, progress, clearOutput, input, require. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { displayTo, type Output } from "./display.ts";
import type { Inputs } from "./inputs.ts";
import { jobsTo } from "./jobs.ts";
import { progressWith, runProgress } from "./progress.ts";

export function installGlobals(folder: string, output: Output, inputs: Inputs): void {
  const display = displayTo(output);
  Object.assign(globalThis, {
    display,
    progress: progressWith(display),
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
  Object.assign(globalThis, { [Symbol.for("nnsight.remote")]: jobsTo(display) });
  if (process.env.NNSIGHT_PROGRESS !== "off")
    Object.assign(globalThis, { [Symbol.for("nnsight.progress")]: runProgress(display, output.run) });
}
