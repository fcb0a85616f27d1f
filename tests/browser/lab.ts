// A Jupyter server of its own: free loopback port, empty HOME and settings, the kernel and the extension of this checkout.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = path.resolve(import.meta.dirname, "../..");

/** The programs that show notebooks: where their pages lie, and the class that has their settings. */
const programs = {
  lab: { page: (name: string) => `lab/tree/${name}?reset&`, settings: "LabApp" },
  notebook: { page: (name: string) => `notebooks/${name}?`, settings: "JupyterNotebookApp" },
};
export type Program = keyof typeof programs;

const token = "browser-test";
const kernel = path.join(root, "kernel/dist/main.js");
const extension = path.join(root, "labextension/nnsight_ts_labextension/labextension");

export interface Server extends AsyncDisposable {
  /** Its address with the base path. */
  readonly url: string;
  /** The folder whose notebooks it shows. */
  readonly folder: string;
  /** Where it keeps what users set. */
  readonly settings: string;
}

export interface Lab extends AsyncDisposable {
  /** The address that opens the notebook in a clean workspace. */
  readonly url: string;
}

/** The address that opens a notebook of a server in a clean workspace. */
export const addressOf = (url: string, notebook: string, program: Program = "lab"): string =>
  `${url}${programs[program].page(notebook)}token=${token}`;

/** What a server answers to a request of its REST interface. */
export const requested = (url: string, what: string, method = "GET"): Promise<Response> =>
  fetch(`${url}api/${what}`, { method, headers: { Authorization: `token ${token}` } });

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
export function copyWithoutOutputs(notebook: string, folder: string): void {
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

/** A server behind a prefix as a hub has it: `/user/x/`. That of JupyterLab has the pages of Notebook 7 too. */
export async function startServer(
  prefix: string,
  theme: "light" | "dark" = "light",
  program: Program = "lab",
): Promise<Server> {
  const home = mkdtempSync(path.join(tmpdir(), "nnsight-lab-"));
  const [folder, settings] = [path.join(home, "notebooks"), path.join(home, "settings")];
  mkdirSync(folder);
  execFileSync(process.execPath, [kernel, "install", "--prefix", path.join(home, "prefix")]);
  const extensions = path.join(home, "prefix/share/jupyter/labextensions");
  mkdirSync(extensions);
  symlinkSync(extension, path.join(extensions, "nnsight-ts-labextension"), "junction");
  writeSettings(path.join(settings, "@jupyterlab"), {
    "apputils-extension/themes": { theme: theme === "dark" ? "JupyterLab Dark" : "JupyterLab Light" },
    "apputils-extension/notification": { fetchNews: "false", checkForUpdates: false },
    // Saving by itself meets saving by a test: then JupyterLab asks which of the two is right, and waits.
    "docmanager-extension/plugin": { autosave: false },
    "notebook-extension/tracker": { scrollPastEnd: false },
  });
  writeJson(path.join(home, "config/jupyter_notebook_config.json"), {
    JupyterNotebookApp: { expose_app_in_browser: true },
  });
  const port = await freePort();
  const options = [
    ...["--no-browser", "--allow-root", "--ip=127.0.0.1", `--port=${port}`, "--ServerApp.port_retries=0"],
    ...[`--IdentityProvider.token=${token}`, `--ServerApp.root_dir=${folder}`],
    ...[`--ServerApp.base_url=${prefix}`, `--${programs[program].settings}.expose_app_in_browser=True`],
  ];
  const parts: Buffer[] = [];
  const jupyter = spawn(path.join(root, `.venv/bin/jupyter-${program}`), options, {
    cwd: folder,
    env: environment(home),
    detached: true,
  });
  jupyter.stdout.on("data", (part) => parts.push(part));
  jupyter.stderr.on("data", (part) => parts.push(part));
  const url = `http://127.0.0.1:${port}${prefix}`;
  const server = {
    url,
    folder,
    settings,
    async [Symbol.asyncDispose]() {
      await stop(jupyter);
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await answers(`${url}api?token=${token}`, jupyter, () => Buffer.concat(parts).toString());
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

/** A server for one notebook. */
export async function startLab(
  notebook: string,
  theme: "light" | "dark",
  program: Program = "lab",
): Promise<Lab> {
  const server = await startServer("/", theme, program);
  copyWithoutOutputs(notebook, server.folder);
  const url = addressOf(server.url, path.basename(notebook), program);
  return { url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
