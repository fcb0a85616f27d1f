/** Which folder the kernelspec goes to, by the options of the command. */
import { parseArgs } from "node:util";
import {
  environmentPrefix,
  pathsOf,
  prefixDataFolder,
  type System,
  userDataFolder,
} from "../jupyterFolders.ts";
import { UsageError } from "./usageError.ts";

export interface Target {
  readonly folder: string;
  readonly displayName: string;
}

export const defaultName = "nnsight-ts";
const title = "TypeScript (nnsight)";

const options = {
  user: { type: "boolean" },
  "sys-prefix": { type: "boolean" },
  prefix: { type: "string" },
  name: { type: "string" },
} as const;

type Options = ReturnType<typeof parsed>;

/**
 * The folder that the options name; the user's own without any.
 * @throws UsageError when they are not known, or do not go together
 */
export function targetOf(args: readonly string[], system: System): Target {
  const given = parsed(args);
  const name = given.name ?? defaultName;
  if (!/^[a-z0-9._-]+$/i.test(name))
    throw new UsageError(`--name takes letters, digits, ".", "_" and "-", but was given "${name}".`);
  const folder = pathsOf(system).join(dataFolder(given, system), "kernels", name);
  return { folder, displayName: name === defaultName ? title : `${title}, ${name}` };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function dataFolder(given: Options, system: System): string {
  const places = [given.user, given["sys-prefix"], given.prefix !== undefined].filter(Boolean);
  if (places.length > 1)
    throw new UsageError("--user, --sys-prefix and --prefix name different places; give one.");
  if (given.prefix !== undefined) {
    if (given.prefix === "") throw new UsageError("--prefix needs a folder.");
    return prefixDataFolder(system, given.prefix);
  }
  if (!given["sys-prefix"]) return userDataFolder(system);
  const prefix = environmentPrefix(system);
  if (prefix) return prefixDataFolder(system, prefix);
  throw new UsageError(
    "--sys-prefix needs an active Python environment; activate one, or give --prefix DIR.",
  );
}
