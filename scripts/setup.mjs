// Sets everything up, step by step; each step skips what is up to date.
//
//   node scripts/setup.mjs                   into node_modules and .venv
//   node scripts/setup.mjs --prefix <dir>    into a Python environment that is already there (Binder)
import { existsSync } from "node:fs";
import path from "node:path";
import { Failure } from "./base/failure.mjs";
import { isStarted, ownPrefix } from "./base/paths.mjs";
import { report, step } from "./base/progress.mjs";
import { build } from "./steps/build.mjs";
import { linkCommands } from "./steps/commands.mjs";
import { installKernelspec } from "./steps/kernelspec.mjs";
import { bundleExtension, installExtension } from "./steps/labextension.mjs";
import { provideNode24 } from "./steps/node24.mjs";
import { checkNode, installPackages } from "./steps/npm.mjs";
import { installModel, installRequirements, makeEnvironment } from "./steps/python.mjs";

/** An environment named by hand must be one of its own, so that set-up never writes into the machine's Python. */
function checkEnvironment(prefix) {
  if (["pyvenv.cfg", "conda-meta"].some((mark) => existsSync(path.join(prefix, mark)))) return;
  throw new Failure(`${prefix} is not a Python environment of its own (venv or conda).`, {
    advice: "Make one and activate it, or leave out --prefix: set-up then makes .venv.",
  });
}

/**
 * Runs all the steps. `prefix` names a Python environment that is there already, otherwise `.venv` is made.
 * With `onBroken` a part of the project that cannot be built is told to it and the other steps go on.
 */
export async function setUp({ prefix, onBroken } = {}) {
  const target = prefix ?? ownPrefix;
  const part = (title, work) =>
    onBroken ? step(title, work).catch((error) => onBroken(error)) : step(title, work);
  console.log("Set-up");
  if (prefix) checkEnvironment(prefix);
  await step("Node", checkNode);
  await step("npm packages", installPackages);
  await step("Node 24", provideNode24);
  if (!prefix) await step("Python environment", () => makeEnvironment(target));
  await step("Python packages", () => installRequirements(target));
  await step("model", () => installModel(target));
  await part("TypeScript", build);
  await part("commands", linkCommands);
  await part("JupyterLab extension: bundle", bundleExtension);
  await part("JupyterLab extension: install", () => installExtension(target, prefix ? "copy" : "link"));
  await part("kernel", () => installKernelspec(target));
}

if (isStarted(import.meta.url)) {
  const at = process.argv.indexOf("--prefix");
  try {
    await setUp({ prefix: at > 0 ? process.argv[at + 1] : undefined });
  } catch (error) {
    report(error);
    process.exitCode = 1;
  }
}
