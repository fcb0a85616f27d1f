/** One run of one cell: from its compiled text to its outcome. */
import vm from "node:vm";
import { either } from "nnsight-ts-compiler/runtime";
import type { Header } from "../wire/message.ts";
import { closeContexts, resetContexts } from "./contexts.ts";
import { DisplayHandle } from "./display.ts";
import { KeyboardInterrupt, report } from "./errors.ts";
import { evaluate } from "./expressions.ts";
import { format } from "./format.ts";
import type { Imports } from "./modules.ts";
import type { ExecuteOrder, MimeBundle, Outcome } from "./protocol.ts";
import type { Sources } from "./sources.ts";

/** What outlives a cell. */
export interface Environment {
  /** The top-level names of all cells. */
  readonly scope: Record<string, unknown>;
  readonly sources: Sources;
  readonly imports: Imports;
  readonly meta: object;
  /** How many interrupts there were. */
  turn: number;
}

type CellFunction = (scope: object, runtime: object) => Promise<void>;

const entry = Symbol.for("nnsight-kernel.run");
const enter = new vm.Script('globalThis[Symbol.for("nnsight-kernel.run")]()', {
  filename: "nnsight-kernel:run",
});

export class Run {
  readonly parent: Header;
  readonly allowInput: boolean;
  /** Outputs that are being made. */
  readonly pending = new Set<Promise<unknown>>();
  /** The values of the cell's variables before it ran. */
  readonly #before: ReadonlyMap<string, unknown>;
  readonly #interrupted = Promise.withResolvers<never>();

  constructor(
    private readonly order: ExecuteOrder,
    private readonly environment: Environment,
  ) {
    this.parent = order.parent;
    this.allowInput = order.allowInput;
    const { scope } = environment;
    const known = (order.cell?.variables ?? []).filter((name) => name in scope);
    this.#before = new Map(known.map((name) => [name, scope[name]]));
    this.#interrupted.promise.catch(() => {});
  }

  /** Ends the run for the user; what still waits is stopped when it goes on. */
  interrupt(): void {
    this.environment.turn++;
    this.#interrupted.reject(new KeyboardInterrupt());
  }

  async outcome(): Promise<Outcome> {
    const { environment, order } = this;
    try {
      const result = await Promise.race([this.#execute(), this.#interrupted.promise]);
      return { status: "ok", result, expressions: await evaluate(order.expressions, environment) };
    } catch (thrown) {
      resetContexts();
      const error = report(asInterrupt(thrown), environment.sources);
      return { status: "error", error, unset: this.#unset() };
    }
  }

  #unset(): string[] {
    const { scope } = this.environment;
    const isUnset = (name: string) =>
      !(name in scope) || (this.#before.has(name) && Object.is(this.#before.get(name), scope[name]));
    return (this.order.cell?.variables ?? []).filter(isUnset);
  }

  /** Begins in a turn of its own, so that a termination does not strike the loop that receives messages. */
  async #execute(): Promise<MimeBundle | null> {
    await new Promise((resolve) => setImmediate(resolve));
    const { cell, count } = this.order;
    if (!cell) return null;
    const { environment } = this;
    await environment.imports.renew(environment.scope);
    const filename = environment.sources.add(cell, count);
    const script = new vm.Script(cell.js, {
      filename,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    const run = script.runInThisContext() as CellFunction;
    const runtime = runtimeOf(environment, count);
    Object.assign(globalThis, { [entry]: () => run(environment.scope, runtime) });
    await (enter.runInThisContext({ breakOnSigint: true }) as Promise<void>);
    const left = closeContexts();
    if (left) throw left;
    await Promise.all(this.pending);
    const { result } = runtime;
    return result === undefined || result instanceof DisplayHandle ? null : await format(result);
  }
}

/** What compiled cells call. */
function runtimeOf(environment: Environment, count: number) {
  return {
    result: undefined as unknown,
    /** As the user's lines name it. */
    cell: `In[${count}]`,
    import: environment.imports.import,
    meta: environment.meta,
    either,
    get turn() {
      return environment.turn;
    },
    /** The value of an await, unless the user stopped the kernel while it waited. */
    resumed<T>(turn: number, value: T): T {
      if (turn !== environment.turn) throw new KeyboardInterrupt();
      return value;
    },
  };
}

/** The library may notice an interrupt before its message is here, and says so in words of its own. */
function asInterrupt(thrown: unknown): unknown {
  const { code, isInterrupt } = (thrown ?? {}) as { readonly code?: unknown; readonly isInterrupt?: unknown };
  return code === "ERR_SCRIPT_EXECUTION_INTERRUPTED" || isInterrupt === true
    ? new KeyboardInterrupt()
    : thrown;
}
