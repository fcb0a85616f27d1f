// Set-up step: the commands of our own packages for `npx`. npm links what is there when it installs, which is before the build.
import { existsSync, readFileSync } from "node:fs";
import { inRoot, root } from "../base/paths.mjs";
import { npm } from "./npm.mjs";

const packages = ["kernel", "service"].map((folder) =>
  JSON.parse(readFileSync(inRoot(folder, "package.json"), "utf8")),
);

export async function linkCommands() {
  const names = packages.flatMap(({ bin }) => Object.keys(bin));
  if (names.every((name) => existsSync(inRoot("node_modules/.bin", name)))) return "up to date";
  await npm(["rebuild", "--ignore-scripts", ...packages.map(({ name }) => name)], {
    cwd: root,
    what: "The commands of the packages could not be linked.",
  });
}
