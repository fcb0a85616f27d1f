/** The notebook's own files that its cells have imported, directly or through each other, and which of them have changed. */
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Cells import as if they stood in a file of this name in the notebook's folder. */
export const importFile = "__cell_import.mjs";

interface LocalFile {
  modified: number;
  /** How often it was loaded anew. */
  version: number;
  readonly importers: Set<string>;
}

/** Node never loads a module twice, so a changed file gets an address of its own. */
const version = /\?version=\d+$/;

/** The address of the file itself. */
export const plainUrl = (url: string): string => url.replace(version, "");

/** TypeScript, modules and JSON outside packages. */
export const isLocal = (url: string | undefined): boolean =>
  url !== undefined && !url.includes("/node_modules/") && /^file:.*\.(m?ts|mjs|json)(\?|$)/.test(url);

export class LocalFiles {
  readonly #files = new Map<string, LocalFile>();

  /** Where the file's present text is loaded from; `importer` depends on it. */
  address(url: string, importer: string | undefined): string {
    const file = this.#files.get(url) ?? { modified: modified(url), version: 0, importers: new Set() };
    this.#files.set(url, file);
    if (importer && isLocal(importer)) file.importers.add(plainUrl(importer));
    return file.version === 0 ? url : `${url}?version=${file.version}`;
  }

  /** Whether a file has changed since it was loaded; it, and what imports it, is loaded anew from now on. */
  haveChanged(): boolean {
    const changed = [...this.#files].filter(([url, file]) => modified(url) !== file.modified);
    const renewed = new Set<string>();
    for (const [url] of changed) this.#renew(url, renewed);
    return changed.length > 0;
  }

  #renew(url: string, renewed: Set<string>): void {
    const file = this.#files.get(url);
    if (!file || renewed.has(url)) return;
    renewed.add(url);
    file.version++;
    file.modified = modified(url);
    for (const importer of file.importers) this.#renew(importer, renewed);
  }
}

function modified(url: string): number {
  return statSync(fileURLToPath(url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
