/** Log lines, as Python's `print` writes their arguments. */
import { isPlainObject, type Tree } from "../base/tree.ts";
import type { Made, Plain } from "../ir/node.ts";
import type { Event } from "../run/backend.ts";
import { isHost } from "../tensor/host.ts";
import { printTensor } from "../tensor/print.ts";

/** The arguments with a space between them. */
export const formatLog = (message: readonly Tree<Made>[]): string => message.map(str).join(" ");

/** Shows a line of log; false when it cannot. */
export type ShowLog = (event: Event) => boolean;

let show: ShowLog = () => false;

/** Lines go here from now on, and to the console when it says no. */
export const showLogWith = (next: ShowLog): void => void (show = next);

/** Where log lines go. */
export const printLog = (event: Event): void => {
  if (!show(event)) console.log(formatLog(event.message));
};

/** A text as it is, anything else as Python shows it. */
function str(part: unknown): string {
  const value = isPlain(part) ? part.plain : part;
  return typeof value === "string" ? value : repr(value);
}

export function repr(part: unknown): string {
  if (isPlain(part)) return repr(part.plain);
  if (part === null || part === undefined) return "None";
  if (typeof part === "boolean") return part ? "True" : "False";
  if (typeof part === "string")
    return `'${part.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;
  if (Array.isArray(part)) return `[${part.map(repr).join(", ")}]`;
  if (isHost(part)) return printTensor(part);
  if (isPlainObject(part))
    return `{${Object.entries(part)
      .map(([key, value]) => `'${key}': ${repr(value)}`)
      .join(", ")}}`;
  return String(part);
}

const isPlain = (x: unknown): x is Plain => typeof x === "object" && x !== null && "plain" in x;
