/** Holds one model and runs the programs that its agent hands it, one after the other, in a process of its own. */
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { admit, type Hosted, LocalBackend, openHosted, runAdmitted, weightBytes } from "nnsight-ts/remote";
import { problemOf } from "../broker/refusal.ts";
import { type Bytes, many, type ToAgent, type ToChild } from "./messages.ts";

const tell = (message: ToAgent): void => void process.send?.(message);
let backend: LocalBackend;
const models = new Map<string, Hosted>();
const interrupt = new Int32Array(1);
Object.assign(globalThis, { [Symbol.for("nnsight.interrupt")]: interrupt });
let limits = {};

/** Lines of one run; more are cut off, with a word. */
const mostLines = 1000;

let folder = "";

/** Bytes for the agent. */
function handed(bytes: Uint8Array<ArrayBuffer>): Bytes {
  if (bytes.length < many) return bytes;
  const file = join(folder, `made-${randomUUID()}`);
  writeFileSync(file, bytes);
  return file;
}

/** The slices of a buffer would be of the same memory. */
const plain = ({ buffer, byteOffset, length }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);

/** What is run, and what is not to begin. */
let running = "";
const stopped = new Set<string>();
let turn: Promise<void> = Promise.resolve();

async function run(id: string, program: Bytes): Promise<void> {
  running = id;
  Atomics.store(interrupt, 0, stopped.delete(id) ? 1 : 0);
  let lines = 0;
  let partial: Uint8Array<ArrayBuffer> | undefined;
  try {
    const bytes = typeof program === "string" ? plain(readFileSync(program)) : program;
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
    tell({ kind: "done", made: handed(made) });
  } catch (error) {
    tell({ kind: "failed", problem: problemOf(error), made: partial && handed(partial) });
  } finally {
    running = "";
  }
}

process.on("message", async (message: ToChild) => {
  if (message.kind === "stop") {
    if (message.id === running) Atomics.store(interrupt, 0, 1);
    else stopped.add(message.id);
  } else if (message.kind === "run") turn = turn.then(() => run(message.id, message.program));
  else
    try {
      ({ limits, folder } = message);
      const hosted = await openHosted(message.model, { progress: () => undefined });
      models.set(message.model, hosted);
      const bytes = weightBytes(hosted);
      backend = new LocalBackend(message.lean ? 1.5 * bytes : message.memory / 2);
      tell({ kind: "loaded", bytes });
    } catch (error) {
      tell({ kind: "unloadable", message: error instanceof Error ? error.message : String(error) });
    }
});
process.on("disconnect", () => process.exit());
// Its agent stops it; a terminal's Ctrl-C goes to the agent.
process.on("SIGINT", () => undefined);
