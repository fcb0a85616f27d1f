// Runs other programs: quietly for set-up (the output is shown only on failure), or live for suites.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { explain, Failure } from "./failure.mjs";
import { root } from "./paths.mjs";

/** The environment for child programs, without what `npm run` put there for itself. */
export function plainEnv(extra = {}) {
  const env = { ...process.env, ...extra };
  for (const name of Object.keys(env))
    if (/^npm_(lifecycle|package|command|config_local_prefix|config_global_prefix|config_prefix)/.test(name))
      delete env[name];
  return env;
}

/** The first program of that name on PATH, leaving out what lies in the project's own node_modules. */
export function findProgram(name) {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter(Boolean);
  return folders
    .filter((folder) => !folder.includes(`${path.sep}node_modules${path.sep}`))
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}

function start(command, args, { cwd = root, env = plainEnv(), stdio, limit }) {
  const child = spawn(command, args, { cwd, env, stdio, detached: Boolean(limit) });
  let late = false;
  const timer =
    limit &&
    setTimeout(() => {
      late = true;
      process.kill(-child.pid, "SIGKILL");
    }, limit);
  const stop = () => process.kill(limit ? -child.pid : child.pid, "SIGTERM");
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const done = new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 127, error }));
    child.once("close", (code, signal) => resolve({ code: code ?? 128, signal, late }));
  }).finally(() => {
    clearTimeout(timer);
    process.off("SIGINT", stop).off("SIGTERM", stop);
  });
  return { child, done };
}

/** Runs a program and gives `{ code, output }`, without printing anything. */
export async function tryQuietly(command, args, options = {}) {
  const { child, done } = start(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const parts = [];
  child.stdout?.on("data", (part) => parts.push(part));
  child.stderr?.on("data", (part) => parts.push(part));
  const { code, error } = await done;
  return { code, output: Buffer.concat(parts).toString() + (error ? `${error.message}\n` : "") };
}

/** Runs a program quietly; a non-zero exit throws a Failure with everything that it printed. */
export async function quietly(command, args, { what, ...options } = {}) {
  const { code, output } = await tryQuietly(command, args, options);
  if (code === 0) return output;
  const told = explain(output);
  const line = `${path.basename(command)} ${args.join(" ")}`;
  throw new Failure(told?.message ?? what ?? `\`${line}\` failed with exit status ${code}.`, {
    advice: told?.advice,
    output: `$ ${line}\n${output}`,
  });
}

/** Runs a program with its output on the screen; `limit` in ms ends it with all its children. */
export async function live(command, args, options = {}) {
  const { done } = start(command, args, { ...options, stdio: options.stdio ?? "inherit" });
  const result = await done;
  if (result.error) console.log(result.error.message);
  return result;
}
