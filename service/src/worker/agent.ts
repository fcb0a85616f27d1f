/** Takes jobs from a broker when it can run one, has its children run them, and gives back what they made. */
import { openAsBlob } from "node:fs";
import { type Admission, defaultAdmission, mediaType, type Problem } from "nnsight-ts/remote";
import type { Logger } from "pino";
import { Cell, type CellOptions, discard, type Ran } from "./cell.ts";

export interface AgentOptions {
  readonly name: string;
  readonly server: string;
  readonly token: string;
  readonly models: readonly string[];
  readonly log: Logger;
  /** Seconds that a job may run. Default 60. */
  readonly seconds?: number;
  /** Bytes of memory of a child. Default 8 GiB. */
  readonly memory?: number;
  /** Whether a child keeps no more than one packed copy of its weights. Default false. */
  readonly lean?: boolean;
  readonly admission?: Partial<Admission>;
  /** How the broker is asked; by itself when both are in one process. Default `fetch`. */
  readonly ask?: (request: Request) => Promise<Response>;
  /** Models that are loaded when somebody waits for them, within so many bytes together with `models`, which stay. */
  readonly may?: { readonly models: readonly string[]; readonly room: number };
}

interface Leased {
  readonly id: string;
  readonly job: string;
  readonly model: string;
  readonly attempt: number;
  /** Milliseconds between beats. */
  readonly beat: number;
  readonly program: Uint8Array<ArrayBuffer>;
}

/** How long a child may take from the word to stop until it is killed. */
const grace = 5000;

const never = new Promise<never>(() => undefined);

export class Agent {
  readonly #options: Required<AgentOptions>;
  readonly #cells = new Map<string, Cell>();
  readonly #serving = new Set<Promise<void>>();
  readonly #limits: CellOptions;
  readonly #abort = new AbortController();
  #stopping = false;

