/** Services of this process's own, for `remote: "self"`: on this machine, in memory, one for each set of models. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RemoteError } from "../base/errors.ts";

/** Where a service is and which key it is shown. */
export interface Address {
  /** Without a slash at the end. */
  readonly host: string;
  readonly key: string;
}

const running = new Map<string, Promise<Address>>();

/** @throws RemoteError when the package `nnsight-ts-service` is missing, or does not start */
export function ownService(models: readonly string[]): Promise<Address> {
  const name = models.join();
  const known = running.get(name) ?? started(models);
  running.set(name, known);
  known.catch(() => running.delete(name));
  return known;
}

function started(models: readonly string[]): Promise<Address> {
  const args = [
    commandPath(),
    "serve",
    "--memory-only",
    "--port",
    "0",
    "--log",
    "warn",
    "--with-parent",
    "--lean",
  ];
  const child = spawn(
    process.execPath,
    ["--max-semi-space-size=4", ...args, ...models.flatMap((model) => ["--model", model])],
    {
      stdio: ["pipe", "pipe", "ignore"],
    },
  );
  const end = (): void => void child.kill();
  process.once("exit", end);
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (part) => {
      text += part;
      const [, host] = /NNSIGHT_HOST=(\S+)/.exec(text) ?? [];
      const [, key] = /NNSIGHT_API_KEY=(\S+)\n/.exec(text) ?? [];
      if (!host || !key) return;
      // It may go on without holding this process up.
      child.unref();
      for (const stream of [child.stdin, child.stdout]) (stream as { unref?(): void }).unref?.();
      resolve({ host, key });
    });
    child.once("exit", (code) => {
      running.delete(models.join());
      process.removeListener("exit", end);
      reject(new RemoteError(`the service for { remote: "self" } ended with ${code}.`, "NO_SERVICE"));
    });
  });
}

function commandPath(): string {
  try {
    return fileURLToPath(new URL("./cli/bin.js", import.meta.resolve("nnsight-ts-service")));
  } catch (cause) {
    throw new RemoteError(
      'the package nnsight-ts-service is not installed, which { remote: "self" } needs: `npm install nnsight-ts-service`.',
      "NO_SERVICE",
      { cause },
    );
  }
}
