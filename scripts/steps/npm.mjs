// Set-up step: the npm packages of package-lock.json, by `npm ci`, without running any package's install script.
//
// No package needs its script: zeromq and onnxruntime-node carry their binaries, and Node 24 is fetched by its own step.
// npm 12 blocks such scripts, npm 11 warns, npm 10 runs them; not running them makes all three alike.
import { findProgram, plainEnv, quietly } from "../base/command.mjs";
import { Failure } from "../base/failure.mjs";
import { root } from "../base/paths.mjs";
import { hashOf, Stamp } from "../base/stamp.mjs";

const manifests = ["package.json", "core", "compiler", "kernel", "labextension", "service"].map((name) =>
  name.endsWith(".json") ? name : `${name}/package.json`,
);

/** Runs npm with a Node that does not lie in node_modules, because `npm ci` deletes that one. */
export async function npm(args, options = {}) {
  const program = findProgram("npm");
  const node = findProgram("node");
  if (!program || !node)
    throw new Failure("npm is missing.", {
      advice: "Install Node 20 or newer together with npm (nodejs.org).",
    });
  const env = plainEnv({ ONNXRUNTIME_NODE_INSTALL: "skip", NO_UPDATE_NOTIFIER: "1", ...options.env });
  return quietly(program, args, { ...options, env });
}

export function checkNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20)
    throw new Failure(`Node ${process.versions.node} is too old.`, { advice: "Node 20 or newer is needed." });
  return `${process.versions.node}`;
}

/** The packages of a folder's lockfile, unless they are there. */
export async function installLocked(folder, inputs, what) {
  const stamp = new Stamp(`${folder}/node_modules/.set-up`, hashOf(inputs));
  if (stamp.fresh) return "up to date";
  await npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, what });
  stamp.write();
}

export const installPackages = () =>
  installLocked(root, ["package-lock.json", ".npmrc", ...manifests], "npm could not install the packages.");
