/** The user process: runs cells, one at a time, and tells the supervisor what they show. */
import { KeyboardInterrupt, report } from "./errors.ts";
import { installGlobals } from "./globals.ts";
import { Inputs } from "./inputs.ts";
import { Live } from "./live.ts";
import { Log } from "./log.ts";
import { importerFrom, installPins, installProject, metaOf } from "./modules.ts";
import type { FromUser, ToUser } from "./protocol.ts";
import { type Environment, Run } from "./run.ts";
import { Sources } from "./sources.ts";
import { installStacks } from "./stack.ts";
import { Streams } from "./streams.ts";
import { Values } from "./values.ts";
import { startWatchdog } from "./watchdog.ts";

const folder = process.cwd();
let run: Run | undefined;
let isRunning = false;

function send(message: FromUser): void {
  if (process.connected) process.send?.(message);
}

/** What a cell shows, in the order in which it came: after it a line of log stands in an output of its own. */
function show(message: FromUser): void {
  log.close();
  send(message);
}

const streams = new Streams((name, text) =>
  show({ kind: "stream", name, text, parent: run?.parent ?? null }),
);
const log: Log = new Log(
  send,
  () => streams.flush(),
  () => run?.parent ?? null,
);
const watchdog = startWatchdog();
const inputs = new Inputs(send);
const environment: Environment = {
  scope: Object.create(null) as Record<string, unknown>,
  sources: new Sources(folder),
  import: importerFrom(folder),
  meta: metaOf(folder),
  turn: 0,
};

const values = new Values(environment.scope, (names) => send({ kind: "dropped", names }));
const live = new Live(send, [log, values]);

streams.install();
installPins();
installProject(folder, environment.sources);
installStacks(environment.sources);
installGlobals(folder, { send: show, streams, run: () => run }, inputs);
/** A native loop of the library looks here whether the user asked to stop. */
Object.assign(globalThis, { [Symbol.for("nnsight.interrupt")]: watchdog.flags });

async function execute(order: ToUser & { kind: "execute" }): Promise<void> {
  run = new Run(order, environment);
  isRunning = true;
  log.begin();
  watchdog.begin();
  const outcome = await run.outcome();
  watchdog.end();
  isRunning = false;
  streams.flush();
  log.close();
  values.ran(order.count);
  send({ kind: "done", outcome });
}

function interrupt(): void {
  send({ kind: "interrupting" });
  inputs.drop(new KeyboardInterrupt());
  if (isRunning) run?.interrupt();
}

process.on("message", (message: ToUser) => {
  if (message.kind === "execute") void execute(message);
  else if (message.kind === "interrupt") interrupt();
  else if (message.kind === "live") live.ask(message);
  else inputs.answer(message.id, message.value);
});

/** An error that no cell waits for is printed. */
function printError(what: string, thrown: unknown): void {
  if (thrown instanceof KeyboardInterrupt) return;
  streams.write("stderr", `${what}: ${report(thrown, environment.sources).traceback.join("\n")}\n`);
}

process.on("uncaughtException", (error) => printError("Uncaught", error));
process.on("unhandledRejection", (reason) => printError("Unhandled rejection", reason));
// The signal stops a running script through `breakOnSigint`; it must never end the process.
process.on("SIGINT", () => {});
process.on("exit", () => streams.flush());
process.on("disconnect", () => process.exit());

send({ kind: "ready" });
