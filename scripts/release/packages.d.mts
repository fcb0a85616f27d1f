/** The folders of the packages that are published. */
export const folders: readonly string[];
export function manifestOf(folder: string): Record<string, unknown>;
/** @throws Failure when two packages are of different versions */
export function versionOfAll(): string;