  constructor(options: AgentOptions) {
    const limits = { ...defaultAdmission, ...options.admission };
    const may = { models: [], room: 0 };
    this.#options = {
      seconds: 60,
      memory: 8 * 2 ** 30,
      lean: false,
      admission: {},
      ask: fetch,
      may,
      ...options,
    };
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
    const { name: worker, models, may, log } = this.#options;
    const warm = new Set<string>();
    let loading: Promise<unknown> | undefined;
    let coming: string[] = [];
    while (!this.#stopping) {
      try {
        const held = [...this.#cells.values()]
          .filter(({ model }) => !coming.includes(model))
          .map((cell) => ({ model: cell.model, ...cell.use, kept: models.includes(cell.model) }));
        const said = { worker, held, loading: coming, warm: [...warm], may: may.models, room: may.room };
        const answer = await this.#post("/v1/placement", JSON.stringify(said), this.#abort.signal);
        if (answer.headers.get("x-order") === "drain") this.stop();
        const { load, evict } = (await answer.json()) as { readonly load?: string; readonly evict: string[] };
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
    this.#abort.abort();
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
          const run = this.#run(cell, lease)
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

  async #ask(model: string, most: number, wait: number): Promise<Leased[]> {
    const holds = [...this.#cells.keys()];
    // One that may go looks up often enough to go soon.
    const short = this.#options.may.models.includes(model) ? Math.min(wait, 2000) : wait;
    const body = JSON.stringify({ worker: this.#options.name, models: [model], holds, wait: short, most });
    const response = await this.#post("/v1/leases", body, this.#abort.signal);
    if (response.headers.get("x-order") === "drain") {
      this.#options.log.info("told to end: no more jobs are taken");
      this.stop();
    }
    if (response.status === 204) return [];
    const leases = JSON.parse(response.headers.get("x-leases") ?? "") as (Leased & { bytes: number })[];
    const programs = new Uint8Array(await response.arrayBuffer());
    let at = 0;
    return leases.map((lease) => ({ ...lease, program: programs.subarray(at, (at += lease.bytes)) }));
  }

  async #run(cell: Cell, lease: Leased): Promise<void> {
    const { log, seconds } = this.#options;
    const path = `/v1/leases/${lease.id}`;
    const lines: string[] = [];
    let reason: "TIME_LIMIT" | "CANCELLED" | "LOST" | undefined;
    const stop = (why: typeof reason): void => {
      if (reason) return;
      reason = why;
      cell.stop(lease.id);
      ending.push(setTimeout(() => cell.kill(why!, lease.id), grace));
    };
    const say = async (): Promise<void> => {
      const said = lines.splice(0, 500);
      try {
        const response = await this.#post(`${path}/beat`, JSON.stringify({ lines: said }));
        const { order } = (await response.json()) as { readonly order: string };
        if (order === "cancel") stop("CANCELLED");
        if (order === "lost") stop("LOST");
      } catch (error) {
        lines.unshift(...said);
        throw error;
      }
    };
    // One after the other, so that lines keep their order.
    let saying = Promise.resolve();
    const speak = (): void => {
      saying = saying.then(say).catch((error) => log.warn({ error: String(error) }, "no beat"));
    };
    let soon: NodeJS.Timeout | undefined;
    const note = (line: string): void => {
      lines.push(line);
      soon ??= setTimeout(() => {
        soon = undefined;
        speak();
      }, 30);
    };
    const ending: NodeJS.Timeout[] = [];
    let since = 0;
    const begun = (): void => {
      since = performance.now();
      ending.push(setTimeout(() => stop("TIME_LIMIT"), seconds * 1000));
    };
    const beats = setInterval(speak, lease.beat);
    let ran: Ran;
    try {
      ran = await cell.run(lease.id, lease.program, { log: note, begun });
    } catch (error) {
      ran = {
        kind: "failed",
        problem: {
          code: "REMOTE",
          reason: "LOADING",
          message: `the model cannot be opened: ${error instanceof Error ? error.message : error}`,
        },
      };
    } finally {
      clearInterval(beats);
      clearTimeout(soon);
      await saying;
      for (const timer of ending) clearTimeout(timer);
    }
    const ended = performance.now();
    if (reason === "LOST" || (ran.kind === "died" && ran.by === "STOPPED")) return await discard(ran);
    while (lines.length) await this.#again(say);
    if (ran.kind === "died") log.warn({ job: lease.job, by: ran.by }, "a child died");
    const again = ran.kind === "died" && !reason && ran.by !== "MEMORY_LIMIT";
    // The lease runs out; the next try may be elsewhere, and after some the broker ends the job.
    if (again) return;
    const why = reason === "CANCELLED" || reason === "TIME_LIMIT" ? reason : undefined;
    const took = since ? (ended - since) / 1000 : 0;
    await this.#again(() => this.#end(path, why, ran, took)).finally(() => discard(ran));
    log.info({ job: lease.job, attempt: lease.attempt, reason }, ran.kind);
  }

  async #end(
    path: string,
    reason: "CANCELLED" | "TIME_LIMIT" | undefined,
    ran: Ran,
    seconds: number,
  ): Promise<void> {
    const end =
      ran.kind === "done"
        ? { status: "COMPLETED" }
        : reason === "CANCELLED"
          ? { status: "CANCELLED" }
          : { status: "ERROR", problem: this.#problem(reason, ran) };
    const made = ran.kind === "died" ? undefined : ran.made;
    const body = typeof made === "string" ? await openAsBlob(made) : (made ?? new Uint8Array());
    const size = body instanceof Uint8Array ? body.length : body.size;
    const said = encodeURIComponent(JSON.stringify({ ...end, seconds }));
    const more = { "x-end": said, "x-bytes": String(size) };
    await this.#send("PUT", `${path}/end`, body, mediaType, undefined, more);
  }

  #problem(reason: string | undefined, ran: Ran): Problem {
    const { seconds, memory } = this.#options;
    if (reason === "TIME_LIMIT")
      return {
        code: "REMOTE",
        reason,
        message: `the job ran longer than ${seconds} seconds, which is the limit. Run it in parts.`,
      };
    if (ran.kind === "failed") return ran.problem;
    return {
      code: "REMOTE",
      reason: "MEMORY_LIMIT",
      message: `the job took more than ${(memory / 2 ** 30).toFixed(1)} GiB of memory, which is the limit. Save less, or use fewer prompts at once.`,
    };
  }

  /** Tries until the broker answers, as what was made is worth it; settling twice does nothing. */
  async #again(act: () => Promise<void>): Promise<void> {
    for (let wait = 100; ; wait = Math.min(5000, wait * 2))
      try {
        await act();
        return;
      } catch (error) {
        if (wait >= 5000) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
  }

  #post(path: string, body: string, signal?: AbortSignal): Promise<Response> {
    return this.#send("POST", path, body, "application/json", signal);
  }

  async #send(
    method: string,
    path: string,
    body?: string | Blob | Uint8Array<ArrayBuffer>,
    type?: string,
    signal?: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const { server, token, ask } = this.#options;
    const request = new Request(server + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(type && { "content-type": type }), ...more },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
    const response = await ask(request);
    if (response.ok) return response;
    throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
  }
}
