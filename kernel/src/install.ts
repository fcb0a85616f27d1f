/** Writes the kernelspec, by which Jupyter finds the kernel. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir, platform } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const kernelName = "nnsight-ts";
const program = fileURLToPath(new URL("./main.js", import.meta.url));
const pictures = fileURLToPath(new URL("../kernelspec/", import.meta.url));

export const installUsage = `Usage: nnsight-ts-kernel install (--user | --sys-prefix | --prefix DIR)
  --user         for this user, in Jupyter's data folder
  --sys-prefix   into the active Python environment (VIRTUAL_ENV or CONDA_PREFIX)
  --prefix DIR   into DIR/share/jupyter`;

export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Where the kernelspec goes for the given arguments. */
export function targetOf(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): string {
  const [option, value, ...rest] = args;
  if (rest.length > 0 || (value !== undefined && option !== "--prefix"))
    throw new UsageError(`Too many arguments: ${args.join(" ")}`);
  return join(dataFolder(option, value, environment), "kernels", kernelName);
}

function dataFolder(
  option: string | undefined,
  value: string | undefined,
  environment: NodeJS.ProcessEnv,
): string {
  switch (option) {
    case "--prefix":
      if (!value) throw new UsageError("--prefix needs a folder.");
      return join(value, "share", "jupyter");
    case "--sys-prefix": {
      const prefix = environment.VIRTUAL_ENV ?? environment.CONDA_PREFIX;
      if (!prefix)
        throw new UsageError(
          "--sys-prefix needs an active Python environment; activate one, or give --prefix DIR.",
        );
      return join(prefix, "share", "jupyter");
    }
    case "--user":
      return userDataFolder(environment);
    default:
      throw new UsageError(option ? `Unknown option: ${option}` : "Say where to install.");
  }
}

function userDataFolder(environment: NodeJS.ProcessEnv): string {
  if (environment.JUPYTER_DATA_DIR) return environment.JUPYTER_DATA_DIR;
  if (platform() === "darwin") return join(homedir(), "Library", "Jupyter");
  if (platform() === "win32") return join(environment.APPDATA ?? homedir(), "jupyter");
  return join(environment.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "jupyter");
}

/** The kernel runs on the Node that installs it. */
export function install(target: string): void {
  const spec = {
    argv: [process.execPath, program, "{connection_file}"],
    display_name: "TypeScript (nnsight)",
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: false },
  };
  mkdirSync(target, { recursive: true });
  cpSync(pictures, target, { recursive: true });
  writeFileSync(join(target, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);
}
