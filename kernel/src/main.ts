#!/usr/bin/env node
/** The command: `install` writes the kernelspec; with a connection file it is the kernel. */
import { readConnection } from "./connection.ts";
import { install, installUsage, targetOf, UsageError } from "./install.ts";
import { Supervisor } from "./supervisor.ts";

const oldestNode = 24;

function checkNode(): void {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < oldestNode)
    throw new UsageError(
      `This kernel needs Node ${oldestNode} or later, but ${process.execPath} is ${process.version}. Run this command with a later Node.`,
    );
}

async function main([first, ...rest]: readonly string[]): Promise<void> {
  checkNode();
  if (first === "install") {
    const target = targetOf(rest);
    install(target);
    console.log(`Installed the kernel "TypeScript (nnsight)" in ${target}`);
  } else if (first && !first.startsWith("-")) {
    process.on("uncaughtException", (error) => console.error("Kernel error:", error));
    process.on("unhandledRejection", (error) => console.error("Kernel error:", error));
    await new Supervisor(readConnection(first), process.cwd()).start();
  } else {
    console.log(`${installUsage}\n       nnsight-ts-kernel CONNECTION_FILE   (as Jupyter starts it)`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n${installUsage}` : error);
  process.exitCode = 1;
}
