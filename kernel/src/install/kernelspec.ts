/** Writes and takes away the kernelspec, by which Jupyter finds the kernel. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Target } from "./target.ts";
import { UsageError } from "./usageError.ts";

export const program = fileURLToPath(new URL("../main.js", import.meta.url));
const pictures = fileURLToPath(new URL("../../kernelspec/", import.meta.url));
/** Tells our kernelspecs from others'. */
const implementation = "nnsight-ts";

export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: "message" | "signal";
  readonly metadata: { readonly implementation?: string; readonly [name: string]: unknown };
}

/** The kernel runs on the Node that installs it. */
export function install({ folder, displayName }: Target): void {
  const spec: KernelSpec = {
    argv: [process.execPath, program, "{connection_file}"],
    display_name: displayName,
    language: "typescript",
    interrupt_mode: "message",
    metadata: { implementation, debugger: false, supported_encryption: "curve" },
  };
  mkdirSync(folder, { recursive: true });
  cpSync(pictures, folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);
}

/**
 * Takes away what `install` wrote.
 * @throws UsageError when there is no kernel of this project
 */
export function uninstall({ folder }: Target): void {
  if (!existsSync(join(folder, "kernel.json"))) throw new UsageError(`No kernel is installed in ${folder}.`);
  if (!isOurs(readSpec(folder)))
    throw new UsageError(
      `The kernel in ${folder} is another program's; remove it with \`jupyter kernelspec remove\`.`,
    );
  rmSync(folder, { recursive: true });
}

/** The kernelspec in a folder, unless there is none or it cannot be read. */
export function readSpec(folder: string): KernelSpec | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as KernelSpec;
  } catch {
    return undefined;
  }
}

/** Whether a kernelspec starts this kernel, from whatever place it was installed. */
export function isOurs(spec: KernelSpec | undefined): boolean {
  return spec?.metadata?.implementation === implementation;
}
