// A release: the npm packages and the Python wheel, checked as their users will have them.
//
// After set-up (`npm start` or `npm test`):
//
//   npm run release -- --dry-run     makes and checks everything in .cache/release, and publishes nothing
//   npm run release                  the same, then publishes the npm packages; the wheel is uploaded with twine
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { live, plainEnv, quietly } from "./base/command.mjs";
import { Failure } from "./base/failure.mjs";
import { binOf, inRoot, ownPrefix } from "./base/paths.mjs";
import { report, step } from "./base/progress.mjs";
import { inspect, installTools, packAll, versionOfAll } from "./release/packages.mjs";
import { build } from "./steps/build.mjs";
import { bundleExtension } from "./steps/labextension.mjs";

const isDry = process.argv.includes("--dry-run");
const target = inRoot(".cache/release");
const python = (script, ...args) =>
  quietly(binOf(ownPrefix, "python"), [inRoot(`scripts/release/${script}`), ...args]);

async function checkTree(version) {
  if (!readFileSync(inRoot("CHANGELOG.md"), "utf8").includes(`\n## ${version}\n`))
    throw new Failure(`CHANGELOG.md has no section ${version}.`);
  const changed = await quietly("git", ["status", "--porcelain"]);
  if (changed.trim() && !isDry)
    throw new Failure("There are changes that are not committed.", { advice: changed });
}

try {
  const version = versionOfAll();
  console.log(`Release ${version}${isDry ? ", dry run" : ""}`);
  await step("TypeScript", build);
  await step("JupyterLab extension", bundleExtension);
  await step("tree", () => checkTree(version));
  await step("tools", installTools);
  let packed;
  await step("npm packages", async () => {
    packed = await packAll(target);
  });
  for (const file of packed.values()) await inspect(file);
  await step("wheel", () => python("wheel.py", target));
  const wheel = path.join(
    target,
    readdirSync(target).find((name) => name.endsWith(".whl")),
  );
  await step("wheel in a bare environment", () => python("try_wheel.py", wheel).then((told) => told.trim()));
  if (!isDry)
    for (const file of packed.values()) {
      const { code } = await live("npm", ["publish", "--access", "public", file], { env: plainEnv() });
      if (code !== 0) throw new Failure(`${path.basename(file)} was not published.`);
    }
  console.log(
    isDry ? `\nNothing was published; all of it is in .cache/release.` : `\nNow: twine upload ${wheel}`,
  );
} catch (error) {
  report(error);
  process.exitCode = 1;
}
