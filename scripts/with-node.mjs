// Runs a script with the project's Node 24: `node scripts/with-node.mjs bench/run.mjs …`.
import { existsSync } from "node:fs";
import { live } from "./base/command.mjs";
import { jupyterEnv } from "./base/environment.mjs";
import { node24 } from "./base/paths.mjs";
import { report } from "./base/progress.mjs";
import { setUp } from "./setup.mjs";

try {
  if (!existsSync(node24)) await setUp();
  const { code } = await live(node24, process.argv.slice(2), { env: await jupyterEnv() });
  process.exitCode = code;
} catch (error) {
  report(error);
  process.exitCode = 1;
}
