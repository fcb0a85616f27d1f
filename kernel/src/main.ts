#!/usr/bin/env node
/** The command: with a connection file it is the kernel; `install`, `uninstall` and `doctor` are for people. */
import { readConnection } from "./connection.ts";
import { examine, oldestNode, told } from "./install/doctor.ts";
import { install, uninstall } from "./install/kernelspec.ts";
import { targetOf } from "./install/target.ts";
import { UsageError } from "./install/usageError.ts";
import { thisSystem } from "./jupyterFolders.ts";
import { CompilerThread } from "./processes/compiler.ts";

const usage = `Usage: nnsight-ts-kernel install    [--user | --sys-prefix | --prefix DIR] [--name NAME]
       nnsight-ts-kernel uninstall  [--user | --sys-prefix | --prefix DIR] [--name NAME]
       nnsight-ts-kernel doctor
       nnsight-ts-kernel CONNECTION_FILE   (as Jupyter starts it)

  --user         for this user, in Jupyter's data folder (without any option, too)
  --sys-prefix   in the active Python environment (VIRTUAL_ENV or CONDA_PREFIX)
  --prefix DIR   in DIR/share/jupyter
  --name NAME    as NAME in place of nnsight-ts`;

function checkNode(): void {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < oldestNode)
    throw new UsageError(
      `This kernel needs Node ${oldestNode} or later, but ${process.execPath} is ${process.version}. Run this command with a later Node.`,
    );
}

async function startKernel(connectionFile: string): Promise<void> {
  process.on("uncaughtException", (error) => console.error("Kernel error:", error));
  process.on("unhandledRejection", (error) => console.error("Kernel error:", error));
  const folder = process.cwd();
  // TypeScript takes longest to be ready, so that its thread begins before anything else is loaded.
  const compiler = new CompilerThread(folder);
  // An older Node, which is told so above, could not load it.
  const { Supervisor } = await import("./supervisor.ts");
  await new Supervisor(readConnection(connectionFile), folder, compiler).start();
}

async function examineAll(): Promise<void> {
  for await (const finding of examine(thisSystem)) {
    console.log(told(finding));
    if (!finding.isWell) process.exitCode = 1;
  }
}

async function main([first, ...rest]: readonly string[]): Promise<void> {
  if (first === "doctor") return examineAll();
  checkNode();
  if (first === "install") {
    const target = targetOf(rest, thisSystem);
    install(target);
    console.log(`Installed the kernel "${target.displayName}" in ${target.folder}`);
  } else if (first === "uninstall") {
    const target = targetOf(rest, thisSystem);
    uninstall(target);
    console.log(`Removed the kernel from ${target.folder}`);
  } else if (first && !first.startsWith("-")) await startKernel(first);
  else console.log(usage);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : error);
  process.exitCode = 1;
}
