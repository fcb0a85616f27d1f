// The environment variables that the kernel, Jupyter and the tests are run with.
import path from "node:path";
import { sitePackages } from "../steps/python.mjs";
import { plainEnv } from "./command.mjs";
import { ownPrefix } from "./paths.mjs";

/** The project's own Jupyter first, and the folder where the kernel looks for models that came as Python packages. */
export async function jupyterEnv(extra = {}) {
  return plainEnv({
    PATH: `${path.join(ownPrefix, "bin")}${path.delimiter}${process.env.PATH}`,
    VIRTUAL_ENV: ownPrefix,
    JUPYTER_PREFER_ENV_PATH: "1",
    NNSIGHT_MODEL_PACKAGES: await sitePackages(ownPrefix),
    ...extra,
  });
}
