/** Runs cells in the order they came: compiles, runs, publishes, replies. */
import type { CellDiagnostic } from "nnsight-ts-compiler";
import { excerpt } from "nnsight-ts-compiler/runtime";
import type { History } from "./history.ts";
import type { Post } from "./post.ts";
import type { CompilerThread } from "./processes/compiler.ts";
import type { UserProcess } from "./processes/user.ts";
import { questionOf } from "./questions.ts";
import type { ErrorReport, Outcome, RunnableCell } from "./user/protocol.ts";
import type { Header, Json, Message } from "./wire/message.ts";

export interface ExecuteRequest {
  readonly code: string;
  readonly silent?: boolean;
  readonly store_history?: boolean;
  readonly user_expressions?: Readonly<Record<string, string>>;
  readonly allow_stdin?: boolean;
  readonly stop_on_error?: boolean;
}

export interface ExecutionParts {
  readonly post: Post;
  readonly compiler: CompilerThread;
  readonly user: UserProcess;
  readonly history: History;
  /** What an editor would show about a name, as MIME data. */
  readonly inspect: (name: string) => Promise<Json>;
}

export class Execution {
  /** The cell that runs, or ran last: what is printed belongs to it. A silent one owns nothing once it has ended. */
  current: Message<ExecuteRequest> | null = null;
  /** Said at the start of the next cell that is not silent. */
  notice: string | null = null;
  readonly #queue: Message<ExecuteRequest>[] = [];
  #isRunning = false;
  #isInterrupted = false;
  /** Set while a cell is compiled: it is stopped before it runs. */
  #stopBeforeRun: (() => void) | undefined;
  #count = 0;

  constructor(private readonly parts: ExecutionParts) {}

  add(request: Message<ExecuteRequest>): void {
    this.#queue.push(request);
    if (!this.#isRunning) void this.#runAll();
  }

  /** Stops the cell that runs, and then refuses those that wait. */
  interrupt(): void {
    if (!this.#isRunning) {
      // A comm handler may be at work.
      this.parts.user.interrupt();
      return;
    }
    this.#isInterrupted = true;
    if (this.#stopBeforeRun) this.#stopBeforeRun();
    else this.parts.user.interrupt();
  }

  /** Whether this is the request of a silent cell, whose output nobody wants. */
  isSilent(parent: Header | null): boolean {
    const { current } = this;
    return current?.content.silent === true && parent?.msg_id === current.header.msg_id;
  }

  /** Another request has said "idle" while a cell runs: clients hear that the kernel is busy still. */
  stillBusy(): void {
    if (this.#isRunning && this.current)
      this.parts.post.publish("status", { execution_state: "busy" }, this.current.header);
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) await this.#run(next);
    this.#isRunning = false;
  }

  async #run(request: Message<ExecuteRequest>): Promise<void> {
    const { post, history } = this.parts;
    const { header, content } = request;
    const silent = content.silent ?? false;
    const stored = !silent && content.store_history !== false;
    const previous = this.current;
    this.current = request;
    post.publish("status", { execution_state: "busy" }, header);
    if (stored) this.#count++;
    const count = this.#count;
    if (!silent) post.publish("execute_input", { code: content.code, execution_count: count }, header);
    if (this.notice && !silent) {
      post.publish("stream", { name: "stderr", text: this.notice }, header);
      this.notice = null;
    }

    const outcome = await this.#outcome(request, count).catch(internalError);
    this.#stopBeforeRun = undefined;
    // What native code printed may come a moment later.
    await new Promise((resolve) => setImmediate(resolve));
    const stops =
      this.#isInterrupted || (outcome.status === "error" && !silent && content.stop_on_error !== false);
    const refused = stops ? this.#queue.splice(0) : [];
    this.#isInterrupted = false;
    if (stored) history.add({ count, code: content.code, output: plainText(outcome) });
    this.#tell(request, outcome, count);
    post.publish("status", { execution_state: "idle" }, header);
    if (silent) this.current = previous;
    this.#abort(refused);
  }

  async #outcome({ header, content }: Message<ExecuteRequest>, count: number): Promise<Outcome> {
    const { compiler, post, user } = this.parts;
    const { code } = content;
    const expressions = content.user_expressions ?? {};
    const name = questionOf(code);
    if (name) return this.#answer(name, header);
    let cell: RunnableCell | null = null;
    if (code.trim() !== "") {
      const compiled = await Promise.race([compiler.ask("compile", code), this.#interruption()]);
      this.#stopBeforeRun = undefined;
      if (compiled === "interrupted") {
        void compiler.ask("withdraw");
        return { status: "error", error: interrupted };
      }
      if (!compiled.ok) return { status: "error", error: typeError(compiled.diagnostics, code, count) };
      const { warnings, notes, ...runnable } = compiled;
      const remarks = [...notes, ...traceback(warnings, code, count, "warning")];
      if (remarks.length && !content.silent)
        post.publish("stream", { name: "stderr", text: `${remarks.join("\n")}\n` }, header);
      cell = { ...runnable, code };
    }
    const allowInput = content.allow_stdin ?? false;
    const outcome = await user.execute({
      kind: "execute",
      cell,
      count,
      parent: header,
      allowInput,
      silent: content.silent ?? false,
      expressions,
    });
    if (outcome.status === "error" && outcome.unset?.length) void compiler.ask("withdraw", outcome.unset);
    return outcome;
  }

  /** Shown beside the outputs by clients, as IPython's pager is. */
  async #answer(name: string, header: Header): Promise<Outcome> {
    const { found, data } = await this.parts.inspect(name);
    if (found) return { status: "ok", result: null, expressions: {}, pages: [data as Json] };
    const text = `Nothing is known about ${name}.\n`;
    this.parts.post.publish("stream", { name: "stderr", text }, header);
    return { status: "ok", result: null, expressions: {} };
  }

  #interruption(): Promise<"interrupted"> {
    return new Promise((resolve) => {
      this.#stopBeforeRun = () => resolve("interrupted");
    });
  }

