/** A service in a process of its own, as users start it. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const model = "HuggingFaceTB/SmolLM2-135M-Instruct";

const bin = fileURLToPath(new URL("../../dist/cli/bin.js", import.meta.url));

export interface Started {
  readonly child: ChildProcess;
  /** What it has printed. */
  output(): string;
  /** Ends it; gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The command that starts the others: of another network, for one. */
let through: readonly string[] = [];

export async function startThrough<T extends Started>(
  words: readonly string[],
  run: () => Promise<T>,
): Promise<T> {
  through = words;
  try {
    return await run();
  } finally {
    through = [];
  }
}

/** Runs the command until it has printed what is waited for. @throws Error when it ends before */
export async function start(args: readonly string[], waited: RegExp): Promise<Started> {
  const [command, ...words] = [...through, process.execPath, bin, ...args];
  const child = spawn(command!, words, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part) => {
        text += part;
        if (waited.test(text)) resolve();
      });
    void ended.then((code) => reject(new Error(`nnsight-ts ${args[0]} ended with ${code}:\n${text}`)));
  });
  return {
    child,
    output: () => text,
    stop(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}

export interface Service extends Started {
  readonly url: string;
  readonly key: string;
}

/** A service with the first key that it shows. */
export async function startServe(...args: readonly string[]): Promise<Service> {
  const started = await start(
    ["serve", "--model", model, "--port", "0", "--log", "warn", ...args],
    /API_KEY=nn_\w+|known already/,
  );
  const text = started.output();
  return { ...started, url: /HOST=(\S+)/.exec(text)![1]!, key: /API_KEY=(\S+)/.exec(text)?.[1] ?? "" };
}

/** The processes that a process has forked. */
export const childrenOf = (parent: number): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
