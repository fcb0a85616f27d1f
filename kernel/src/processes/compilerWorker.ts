/** The thread that holds TypeScript: loads it, warms it, then answers one call after the other. */
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { cellGlobals } from "../cellGlobals.ts";
import { pinnedFrom, pinnedPackages } from "../packages.ts";
import type { CompilerAnswer, CompilerCall } from "./compiler.ts";
import { collectWhenDue } from "./garbage.ts";

// TypeScript is nine megabytes of JavaScript; from the second start on its code comes from this cache.
enableCompileCache();
const { Notebook } = await import("nnsight-ts-compiler");

const { folder } = workerData as { readonly folder: string };
const notebook = new Notebook({
  folder,
  globals: cellGlobals,
  virtual: { tslab: readFileSync(new URL("../user/tslab.d.ts", import.meta.url), "utf8") },
  pinned: { packages: pinnedPackages, containingFile: pinnedFrom },
});
notebook.warm();

function answer({ id, name, args }: CompilerCall): CompilerAnswer {
  try {
    const call = notebook[name] as (...args: readonly unknown[]) => unknown;
    return { id, value: call.apply(notebook, [...args]) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on("message", (call: CompilerCall) => {
  parentPort?.postMessage(answer(call));
  setImmediate(collectWhenDue);
});