  #tell(request: Message<ExecuteRequest>, outcome: Outcome, count: number): void {
    const { post } = this.parts;
    const { header, content } = request;
    if (outcome.status === "ok") {
      if (outcome.result && !content.silent)
        post.publish("execute_result", { execution_count: count, ...outcome.result }, header);
      const payload = (outcome.pages ?? []).map((data) => ({ source: "page", data, start: 0 }));
      const reply = { payload, user_expressions: outcome.expressions };
      post.reply("shell", request, "execute_reply", { status: "ok", execution_count: count, ...reply });
    } else {
      if (!content.silent) post.publish("error", { ...outcome.error }, header);
      const reply = { status: "error", execution_count: count, ...outcome.error };
      post.reply("shell", request, "execute_reply", reply);
    }
  }

  #abort(requests: readonly Message<ExecuteRequest>[]): void {
    const { post } = this.parts;
    for (const request of requests) {
      post.publish("status", { execution_state: "busy" }, request.header);
      post.reply("shell", request, "execute_reply", { status: "aborted", execution_count: this.#count });
      post.publish("status", { execution_state: "idle" }, request.header);
    }
  }
}

const interrupted: ErrorReport = {
  ename: "KeyboardInterrupt",
  evalue: "Execution interrupted",
  traceback: ["KeyboardInterrupt: Execution interrupted"],
};

function plainText(outcome: Outcome): string | null {
  const text = outcome.status === "ok" ? outcome.result?.data["text/plain"] : null;
  return typeof text === "string" ? text : null;
}

function typeError(diagnostics: readonly CellDiagnostic[], code: string, count: number): ErrorReport {
  return {
    ename: "TypeScriptError",
    evalue: diagnostics[0]?.message ?? "",
    traceback: traceback(diagnostics, code, count, "error"),
  };
}

function traceback(
  diagnostics: readonly CellDiagnostic[],
  code: string,
  count: number,
  word: "error" | "warning",
): string[] {
  return diagnostics.flatMap((found) => [
    `In[${count}]:${found.line}:${found.column} - ${word} TS${found.code}: ${found.message}`,
    ...excerpt(code, found.line, found.column, found.length),
  ]);
}

function internalError(error: unknown): Outcome {
  const evalue = error instanceof Error ? error.message : String(error);
  return { status: "error", error: { ename: "KernelError", evalue, traceback: [`KernelError: ${evalue}`] } };
}
