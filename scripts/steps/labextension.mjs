// Set-up steps: the JupyterLab extension is bundled, then linked to where JupyterLab looks, with quiet first-start settings.
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { plainEnv } from "../base/command.mjs";
import { Failure } from "../base/failure.mjs";
import { inRoot, node24 } from "../base/paths.mjs";
import { hashOf, Stamp } from "../base/stamp.mjs";
import { npm } from "./npm.mjs";

const bundle = inRoot("labextension/nnsight_ts_labextension/labextension");
const inputs = ["package-lock.json", "tsconfig.base.json", "core/src/display"].concat(
  ["src", "style", "schema", "package.json", "install.json", "tsconfig.json"].map(
    (name) => `labextension/${name}`,
  ),
);

export async function bundleExtension() {
  const stamp = new Stamp(path.join(bundle, ".set-up"), hashOf(inputs));
  if (stamp.fresh) return "up to date";
  const env = plainEnv({ PATH: `${path.dirname(node24)}${path.delimiter}${process.env.PATH}` });
  await npm(["run", "build", "-w", "labextension"], {
    env,
    what: "The JupyterLab extension could not be built.",
  });
  if (!existsSync(path.join(bundle, "package.json")))
    throw new Failure(`The build of the JupyterLab extension made no ${path.relative(inRoot(), bundle)}.`);
  cpSync(inRoot("labextension/install.json"), path.join(bundle, "install.json"));
  stamp.write();
}

/** No questions about news and no look for updates: nothing of the first start needs the network. */
const overrides = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
};

/** `how` is "link" in a checkout, so that a new bundle is seen at once, and "copy" where the checkout goes away. */
export function installExtension(prefix, how = "link") {
  if (!existsSync(bundle)) throw new Failure("The JupyterLab extension is not built.");
  const share = path.join(prefix, "share/jupyter");
  const place = path.join(share, "labextensions/nnsight-ts-labextension");
  mkdirSync(path.dirname(place), { recursive: true });
  rmSync(place, { recursive: true, force: true });
  if (how === "link") symlinkSync(bundle, place);
  else cpSync(bundle, place, { recursive: true });
  const settings = path.join(share, "lab/settings");
  mkdirSync(settings, { recursive: true });
  writeFileSync(path.join(settings, "overrides.json"), `${JSON.stringify(overrides, null, 2)}\n`);
}
