/** Where Jupyter keeps its data, by its documented rules for each system. */
import { homedir } from "node:os";
import { posix, win32 } from "node:path";

/** What the rules look at. */
export interface System {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export const thisSystem: System = {
  platform: process.platform,
  home: homedir(),
  environment: process.env,
};

export function pathsOf({ platform }: System): typeof posix {
  return platform === "win32" ? win32 : posix;
}

/** The user's own folder. */
export function userDataFolder(system: System): string {
  const { platform, home, environment } = system;
  const { join } = pathsOf(system);
  if (environment.JUPYTER_DATA_DIR) return environment.JUPYTER_DATA_DIR;
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32")
    return environment.APPDATA
      ? join(environment.APPDATA, "jupyter")
      : join(environment.JUPYTER_CONFIG_DIR ?? join(home, ".jupyter"), "data");
  return join(environment.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

/** The folder of a Python environment, or of another prefix such as `/usr/local`. */
export function prefixDataFolder(system: System, prefix: string): string {
  return pathsOf(system).join(prefix, "share", "jupyter");
}

/** The active Python environment. */
export function environmentPrefix({ environment }: System): string | undefined {
  return environment.VIRTUAL_ENV || environment.CONDA_PREFIX || undefined;
}

/** Everywhere Jupyter looks, the first place first; `jupyter --paths` lists the same. */
export function dataFolders(system: System): string[] {
  const { environment } = system;
  const given = (environment.JUPYTER_PATH ?? "").split(pathsOf(system).delimiter);
  const prefix = environmentPrefix(system);
  const inPrefix = prefix ? [prefixDataFolder(system, prefix)] : [];
  const user = userDataFolder(system);
  const isUserFirst = /^(0|no|n|false|off)?$/i.test(
    environment.JUPYTER_PREFER_ENV_PATH ?? (prefix ? "1" : ""),
  );
  const own = isUserFirst ? [user, ...inPrefix] : [...inPrefix, user];
  return [...new Set([...given.filter((folder) => folder !== ""), ...own, ...sharedFolders(system)])];
}

function sharedFolders(system: System): string[] {
  const { platform, environment } = system;
  if (platform !== "win32") return ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  const isTrusted = environment.JUPYTER_USE_PROGRAMDATA && environment.PROGRAMDATA;
  return isTrusted ? [pathsOf(system).join(environment.PROGRAMDATA!, "jupyter")] : [];
}
