/** Which packages every notebook gets from the kernel itself, so that types and values are of one copy. */
import { fileURLToPath } from "node:url";

export const pinnedPackages = ["nnsight-ts"];

/** Pinned packages are found from here. */
export const pinnedFromUrl = import.meta.url;
export const pinnedFrom = fileURLToPath(import.meta.url);

export function isPinned(specifier: string): boolean {
  return pinnedPackages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}
