/** The user process: runs cells, one at a time, and tells the supervisor what they show. */
import type { Header } from "../wire/message.ts";
import { Comms } from "./comms.ts";
import { KeyboardInterrupt, report } from "./errors.ts";
import { installFunctionText } from "./functionText.ts";
import { installGlobals } from "./globals.ts";
import { Inputs } from "./inputs.ts";
import { Live } from "./live.ts";
import { Log } from "./log.ts";
import { glimpse, look } from "./look.ts";
import { Imports, metaOf } from "./modules.ts";
import type { CommOrder, FromUser, LookOrder, ToUser } from "./protocol.ts";
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

/** What is shown belongs to the message of a comm whose handler runs, else to the cell. */
function parentNow(): Header | null {
  return comms.handling ?? cellParent();
}

function cellParent(): Header | null {
  return run?.parent ?? null;
}

/** In the order in which it came: after it a line of log stands in an output of its own. */
function show(message: FromUser): void {
  log.close();
  send(comms.handling && "parent" in message ? { ...message, parent: comms.handling } : message);
}

const streams = new Streams((name, text) => show({ kind: "stream", name, text, parent: parentNow() }));
const log: Log = new Log(send, streams, parentNow);
const watchdog = startWatchdog();
const inputs = new Inputs(send);
const sources = new Sources(folder);
const environment: Environment = {
  scope: Object.create(null) as Record<string, unknown>,
  sources,
  imports: new Imports(folder, sources),
  meta: metaOf(folder),
  turn: 0,
};

const comms = new Comms({ send, streams, sources, parent: cellParent });
const values = new Values(environment.scope, (names) => send({ kind: "dropped", names }));
const live = new Live(send, [log, values]);

streams.install();
installStacks(sources);
installFunctionText(sources);
installGlobals(folder, { send: show, streams, run: () => run }, inputs);
Object.assign(globalThis, { comms: comms.api });
/** A native loop of the library looks here whether the user asked to stop. */
Object.assign(globalThis, { [Symbol.for("nnsight.interrupt")]: watchdog.flags });

async function execute(order: ToUser & { kind: "execute" }): Promise<void> {
  const previous = run;
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
  if (order.silent) run = previous;
  send({ kind: "done", outcome });
}

async function handleComm(order: CommOrder): Promise<void> {
  if (!isRunning) watchdog.begin();
  await comms.receive(order);
  if (!isRunning) watchdog.end();
  streams.flush();
  send({ kind: "commHandled", messageId: order.header.msg_id });
}

function interrupt(): void {
  send({ kind: "interrupting" });
  inputs.drop(new KeyboardInterrupt());
  if (isRunning) run?.interrupt();
}

/** An error here is that of a value which refuses to be looked at. */
function answer({ id, lookup, path }: LookOrder): void {
  const { scope } = environment;
  try {
    const seen = lookup ? look(scope, lookup) : [];
    send({ kind: "seen", id, seen, text: path && glimpse(scope, path) });
  } catch {
    send({ kind: "seen", id, seen: [], text: undefined });
  }
}

process.on("message", (message: ToUser) => {
  if (message.kind === "execute") void execute(message);
  else if (message.kind === "look") answer(message);
  else if (message.kind === "comm") void handleComm(message);
  else if (message.kind === "live") live.ask(message);
  else if (message.kind === "interrupt") interrupt();
  else inputs.answer(message.id, message.value);
});

/** An error that no cell waits for is printed. */
function printError(what: string, thrown: unknown): void {
  if (thrown instanceof KeyboardInterrupt) return;
  streams.write("stderr", `${what}: ${report(thrown, sources).traceback.join("\n")}\n`);
}

process.on("uncaughtException", (error) => printError("Uncaught", error));
process.on("unhandledRejection", (reason) => printError("Unhandled rejection", reason));
// The signal stops a running script through `breakOnSigint`; it must never end the process.
process.on("SIGINT", () => {});
process.on("exit", () => streams.flush());
process.on("disconnect", () => process.exit());

send({ kind: "ready" });
