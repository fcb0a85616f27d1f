/** The cells of one notebook: compiles each in view of the earlier ones, and answers what an editor asks. */
import { join } from "node:path";
import "./checker/hook.ts";
import { type Completions, complete } from "./complete.ts";
import { type CellDiagnostic, describe } from "./diagnostics.ts";
import { emitCell } from "./emit.ts";
import { Files, type ModuleSources } from "./files.ts";
import { type Inspection, inspect } from "./inspect.ts";
import { type Completeness, isComplete } from "./isComplete.ts";
import { type CellModule, cellModule, type Origin } from "./prelude.ts";
import { ts } from "./typescript.ts";

export type CompiledCell =
  | {
      readonly ok: true;
      readonly id: number;
      readonly js: string;
      readonly map: string;
      /** The names that get their value when their statement runs. */
      readonly variables: readonly string[];
    }
  | { readonly ok: false; readonly diagnostics: readonly CellDiagnostic[] };

export interface NotebookOptions extends ModuleSources {
  /** Imports and types are looked for from here. */
  readonly folder: string;
  /** Declarations of what every cell may use without importing it. */
  readonly globals?: string;
}

export class Notebook {
  readonly #files: Files;
  readonly #service: ts.LanguageService;
  readonly #origins = new Map<string, Origin>();
  #lost = new Set<string>();
  /** What the names of the last cell meant before it. */
  #replaced = new Map<string, Origin | undefined>();
  #cells = 0;

  constructor(options: NotebookOptions) {
    this.#files = new Files(options.folder, options);
    this.#files.write(this.#path("globals.d.ts"), options.globals ?? "");
    const registry = ts.createDocumentRegistry(ts.sys.useCaseSensitiveFileNames, options.folder);
    this.#service = ts.createLanguageService(this.#files.host(), registry);
  }

  /** Checks and compiles a cell; when it is right, its names are known to the cells after it. */
  compile(code: string): CompiledCell {
    const id = ++this.#cells;
    const file = this.#path(`${id}.ts`);
    const module = cellModule(code, this.#origins);
    this.#files.refresh();
    this.#files.write(file, module.text);
    let found = this.#errors(file, code);
    if (found.some(({ code }) => moduleNotFound.has(code))) {
      // It may have been installed, or written, since it was last looked for.
      this.#files.forgetResolutions();
      this.#files.write(file, `${module.text}\n`);
      found = this.#errors(file, code);
    }
    const refuse = (errors: readonly ts.Diagnostic[]): CompiledCell => {
      this.#files.remove(file);
      const diagnostics = errors.map((error) => describe(error, code, module.offset, this.#lost));
      return { ok: false, diagnostics };
    };
    if (found.length > 0) return refuse(found);
    const emitted = emitCell(this.#service.getProgram()!, file, module.offset, this.#origins);
    const { js, map, refusals } = emitted;
    if (refusals.length > 0) return refuse(refusals);
    this.#remember(file, module);
    return { ok: true, id, js, map, variables: [...module.names.variables] };
  }

  /** Does the slow first check, so that the first cell need not wait for it. */
  warm(): void {
    this.#inScratch("", (file) => this.#service.getSemanticDiagnostics(file));
  }

  /** The values are gone: their names mean nothing from now on. */
  forget(): void {
    this.#lost = new Set([...this.#lost, ...this.#origins.keys()]);
    this.#origins.clear();
    this.#replaced.clear();
  }

  /** The last cell ended before these names, or any of its names, had a value: they mean what they meant before. */
  withdraw(names: Iterable<string> = this.#replaced.keys()): void {
    for (const name of [...names]) {
      const before = this.#replaced.get(name);
      if (before) this.#origins.set(name, before);
      else if (this.#replaced.has(name)) this.#origins.delete(name);
    }
  }

  /** Forgets names that the user has dropped: later cells cannot mean them. */
  drop(names: Iterable<string>): void {
    for (const name of names) {
      this.#origins.delete(name);
      this.#replaced.delete(name);
    }
  }

  complete(code: string, position: number): Completions {
    return this.#inScratch(code, (file, { offset }) => {
      const { matches, start, end } = complete(this.#service, file, position + offset);
      return { matches, start: start - offset, end: end - offset };
    });
  }

  inspect(code: string, position: number): Inspection | undefined {
    return this.#inScratch(code, (file, { offset }) => inspect(this.#service, file, position + offset));
  }

  isComplete(code: string): Completeness {
    return isComplete(code);
  }

  #errors(file: string, code: string): readonly ts.Diagnostic[] {
    const syntactic = this.#service.getSyntacticDiagnostics(file);
    if (syntactic.length > 0 || isUnchecked(code)) return syntactic;
    const semantic = this.#service.getSemanticDiagnostics(file);
    return semantic.filter((diagnostic) => diagnostic.category === ts.DiagnosticCategory.Error);
  }

  #remember(file: string, module: CellModule): void {
    this.#replaced = new Map();
    for (const [name, kind] of module.names.kinds) {
      this.#replaced.set(name, this.#origins.get(name));
      this.#origins.set(name, { file, kind });
      this.#lost.delete(name);
    }
  }

  /** The scratch module holds what is being typed. */
  #inScratch<T>(code: string, ask: (file: string, module: CellModule) => T): T {
    const file = this.#path("scratch.ts");
    const module = cellModule(code, this.#origins, "all");
    this.#files.write(file, module.text);
    return ask(file, module);
  }

  #path(name: string): string {
    return join(this.#files.folder, `__cell_${name}`);
  }
}

/** The errors of an import that leads nowhere: with names, and for its effect alone. */
const moduleNotFound = new Set([2307, 2882]);

/** As in a file: this comment at the top turns the type check off. */
function isUnchecked(code: string): boolean {
  return /^\s*\/\/\s*@ts-nocheck\b/.test(code);
}
