/** `npm run bench:kernel` and `npm run matrix:kernel`: our kernel beside tslab and ipykernel, by scripts in the project's Python. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { binOf, ownPrefix } from "../scripts/base/paths.mjs";

const [script, ...args] = process.argv.slice(2);
const file = join(import.meta.dirname, "kernel", `${script}.py`);
process.exitCode = spawnSync(binOf(ownPrefix, "python"), [file, ...args], { stdio: "inherit" }).status ?? 1;
