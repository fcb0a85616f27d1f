// The npm packages that are published, as files made by `npm pack`, and whether they are what their package.json says.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { live } from "../base/command.mjs";
import { Failure } from "../base/failure.mjs";
import { inRoot, node24 } from "../base/paths.mjs";
import { installLocked, npm } from "../steps/npm.mjs";

export const folders = ["core", "compiler", "kernel", "service"];
export const manifestOf = (folder) => JSON.parse(readFileSync(inRoot(folder, "package.json"), "utf8"));

/** One version for all, also where one package asks for another. */
export function versionOfAll() {
  const manifests = [...folders, "labextension"].map(manifestOf);
  const names = new Map(manifests.map(({ name, version }) => [name, version]));
  const [version] = names.values();
  for (const { name, version: own, dependencies = {}, devDependencies = {} } of manifests) {
    if (own !== version) throw new Failure(`${name} is ${own}, but ${manifests[0].name} is ${version}.`);
    for (const [other, wanted] of Object.entries({ ...dependencies, ...devDependencies }))
      if (names.has(other) && wanted !== version)
        throw new Failure(`${name} asks for ${other} ${wanted}, which is ${version} now.`);
  }
  return version;
}

/** The packed files, by folder. */
export async function packAll(target) {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const packed = new Map();
  for (const folder of folders) {
    const output = await npm(["pack", "--json", "--ignore-scripts", "--pack-destination", target], {
      cwd: inRoot(folder),
      what: `${folder} could not be packed.`,
    });
    const [{ filename, files }] = Object.values(JSON.parse(output.slice(output.search(/^[[{]/m))));
    const stray = files.filter(({ path: file }) => /\.test\.|tsbuildinfo|node_modules/.test(file));
    if (stray.length) throw new Failure(`${folder} packs ${stray.map(({ path: file }) => file).join(", ")}.`);
    packed.set(folder, path.join(target, filename));
  }
  return packed;
}

/** What inspects packages, pinned by a lockfile of its own: nothing but a release and its test needs it. */
export const installTools = () =>
  installLocked(
    inRoot("scripts/release"),
    ["scripts/release/package-lock.json"],
    "npm could not install what inspects packages.",
  );

/** publint reads exports, types and files; are-the-types-wrong resolves them as TypeScript does. The packages are ESM alone. */
export async function inspect(file) {
  const tools = inRoot("scripts/release/node_modules");
  const checks = [
    [`${tools}/publint/src/cli.js`, "--strict", file],
    [`${tools}/@arethetypeswrong/cli/dist/index.js`, file, "--profile", "esm-only", "--format", "ascii"],
  ];
  for (const args of checks) {
    const { code } = await live(node24, args);
    if (code !== 0) throw new Failure(`${path.basename(file)} is not fit to be published.`);
  }
}
