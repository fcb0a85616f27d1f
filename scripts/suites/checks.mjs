// The suites that read the code without running it: style, layers, types.
import { live } from "../base/command.mjs";
import { inRoot, node24 } from "../base/paths.mjs";
import { verdict } from "./result.mjs";

const minutes = 60_000;
const tsc = inRoot("node_modules/typescript/bin/tsc");

async function passes(command, args) {
  const { code } = await live(command, args, { limit: 5 * minutes });
  return code === 0;
}

export const lint = async () => verdict(await passes(inRoot("node_modules/.bin/biome"), ["check", "."]));

export const layers = async () =>
  verdict(
    await passes(node24, [
      inRoot("node_modules/dependency-cruiser/bin/dependency-cruise.mjs"),
      "--config",
      ".dependency-cruiser.cjs",
      ...["core", "compiler", "kernel", "labextension", "service"].map((name) => `${name}/src`),
    ]),
  );

/** The packages by `tsc -b`, then all tests, among them those of types alone (`*.test-d.ts`). */
export async function types() {
  const packages = await passes(node24, [tsc, "-b"]);
  const tests = await passes(node24, [tsc, "-p", "tests/tsconfig.json"]);
  return { passed: packages + tests, failed: !packages + !tests, skipped: 0 };
}
