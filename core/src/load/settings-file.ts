/** The file in which settings outlive the process: `config.json` in the user's folder for configuration. */
import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { adoptSettings, keepSettings, type Values } from "../base/config.ts";
import { RuntimeError, ValueError } from "../base/errors.ts";
import { isPlainObject } from "../base/tree.ts";
import { codeOf } from "./file-range.ts";
import { newOwner } from "./owner.ts";

/** `NNSIGHT_CONFIG`, else where the system keeps the configuration of programs. */
export function settingsPath(): string {
  const { NNSIGHT_CONFIG, XDG_CONFIG_HOME, APPDATA } = process.env;
  if (NNSIGHT_CONFIG) return resolve(NNSIGHT_CONFIG);
  const folders: { readonly [platform: string]: string } = {
    darwin: join(homedir(), "Library", "Application Support"),
    win32: APPDATA || join(homedir(), "AppData", "Roaming"),
  };
  const folder = folders[process.platform] ?? (XDG_CONFIG_HOME || join(homedir(), ".config"));
  return join(folder, "nnsight-ts", "config.json");
}

/** What is in the file; nothing when there is none. @throws ValueError that says how it is broken, in none of its words */
function read(path: string): Values {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(String(codeOf(error)))) return {};
    throw new ValueError(`the system says ${codeOf(error)}.`);
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new ValueError("it is not JSON.");
  }
  if (!isPlainObject(found)) throw new ValueError("it holds no object.");
  for (const section of ["APP", "API"])
    if (!isPlainObject(found[section] ?? {})) throw new ValueError(`its ${section} is no object.`);
  return found;
}

/** Reads again and writes over it, so that what other processes saved stays. */
function save(path: string, changed: Values): void {
  try {
    const kept = read(path);
    const next = { ...kept, APP: { ...kept.APP, ...changed.APP }, API: { ...kept.API, ...changed.API } };
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    replace(path, `${JSON.stringify(next, undefined, 2)}\n`);
  } catch (cause) {
    throw new RuntimeError(
      cause instanceof ValueError
        ? `nothing was saved, as ${path} is broken: ${cause.message} Mend the file, or delete it.`
        : `the settings cannot be saved in ${path} (${codeOf(cause)}). Set NNSIGHT_CONFIG to a file that can be written.`,
      { cause },
    );
  }
}

/** A reader sees the old text or the new one, and only its owner may read it. */
function replace(path: string, text: string): void {
  const target = followed(path);
  const partial = `${target}.${newOwner()}.partial`;
  try {
    writeFileSync(partial, text, { mode: 0o600, flag: "wx" });
    chmodSync(partial, 0o600);
    renameSync(partial, target);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Where a link leads, so that the link stays. */
function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const path = settingsPath();
keepSettings({ save: (changed) => save(path, changed) });
try {
  adoptSettings(read(path));
} catch (error) {
  console.warn(
    `Warning: the settings in ${path} are not used: ${(error as Error).message} Mend the file, or delete it; until then the defaults hold.`,
  );
}
