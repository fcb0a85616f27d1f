// Set-up step: Node 24 from the npm package `node`, whose binary lies in a package per system.
//
// That package would fetch the binary in a preinstall script, without a hash and not under npm 12; this step fetches the
// same package, checks it against the hash pinned here, and links it where npm links programs.
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { tryQuietly } from "../base/command.mjs";
import { Failure } from "../base/failure.mjs";
import { inRoot, node24 } from "../base/paths.mjs";
import { npm } from "./npm.mjs";

/** The binary packages, pinned like a lockfile does; change them together with `node` in package.json. */
const { version, binaries } = JSON.parse(readFileSync(new URL("./node24.json", import.meta.url), "utf8"));

const home = inRoot("node_modules/node");
const program = path.join(home, "bin/node");

async function versionOf(file) {
  const { code, output } = await tryQuietly(file, ["--version"]);
  return code === 0 ? output.trim() : undefined;
}

function place(binary, put) {
  mkdirSync(path.dirname(program), { recursive: true });
  rmSync(program, { force: true });
  put(binary, program);
  rmSync(node24, { force: true });
  symlinkSync("../node/bin/node", node24);
}

async function fetchBinary(name, integrity) {
  await npm(
    [
      "install",
      "--no-save",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefix",
      home,
      `${name}@${version}`,
    ],
    {
      cwd: home,
      what: `Node ${version} could not be fetched.`,
    },
  );
  const installed = JSON.parse(readFileSync(path.join(home, "node_modules/.package-lock.json"), "utf8"));
  const found = installed.packages[`node_modules/${name}`]?.integrity;
  if (found !== integrity)
    throw new Failure(`The package ${name}@${version} is not the pinned one.`, {
      advice: `Its hash is ${found}.`,
    });
  const binary = path.join(home, "node_modules", name, "bin/node");
  chmodSync(binary, 0o755);
  return binary;
}

export async function provideNode24() {
  if (!existsSync(path.join(home, "package.json")))
    throw new Failure("The npm package `node` is not installed.", {
      advice: "Delete node_modules and try again.",
    });
  if (existsSync(node24) && (await versionOf(node24)) === `v${version}`) return "up to date";
  const system = `${process.platform}-${process.arch}`;
  const pinned = binaries[system];
  if (pinned) place(await fetchBinary(pinned.name, pinned.integrity), linkSync);
  else if (Number(process.versions.node.split(".")[0]) >= 24) place(process.execPath, symlinkSync);
  else
    throw new Failure(`There is no packaged Node 24 for ${system}.`, {
      advice: "Install Node 24 or newer yourself; set-up then uses it.",
    });
  const now = await versionOf(node24);
  if (!now) throw new Failure(`Node ${version} was fetched but does not start on this machine (${system}).`);
  return now === `v${version}` ? undefined : `the machine's own, ${now}`;
}
