// A JupyterLab or Notebook 7 of its own for a test: free loopback port, empty HOME and settings, a copy of one notebook without outputs.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = path.resolve(import.meta.dirname, "../..");

/** The programs that show notebooks: their file, where their pages lie, the class that has their settings. */
const programs = {
  lab: { file: "jupyter-lab", page: (name: string) => `lab/tree/${name}?reset&`, settings: "LabApp" },
  notebook: {
    file: "jupyter-notebook",
    page: (name: string) => `notebooks/${name}?`,
    settings: "JupyterNotebookApp",
  },
};
const kernel = path.join(root, "kernel/dist/main.js");
const extension = path.join(root, "labextension/nnsight_ts_labextension/labextension");

export interface Lab extends AsyncDisposable {
  /** The address that opens the notebook in a clean workspace. */
  readonly url: string;
}

/** The port is asked from the system and given back at once, for the server to take. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function writeJson(file: string, value: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

function writeSettings(folder: string, settings: Record<string, object>): void {
  for (const [plugin, value] of Object.entries(settings))
    writeJson(path.join(folder, `${plugin}.jupyterlab-settings`), value);
}

/** The notebook as somebody finds it who has run nothing yet. */
function copyWithoutOutputs(notebook: string, folder: string): void {
  cpSync(path.dirname(notebook), folder, { recursive: true });
  const content = JSON.parse(readFileSync(notebook, "utf8"));
  for (const cell of content.cells)
    if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
  writeJson(path.join(folder, path.basename(notebook)), content);
}

/** An environment in which nothing of the user's Jupyter matters; only the cache of converted models is shared. */
function environment(home: string): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env))
    if (/^(JUPYTER|IPYTHON|VITEST|NODE_OPTIONS)/.test(name)) delete env[name];
  return {
    ...env,
    HOME: home,
    // The kernel and the extension of this checkout, whichever ones the Python environment has.
    JUPYTER_PATH: path.join(home, "prefix/share/jupyter"),
    XDG_CACHE_HOME: env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"),
    JUPYTER_CONFIG_DIR: path.join(home, "config"),
    JUPYTER_DATA_DIR: path.join(home, "data"),
    JUPYTER_RUNTIME_DIR: path.join(home, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: path.join(home, "settings"),
    JUPYTERLAB_WORKSPACES_DIR: path.join(home, "workspaces"),
    IPYTHONDIR: path.join(home, "ipython"),
  };
}

async function stop(server: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => server.once("exit", resolve));
  if (server.exitCode !== null) return;
  server.kill("SIGTERM");
  await Promise.race([ended, sleep(8_000)]);
  try {
    process.kill(-server.pid!, "SIGKILL");
  } catch {
    // Nothing of the group is left.
  }
}

async function answers(url: string, server: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) break;
    if (
      await fetch(url)
        .then((reply) => reply.ok)
        .catch(() => false)
    )
      return;
    await sleep(200);
  }
  throw new Error(`Jupyter did not start:\n${log()}`);
}

export interface LabOptions {
  /** Where the server stands on its machine, as behind a hub: `/user/x/`. */
  readonly prefix?: string;
  /** The notebook as it was saved. */
  readonly keepOutputs?: boolean;
}

export async function startLab(
  notebook: string,
  theme: "light" | "dark",
  program: keyof typeof programs = "lab",
  { prefix = "/", keepOutputs = false }: LabOptions = {},
): Promise<Lab> {
  const { file, page, settings } = programs[program];
  const home = mkdtempSync(path.join(tmpdir(), "nnsight-lab-"));
  const folder = path.join(home, "notebooks");
  if (keepOutputs) cpSync(path.dirname(notebook), folder, { recursive: true });
  else copyWithoutOutputs(notebook, folder);
  execFileSync(process.execPath, [kernel, "install", "--prefix", path.join(home, "prefix")]);
  const extensions = path.join(home, "prefix/share/jupyter/labextensions");
  mkdirSync(extensions);
  symlinkSync(extension, path.join(extensions, "nnsight-ts-labextension"), "junction");
  writeSettings(path.join(home, "settings/@jupyterlab"), {
    "apputils-extension/themes": { theme: theme === "dark" ? "JupyterLab Dark" : "JupyterLab Light" },
    "apputils-extension/notification": { fetchNews: "false", checkForUpdates: false },
    "notebook-extension/tracker": { scrollPastEnd: false },
  });
  const port = await freePort();
  const token = "browser-test";
  const options = [
    ...["--no-browser", "--allow-root", "--ip=127.0.0.1", `--port=${port}`, "--ServerApp.port_retries=0"],
    ...[`--IdentityProvider.token=${token}`, `--ServerApp.root_dir=${folder}`],
    `--ServerApp.base_url=${prefix}`,
    `--${settings}.expose_app_in_browser=True`,
  ];
  const parts: Buffer[] = [];
  const server = spawn(path.join(root, ".venv/bin", file), options, {
    cwd: folder,
    env: environment(home),
    detached: true,
  });
  server.stdout.on("data", (part) => parts.push(part));
  server.stderr.on("data", (part) => parts.push(part));
  const log = () => Buffer.concat(parts).toString();
  const lab = {
    url: `http://127.0.0.1:${port}${prefix}${page(path.basename(notebook))}token=${token}`,
    async [Symbol.asyncDispose]() {
      await stop(server);
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await answers(`http://127.0.0.1:${port}${prefix}api?token=${token}`, server, log);
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
  return lab;
}
