/** The files of a project as modules to run: TypeScript compiled with the operators and conditions of tensors. */
import { readFileSync } from "node:fs";
import "../checker/hook.ts";
import { excerpt } from "../excerpt.ts";
import { Files, type ModuleSources } from "../files.ts";
import { fileTransformer } from "../transform/file.ts";
import { refusal } from "../transform/refusal.ts";
import { ts } from "../typescript.ts";

export interface CompiledFile {
  readonly js: string;
  /** A source map (version 3) as JSON. */
  readonly map: string;
}

/** The TypeScript files of a folder, compiled one by one as they are imported. */
export class Project {
  readonly #files: Files;
  readonly #service: ts.LanguageService;

  constructor(folder: string, sources: ModuleSources = {}) {
    this.#files = new Files(folder, sources);
    this.#service = ts.createLanguageService(this.#files.host());
  }

  /** Types serve the operators; a wrong one is no error here, as when Node runs TypeScript itself. @throws SyntaxError */
  compile(file: string): CompiledFile {
    const program = this.#programWith(file);
    const source = program.getSourceFile(file)!;
    const errors: ts.Diagnostic[] = [...program.getSyntacticDiagnostics(source)];
    refuse(errors);
    const transformer = fileTransformer(
      program.getTypeChecker(),
      (node, message) => void errors.push(refusal(node, message)),
    );
    let [js, map] = ["", ""];
    const write = (name: string, text: string) => {
      if (name.endsWith(".map")) map = text;
      else js = text;
    };
    program.emit(source, write, undefined, false, { before: [transformer] });
    refuse(errors);
    return { js: js.replace(/\n\/\/# sourceMappingURL=.*\s*$/, ""), map };
  }

  /** A file that others import is there already. */
  #programWith(file: string): ts.Program {
    const program = this.#service.getProgram();
    if (program?.getSourceFile(file)) return program;
    this.#files.refresh();
    this.#files.write(file, readFileSync(file, "utf8"));
    return this.#service.getProgram()!;
  }
}

function refuse(errors: readonly ts.Diagnostic[]): void {
  const [first] = errors;
  if (!first?.file) return;
  const { line, character } = first.file.getLineAndCharacterOfPosition(first.start ?? 0);
  const message = ts.flattenDiagnosticMessageText(first.messageText, "\n");
  const shown = excerpt(first.file.text, line + 1, character + 1, first.length);
  throw new SyntaxError(
    [`${first.file.fileName}:${line + 1}:${character + 1} - ${message}`, ...shown].join("\n"),
  );
}
