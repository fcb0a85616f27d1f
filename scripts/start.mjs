// `npm start`: set-up, then JupyterLab on the first notebook; with `--run` that notebook without a screen.
//
// Further options (`--no-browser`, `--port 9000`, …) go to JupyterLab; in `--run` another notebook may be named.
import { existsSync } from "node:fs";
import { live } from "./base/command.mjs";
import { jupyterEnv } from "./base/environment.mjs";
import { binOf, firstNotebook, firstScript, inRoot, node24, ownPrefix, root } from "./base/paths.mjs";
import { report } from "./base/progress.mjs";
import { setUp } from "./setup.mjs";

/** Executes a notebook and prints its outputs; before there is a notebook, the first script. */
async function run(notebook) {
  const env = await jupyterEnv();
  console.log("");
  if (notebook || existsSync(firstNotebook)) {
    const script = inRoot("scripts/run_notebook.py");
    return live(binOf(ownPrefix, "python"), [script, notebook ?? firstNotebook], { env });
  }
  return live(node24, [firstScript], { env });
}

async function open(options) {
  const asRoot = process.getuid?.() === 0 ? ["--allow-root"] : [];
  const notebook = existsSync(firstNotebook) ? [firstNotebook] : [];
  console.log("\nJupyterLab opens in the browser; end it here with Ctrl-C.");
  const lab = binOf(ownPrefix, "jupyter-lab");
  return live(lab, [...asRoot, `--ServerApp.root_dir=${root}`, ...notebook, ...options], {
    env: await jupyterEnv(),
  });
}

try {
  const options = process.argv.slice(2);
  const [other] = options.filter((option) => option.endsWith(".ipynb"));
  await setUp();
  const { code } = options.includes("--run") ? await run(other) : await open(options);
  process.exitCode = code;
} catch (error) {
  report(error);
  process.exitCode = 1;
}
