// Where things are in the checkout. Every other script asks here instead of joining paths itself.
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const inRoot = (...parts) => path.join(root, ...parts);

/** The Node 24 that the project brings, whatever Node the machine has. */
export const node24 = inRoot("node_modules/.bin/node");
export const firstNotebook = inRoot("notebooks/01-look-inside.ipynb");
export const firstScript = inRoot("notebooks/first-light.ts");

/** The Python environment that holds Jupyter: the checkout's own, or the one named by `--prefix` (Binder). */
export const ownPrefix = inRoot(".venv");
export const binOf = (prefix, name) => path.join(prefix, "bin", name);

/** Whether the script of that URL is the one that was started, rather than imported. */
export const isStarted = (url) => path.resolve(process.argv[1] ?? "") === fileURLToPath(url);
