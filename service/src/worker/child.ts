/** Holds one model and runs the programs that its agent hands it, one after the other, in a process of its own. */
import { admit, type Hosted, LocalBackend, openHosted, runAdmitted } from "nnsight-ts/remote";
import { problemOf } from "../broker/refusal.ts";
import type { ToAgent, ToChild } from "./messages.ts";

const tell = (message: ToAgent): void => void process.send?.(message);
const backend = new LocalBackend();
const models = new Map<string, Hosted>();
const interrupt = new Int32Array(1);
Object.assign(globalThis, { [Symbol.for("nnsight.interrupt")]: interrupt });
let limits = {};

/** Lines of one run; more are cut off, with a word. */
const mostLines = 1000;

async function run(bytes: Uint8Array): Promise<void> {
  Atomics.store(interrupt, 0, 0);
  let lines = 0;
  let partial: Uint8Array | undefined;
  try {
    const admitted = admit(bytes, models, limits as never);
    const made = await runAdmitted(
      admitted,
      backend,
      (line) => {
        if (lines++ < mostLines) tell({ kind: "log", line: line.slice(0, 65_000) });
        else if (lines === mostLines + 1)
          tell({ kind: "log", line: `(the log has more than ${mostLines} lines; the rest is not kept)` });
      },
      (bytes) => void (partial = bytes),
    );
    tell({ kind: "done", bytes: made });
  } catch (error) {
    tell({ kind: "failed", problem: problemOf(error), bytes: partial });
  }
}

process.on("message", async (message: ToChild) => {
  if (message.kind === "stop") Atomics.store(interrupt, 0, 1);
  else if (message.kind === "run") await run(message.bytes);
  else
    try {
      limits = message.limits;
      models.set(message.model, await openHosted(message.model, { progress: () => undefined }));
      tell({ kind: "loaded" });
    } catch (error) {
      tell({ kind: "unloadable", message: error instanceof Error ? error.message : String(error) });
    }
});
process.on("disconnect", () => process.exit());
// Its agent stops it; a terminal's Ctrl-C goes to the agent.
process.on("SIGINT", () => undefined);
