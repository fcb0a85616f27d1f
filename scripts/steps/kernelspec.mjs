// Set-up step: tells Jupyter about the TypeScript kernel, by the kernel's own install command.
import { existsSync } from "node:fs";
import path from "node:path";
import { quietly } from "../base/command.mjs";
import { Failure } from "../base/failure.mjs";
import { inRoot, node24 } from "../base/paths.mjs";

export async function installKernelspec(prefix) {
  await quietly(node24, [inRoot("kernel/dist/main.js"), "install", "--prefix", prefix], {
    what: "The kernel could not be installed.",
  });
  if (!existsSync(path.join(prefix, "share/jupyter/kernels/nnsight-ts/kernel.json")))
    throw new Failure(`The kernel's install command made no kernel.json under ${prefix}.`);
}
