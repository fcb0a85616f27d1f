/** Owns the user process: starts it, gives it cells, replaces it when it ends. */
import { type ChildProcess, fork } from "node:child_process";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { CommOrder, ExecuteOrder, FromUser, Outcome, StreamName, ToUser } from "../user/protocol.ts";
import { crash, LastWords } from "./ending.ts";
import { InterruptLadder } from "./ladder.ts";

const program = fileURLToPath(new URL("../user/main.js", import.meta.url));

/** The first flag lets an interrupted promise hook go on; the second keeps notes about Node out of cells. */
const nodeFlags = [
  "--no-force-async-hooks-checks",
  "--disable-warning=ExperimentalWarning",
  // Young objects get 12 MB instead of 48, which is never given back: a model beside them needs the room.
  "--max-semi-space-size=4",
];

/**
 * glibc gives large pieces of memory back when they are freed, instead of keeping them for later: after sweeps over a model
 * a third less is held (docs/decisions/1-pieces.md). Other systems do not read it; what the user has set wins.
 */
const memory = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: String(4 * 2 ** 20),
  MALLOC_TRIM_THRESHOLD_: String(32 * 2 ** 20),
};

/** Node says this when a process ends with an inspector session, as the watchdog has. */
const inspectorNote = "Waiting for the debugger to disconnect...\n";

export interface UserProcessEvents {
  message(message: FromUser): void;
  /** Text from native code, which does not go through the process's own streams. */
  print(name: StreamName, text: string): void;
  /** The process ended and took all variables with it. */
  ended(how: string): void;
  /** A cell does not stop because native code does not return. */
  stuck(): void;
}

export class UserProcess {
  #child: ChildProcess | undefined;
  #isReady = false;
  #finish: ((outcome: Outcome) => void) | undefined;
  #lastWords = new LastWords();
  /** Comm messages that are being handled. */
  #handling = 0;
  #isClosing = false;
  readonly #ladder: InterruptLadder;

  constructor(
    private readonly folder: string,
    private readonly events: UserProcessEvents,
  ) {
    this.#ladder = new InterruptLadder({
      ask: () => {
        this.#order("f");
        this.send({ kind: "interrupt" });
      },
      signal: () => this.#child?.kill("SIGINT"),
      terminate: () => this.#order("t"),
      explain: () => events.stuck(),
      kill: () => {
        this.#lastWords.reasonIs("the second interrupt");
        this.#child?.kill("SIGKILL");
      },
    });
  }

  start(): void {
    const child = fork(program, {
      cwd: this.folder,
      env: { ...memory, ...process.env },
      execArgv: nodeFlags,
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
    });
    this.#child = child;
    this.#isReady = false;
    const lastWords = new LastWords();
    this.#lastWords = lastWords;
    child.stdio[4]?.on("error", () => {});
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.events.print("stdout", text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#printError(lastWords.shown(text)));
    child.on("message", (message: FromUser) => this.#receive(message));
    child.on("error", () => {});
    const disconnected = new Promise<void>((resolve) => child.once("disconnect", resolve));
    child.on("exit", (code, signal) => {
      // What the process said last may still be under way.
      void Promise.race([disconnected, delay(200)]).then(() =>
        this.#replace(child, lastWords.reason(code, signal)),
      );
    });
  }

  /** Runs a cell to its outcome; the end of the process is an outcome, too. */
  execute(order: ExecuteOrder): Promise<Outcome> {
    if (!this.#child) this.start();
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.send(order);
    });
  }

  /** Gives user code a comm message, whether a cell runs or not. */
  handleComm(order: CommOrder): void {
    this.#handling++;
    this.send(order);
  }

  interrupt(): void {
    if (this.#finish || this.#handling > 0) this.#ladder.begin();
  }

  send(message: ToUser): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  close(): void {
    this.#isClosing = true;
    this.#ladder.stop();
    this.#child?.kill("SIGKILL");
  }

  #receive(message: FromUser): void {
    if (message.kind === "ready") this.#isReady = true;
    else if (message.kind === "interrupting") this.#answered();
    else if (message.kind === "done") this.#settle(message.outcome);
    else {
      if (message.kind === "commHandled") this.#commHandled();
      this.events.message(message);
    }
  }

  #commHandled(): void {
    this.#handling = Math.max(0, this.#handling - 1);
    if (!this.#finish && this.#handling === 0) this.#ladder.stop();
  }

  #answered(): void {
    if (this.#finish) this.#ladder.answered();
    else this.#ladder.stop();
  }

  #printError(text: string): void {
    const shown = text.replace(inspectorNote, "");
    if (shown !== "") this.events.print("stderr", shown);
  }

  #settle(outcome: Outcome): void {
    this.#ladder.stop();
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(outcome);
  }

  #order(letter: string): void {
    (this.#child?.stdio[4] as Writable | null | undefined)?.write(letter);
  }

  #replace(child: ChildProcess, how: string): void {
    if (this.#isClosing || this.#child !== child) return;
    this.#child = undefined;
    this.#handling = 0;
    const wasRunning = this.#finish !== undefined;
    // A process that never became ready would end again; the next cell tries anew.
    if (this.#isReady) this.start();
    this.events.ended(how);
    if (wasRunning) this.#settle({ status: "error", error: crash(how) });
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
