/** Takes jobs from a broker when it can run one, has its children run them, and gives back what they made. */
import { type Admission, defaultAdmission } from "nnsight-ts/remote";
import type { Logger } from "pino";
import { Cell, type CellOptions } from "./cell.ts";
import { runLease } from "./errand.ts";
import type { Leased, Line } from "./line.ts";

export interface AgentOptions {
  readonly line: Line;
  readonly name: string;
  readonly models: readonly string[];
  readonly log: Logger;
  /** Seconds that a job may run. Default 60. */
  readonly seconds?: number;
  /** Bytes of memory of a child. Default 8 GiB. */
  readonly memory?: number;
  /** Whether a child keeps no more than one packed copy of its weights. Default false. */
  readonly lean?: boolean;
  readonly admission?: Partial<Admission>;
  /** Models that are loaded when somebody waits for them, within so many bytes together with `models`, which stay. */
  readonly may?: { readonly models: readonly string[]; readonly room: number };
}

const never = new Promise<never>(() => undefined);

export class Agent {
  readonly #options: Required<AgentOptions>;
  readonly #cells = new Map<string, Cell>();
  readonly #serving = new Set<Promise<void>>();
  readonly #limits: CellOptions;
  #stopping = false;

  constructor(options: AgentOptions) {
    const limits = { ...defaultAdmission, ...options.admission };
    const may = { models: [], room: 0 };
    this.#options = { seconds: 60, memory: 8 * 2 ** 30, lean: false, admission: {}, may, ...options };
    this.#limits = { limits, memory: this.#options.memory, lean: this.#options.lean };
    for (const model of options.models) this.#cells.set(model, new Cell(model, this.#limits));
  }

  /** Opens the models. @throws Error when one cannot be */
  async load(): Promise<void> {
    await Promise.all([...this.#cells.values()].map((cell) => cell.load()));
  }

  /** Works until it is told to stop. Each model runs one job at a time. */
  async work(): Promise<void> {
    for (const cell of this.#cells.values()) this.#begin(cell);
    if (this.#options.may.models.length) this.#keep(this.#place());
    while (this.#serving.size) await Promise.all(this.#serving);
  }

  #begin(cell: Cell): void {
    this.#keep(this.#serve(cell));
  }

  #keep(work: Promise<void>): void {
    const kept = work.finally(() => this.#serving.delete(kept));
    this.#serving.add(kept);
  }

  /** Asks, each second, what it is to hold. */
  async #place(): Promise<void> {
    const { line, name: worker, models, may, log } = this.#options;
    const warm = new Set<string>();
    let loading: Promise<unknown> | undefined;
    let coming: string[] = [];
    while (!this.#stopping) {
      try {
        const held = [...this.#cells.values()]
          .filter(({ model }) => !coming.includes(model))
          .map((cell) => ({ model: cell.model, ...cell.use, kept: models.includes(cell.model) }));
        const said = {
          ...{ worker, held, loading: coming, warm: [...warm] },
          ...{ may: [...may.models], room: may.room },
        };
        const { load, evict, drained } = await line.place(said);
        if (drained) this.stop();
        for (const model of evict) {
          log.info({ model }, "makes room");
          this.#cells.get(model)?.leave();
          this.#cells.delete(model);
          warm.add(model);
        }
        if (load && !loading) {
          const cell = new Cell(load, this.#limits);
          coming = [load];
          log.info({ model: load }, "loads");
          loading = cell
            .load()
            .then(() => {
              this.#cells.set(load, cell);
              warm.delete(load);
              if (!this.#stopping) this.#begin(cell);
            })
            .catch((error) => log.warn({ model: load, error: String(error) }, "a model cannot be opened"))
            .finally(() => {
              loading = undefined;
              coming = [];
            });
        }
      } catch (error) {
        if (!this.#stopping) log.warn({ error: String(error) }, "the broker does not answer");
      }
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 1000)), loading ?? never]);
    }
    await loading;
  }

  /** Takes no more jobs; the ones that run end, unless `now`. */
  stop(now = false): void {
    this.#stopping = true;
    this.#options.line.hangUp();
    if (now) this.kill();
  }

  /** Ends the children. */
  kill(): void {
    for (const cell of this.#cells.values()) cell.close();
  }

  async #serve(cell: Cell): Promise<void> {
    let quiet = 100;
    const running = new Set<Promise<void>>();
    while (!this.#stopping && !cell.left)
      try {
        const room = cell.ahead - running.size;
        // While something runs only what waits already is taken, so that nothing waits here behind a long run.
        const leases = room > 0 ? await this.#ask(cell.model, room, running.size ? 0 : 20_000) : [];
        quiet = 100;
        for (const lease of leases) {
          const run = runLease(cell, lease, this.#options)
            .catch((error) =>
              this.#options.log.warn({ job: lease.job, error: String(error) }, "a job was lost"),
            )
            .finally(() => running.delete(run));
          running.add(run);
        }
        if (running.size && leases.length < Math.max(1, room)) await Promise.race(running);
      } catch (error) {
        if (this.#stopping) break;
        this.#options.log.warn({ model: cell.model, error: String(error) }, "the broker does not answer");
        await new Promise((resolve) => setTimeout(resolve, quiet));
        quiet = Math.min(5000, quiet * 2);
      }
    await Promise.all(running);
    if (cell.left) cell.close();
  }

  async #ask(model: string, most: number, wait: number): Promise<readonly Leased[]> {
    const { name, may, log } = this.#options;
    const holds = [...this.#cells.keys()];
    // One that may go looks up often enough to go soon.
    const short = may.models.includes(model) ? Math.min(wait, 2000) : wait;
    const question = { worker: name, models: [model], holds, wait: short, most };
    const { leases, drained } = await this.#options.line.lease(question);
    if (drained) {
      log.info("told to end: no more jobs are taken");
      this.stop();
    }
    return leases;
  }
}
