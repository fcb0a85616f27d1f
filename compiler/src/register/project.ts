/** The files of a project as modules to run: TypeScript compiled with the operators and conditions of tensors. */
import "../checker/hook.ts";
import { excerpt } from "../excerpt.ts";
import { Files, type ModuleSources } from "../files.ts";
import { type Emitted, lowered, needsLowering, withoutMapComment } from "../lower.ts";
import { fileTransformer } from "../transform/file.ts";
import { refusal } from "../transform/refusal.ts";
import { ts } from "../typescript.ts";

/** The TypeScript files of a folder, compiled one by one as they are imported. */
export class Project {
  readonly #files: Files;
  readonly #service: ts.LanguageService;

  constructor(folder: string, sources: ModuleSources = {}) {
    this.#files = new Files(folder, sources);
    this.#service = ts.createLanguageService(this.#files.host());
  }

  /** Types serve the operators; a wrong one is no error here, as when Node runs TypeScript itself. @throws SyntaxError */
  compile(file: string): Emitted {
    this.#files.include(file);
    const program = this.#service.getProgram()!;
    const source = program.getSourceFile(file);
    if (!source) throw new Error(`Cannot read '${file}'.`);
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
    const emitted = { js: withoutMapComment(js), map };
    return needsLowering(source) ? lowered(emitted) : emitted;
  }

  /** Files have changed on disk. */
  refresh(): void {
    this.#files.refresh();
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
