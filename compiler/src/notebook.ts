/** The cells of one notebook: compiles each in view of the earlier ones, and answers what an editor asks. */
import { join } from "node:path";
import "./checker/hook.ts";
import { type Completions, complete } from "./complete.ts";
import { type CellDiagnostic, describe } from "./diagnostics.ts";
import { directivesOf } from "./directives.ts";
import { emitCell } from "./emit.ts";
import { Files, type ModuleSources } from "./files.ts";
import { functionsOf, type Range } from "./functions.ts";
import { type Inspection, inspect } from "./inspect.ts";
import { type Completeness, isComplete } from "./isComplete.ts";
import { type Lookup, lookupAt, type ValuePath, valueAt } from "./lookup.ts";
import { type CellModule, cellModule, type Origin } from "./prelude.ts";
import type { TypeCheck } from "./tsconfig.ts";
import { ts } from "./typescript.ts";

export type CompiledCell =
  | {
      readonly ok: true;
      readonly id: number;
      readonly js: string;
      readonly map: string;
      /** The names that get their value when their statement runs. */
      readonly variables: readonly string[];
      /** The functions and classes in its text. */
      readonly functions: readonly Range[];
      /** Type errors that do not stop the cell. */
      readonly warnings: readonly CellDiagnostic[];
      /** What the kernel has to say of the cell's settings, or of tsconfig.json. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly diagnostics: readonly CellDiagnostic[] };

export interface NotebookOptions extends ModuleSources {
  /** Imports and types are looked for from here. */
  readonly folder: string;
  /** Declarations of what every cell may use without importing it. */
  readonly globals?: string;
}

interface Found {
  readonly errors: readonly ts.Diagnostic[];
  readonly warnings: readonly ts.Diagnostic[];
}

export class Notebook {
  readonly #files: Files;
  readonly #service: ts.LanguageService;
  readonly #origins = new Map<string, Origin>();
  #lost = new Set<string>();
  /** What the names of the last cell meant before it. */
  #replaced = new Map<string, Origin | undefined>();
  #cells = 0;
  /** What the notebook itself says of type errors. */
  #check: TypeCheck | undefined;
  #isConfigTold = false;

  constructor(options: NotebookOptions) {
    this.#files = new Files(options.folder, options);
    this.#files.write(this.#path("globals.d.ts"), options.globals ?? "");
    const registry = ts.createDocumentRegistry(ts.sys.useCaseSensitiveFileNames, options.folder);
    this.#service = ts.createLanguageService(this.#files.host(), registry);
  }

  /** Checks and compiles a cell; when it is right, its names are known to the cells after it. */
  compile(code: string): CompiledCell {
    const id = ++this.#cells;
    // Always of one name: a program whose files stay the same is made anew in a fifth of the time.
    const file = this.#path("current.ts");
    const module = cellModule(code, this.#origins);
    if (this.#files.refresh()) this.#isConfigTold = false;
    this.#files.write(file, module.text);
    const { check, notes } = this.#settings(code);
    let found = this.#errors(file, check);
    if ([...found.errors, ...found.warnings].some(({ code }) => moduleNotFound.has(code))) {
      // It may have been installed, or written, since it was last looked for.
      this.#files.forgetResolutions();
      this.#files.write(file, `${module.text}\n`);
      found = this.#errors(file, check);
    }
    const described = (diagnostics: readonly ts.Diagnostic[]): CellDiagnostic[] =>
      diagnostics.map((diagnostic) => describe(diagnostic, code, module.offset, this.#lost));
    const refuse = (errors: readonly ts.Diagnostic[]): CompiledCell => {
      this.#files.write(file, "export {};");
      return { ok: false, diagnostics: described(errors) };
    };
    if (found.errors.length > 0) return refuse(found.errors);
    const program = this.#service.getProgram()!;
    const emitted = emitCell(program, file, module.offset, this.#origins);
    const { js, map, refusals } = emitted;
    if (refusals.length > 0) return refuse(refusals);
    this.#remember(this.#path(`${id}.ts`), module);
    this.#isConfigTold = true;
    return {
      ok: true,
      id,
      js,
      map,
      variables: [...module.names.variables],
      functions: functionsOf(program.getSourceFile(file)!, module.offset),
      warnings: described(found.warnings),
      notes,
    };
  }

  /** Does the slow first check, so that the first cell need not wait for it. */
  warm(): void {
    this.#files.write(this.#path("current.ts"), "export {};");
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

  /** What types know of the place, and where to look for what only values know. */
  complete(code: string, position: number): Completions & { readonly lookup: Lookup | undefined } {
    return this.#inScratch(code, (file, { offset }) => {
      const { matches, start, end } = complete(this.#service, file, position + offset);
      const found = lookupAt(...this.#place(file), position + offset);
      const lookup = found && { ...found, start: found.start - offset, end: found.end - offset };
      return { matches, start: start - offset, end: end - offset, lookup };
    });
  }

  /** What types know of the name; `value` leads to what it holds. */
  inspect(
    code: string,
    position: number,
  ): (Inspection & { readonly value: ValuePath | undefined }) | undefined {
    return this.#inScratch(code, (file, { offset }) => {
      const found = inspect(this.#service, file, position + offset);
      return found && { ...found, value: valueAt(...this.#place(file), position + offset) };
    });
  }

  isComplete(code: string): Completeness {
    return isComplete(code);
  }

  /** What holds for type errors: the cell's word, then the notebook's, then that of tsconfig.json. */
  #settings(code: string): { check: TypeCheck; notes: string[] } {
    const { cell, notebook, problem } = directivesOf(code);
    this.#check = notebook ?? this.#check;
    const { tsconfig } = this.#files;
    const notes = this.#isConfigTold ? [] : [...tsconfig.problems];
    if (problem) notes.push(problem);
    return { check: cell ?? this.#check ?? tsconfig.types ?? "error", notes };
  }

  #errors(file: string, check: TypeCheck): Found {
    const syntactic = this.#service.getSyntacticDiagnostics(file);
    if (syntactic.length > 0 || check === "off") return { errors: syntactic, warnings: [] };
    const semantic = this.#service
      .getSemanticDiagnostics(file)
      .filter((diagnostic) => diagnostic.category === ts.DiagnosticCategory.Error);
    return check === "error" ? { errors: semantic, warnings: [] } : { errors: [], warnings: semantic };
  }

  #remember(file: string, module: CellModule): void {
    if (/\bdeclare\s+global\b/.test(module.text)) this.#files.write(file, module.text);
    else this.#files.keep(file, module.text);
    this.#replaced = new Map();
    for (const [name, kind] of module.names.kinds) {
      const before = this.#origins.get(name);
      const isType = module.names.types.has(name);
      this.#replaced.set(name, before);
      this.#origins.set(name, { file, kind, hasValue: !isType || (before?.hasValue ?? false) });
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

  #place(file: string): [ts.TypeChecker, ts.SourceFile] {
    const program = this.#service.getProgram()!;
    return [program.getTypeChecker(), program.getSourceFile(file)!];
  }

  #path(name: string): string {
    return join(this.#files.folder, `__cell_${name}`);
  }
}

/** The errors of an import that leads nowhere: with names, and for its effect alone. */
const moduleNotFound = new Set([2307, 2882]);
