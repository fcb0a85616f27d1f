/** The folders of the packages that are published. */
export const folders: readonly string[];
export function manifestOf(folder: string): Record<string, unknown>;
/** @throws Failure when two packages are of different versions */
export function versionOfAll(): string;
/** Where publint and are-the-types-wrong are installed, if they are. */
export const tools: string | undefined;
/** The packed files, by folder. */
export function packAll(target: string): Promise<Map<string, string>>;
/** @throws Failure when a packed package is not fit to be published */
export function inspect(file: string): Promise<void>;
