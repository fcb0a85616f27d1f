/** The files that the language service sees: those on disk, and virtual ones laid over them. */
import { join } from "node:path";
import { cellOptions, libraryFolder } from "./options.ts";
import { readTsconfig, type Tsconfig } from "./tsconfig.ts";
import { ts } from "./typescript.ts";

interface VirtualFile {
  readonly text: string;
  readonly version: number;
  readonly snapshot: ts.IScriptSnapshot;
}

export interface ModuleSources {
  /** Packages that are always taken from where `containingFile` would find them. */
  readonly pinned?: { readonly packages: readonly string[]; readonly containingFile: string };
  /** Modules that exist only in cells: import name → declaration text. */
  readonly virtual?: Readonly<Record<string, string>>;
}

export class Files {
  options: ts.CompilerOptions;
  tsconfig: Tsconfig;
  readonly #files = new Map<string, VirtualFile>();
  /** Files on disk that are compiled, beside the virtual ones. */
  readonly #included = new Set<string>();
  /** Files that are in the program only when another imports them. */
  readonly #kept = new Map<string, VirtualFile>();
  /** Texts on disk that cannot change while the notebook is open. */
  readonly #fixed = new Map<string, ts.IScriptSnapshot>();
  readonly #modules = new Map<string, string>();
  /** What was found on disk, so that each cell need not look again. */
  #resolutions: ts.ModuleResolutionCache;
  #configVersion: string;
  #state = 0;

  constructor(
    readonly folder: string,
    private readonly sources: ModuleSources,
  ) {
    this.tsconfig = readTsconfig(folder);
    this.#configVersion = this.#versionOfConfig();
    this.options = cellOptions(folder, this.tsconfig.options);
    this.#resolutions = this.#resolutionCache();
    for (const [name, text] of Object.entries(sources.virtual ?? {})) {
      const file = join(folder, `__module_${name.replace(/\W/g, "_")}.d.ts`);
      this.#modules.set(name, file);
      this.write(file, text);
    }
  }

  write(name: string, text: string): void {
    const old = this.#files.get(name);
    if (old?.text === text) return;
    const version = ++this.#state;
    this.#files.set(name, { text, version, snapshot: ts.ScriptSnapshot.fromString(text) });
  }

  /** Keeps a file for those that import it; it costs nothing until then. */
  keep(name: string, text: string): void {
    this.#kept.set(name, { text, version: ++this.#state, snapshot: ts.ScriptSnapshot.fromString(text) });
  }

  remove(name: string): void {
    if (this.#files.delete(name)) this.#state++;
  }

  /** A file on disk becomes one of those that are compiled. */
  include(name: string): void {
    if (this.#included.has(name)) return;
    this.#included.add(name);
    this.#state++;
  }

  /** What TypeScript asks its host. */
  host(): ts.LanguageServiceHost {
    const { sys } = ts;
    return {
      getCompilationSettings: () => this.options,
      getCurrentDirectory: () => this.folder,
      getDefaultLibFileName: (options) => join(libraryFolder, ts.getDefaultLibFileName(options)),
      getProjectVersion: () => String(this.#state),
      getScriptFileNames: () => [...this.#files.keys(), ...this.#included],
      getScriptVersion: (name) => String(this.#virtual(name)?.version ?? modified(name)),
      getScriptSnapshot: (name) => this.#virtual(name)?.snapshot ?? this.#onDisk(name),
      fileExists: (name) => this.#virtual(name) !== undefined || sys.fileExists(name),
      readFile: (name) => this.#virtual(name)?.text ?? sys.readFile(name),
      directoryExists: sys.directoryExists,
      getDirectories: sys.getDirectories,
      readDirectory: sys.readDirectory,
      ...(sys.realpath ? { realpath: sys.realpath } : {}),
      // TypeScript asks for this cache when it looks for the package.json that a file belongs to.
      ...{ getModuleResolutionCache: () => this.#resolutions },
      resolveModuleNameLiterals: (literals, containing) =>
        literals.map((literal) => this.#resolve(literal.text, containing)),
    };
  }

  /** Lets the next request see that files on disk may have changed; says whether tsconfig.json has. */
  refresh(): boolean {
    this.#state++;
    const version = this.#versionOfConfig();
    if (version === this.#configVersion) return false;
    this.tsconfig = readTsconfig(this.folder);
    this.#configVersion = this.#versionOfConfig();
    this.options = cellOptions(this.folder, this.tsconfig.options);
    this.#resolutions = this.#resolutionCache();
    return true;
  }

  /** Looks for packages anew, as one may have been installed since. */
  forgetResolutions(): void {
    this.#resolutions.clear();
    this.#state++;
  }

  #resolutionCache(): ts.ModuleResolutionCache {
    const canonical = (name: string) => (ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase());
    return ts.createModuleResolutionCache(this.folder, canonical, this.options);
  }

  #versionOfConfig(): string {
    return this.tsconfig.files.map((name) => ts.sys.getModifiedTime?.(name)?.getTime() ?? 0).join(" ");
  }

  #virtual(name: string): VirtualFile | undefined {
    return this.#files.get(name) ?? this.#kept.get(name);
  }

  #onDisk(name: string): ts.IScriptSnapshot | undefined {
    const known = this.#fixed.get(name);
    if (known) return known;
    const text = ts.sys.readFile(name);
    const snapshot = text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    if (snapshot && isFixed(name)) this.#fixed.set(name, snapshot);
    return snapshot;
  }

  #resolve(name: string, containing: string): ts.ResolvedModuleWithFailedLookupLocations {
    const module = this.#modules.get(name);
    if (module) return { resolvedModule: { resolvedFileName: module, extension: ts.Extension.Dts } };
    const cell = join(this.folder, name);
    if (name.startsWith("./") && this.#virtual(cell))
      return { resolvedModule: { resolvedFileName: cell, extension: ts.Extension.Ts } };
    const pinned = this.sources.pinned;
    const from = pinned && isOfPackage(name, pinned.packages) ? pinned.containingFile : containing;
    return ts.resolveModuleName(name, from, this.options, ts.sys, this.#resolutions);
  }
}

export function isOfPackage(name: string, packages: readonly string[]): boolean {
  return packages.some((owner) => name === owner || name.startsWith(`${owner}/`));
}

/** Files that cannot change while a notebook is open are not looked at again. */
function isFixed(name: string): boolean {
  return name.includes("/node_modules/");
}

function modified(name: string): string {
  if (isFixed(name)) return "0";
  return String(ts.sys.getModifiedTime?.(name)?.getTime() ?? 0);
}
