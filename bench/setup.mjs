/** `npm run bench:setup`: PyTorch (CPU), transformers and NNsight in an environment of their own, for `npm run bench`. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", ".cache", "bench-venv");
const run = (command, args) => {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
};
run("python3", ["-m", "venv", folder]);
run(join(folder, "bin", "pip"), [
  "install",
  "torch==2.13.0",
  "transformers==5.23.0",
  "nnsight==0.8.1",
  "safetensors",
]);
console.log(`npm run bench now compares with them. Delete ${folder} to undo this.`);
