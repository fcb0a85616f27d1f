/** Takes jobs from a broker when it can run one, has its children run them, and gives back what they made. */
import { type Admission, defaultAdmission, mediaType, type Problem } from "nnsight-ts/remote";
import type { Logger } from "pino";
import { Cell, type Ran } from "./cell.ts";

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
  readonly admission?: Partial<Admission>;
  /** Milliseconds between beats. Default 2000. */
  readonly beat?: number;
}

interface Leased {
  readonly id: string;
  readonly job: string;
  readonly model: string;
  readonly attempt: number;
}

/** How long a child may take from the word to stop until it is killed. */
const grace = 5000;

export class Agent {
  readonly #options: Required<AgentOptions>;
  readonly #cells: ReadonlyMap<string, Cell>;
  readonly #abort = new AbortController();
  #stopping = false;

  constructor(options: AgentOptions) {
    const limits = { ...defaultAdmission, ...options.admission };
    this.#options = { seconds: 60, memory: 8 * 2 ** 30, admission: {}, beat: 2000, ...options };
    const { memory } = this.#options;
    this.#cells = new Map(options.models.map((model) => [model, new Cell(model, { limits, memory })]));
  }

  /** Opens the models. @throws Error when one cannot be */
  async load(): Promise<void> {
    await Promise.all([...this.#cells.values()].map((cell) => cell.load()));
  }

  /** Works until it is told to stop. Each model runs one job at a time. */
  async work(): Promise<void> {
    await Promise.all([...this.#cells.values()].map((cell) => this.#serve(cell)));
  }

  /** Takes no more jobs; the ones that run end, unless `now`. */
  stop(now = false): void {
    this.#stopping = true;
    this.#abort.abort();
    if (now) this.kill();
  }

  /** Ends the children. */
  kill(): void {
    for (const cell of this.#cells.values()) cell.kill("STOPPED");
  }

  async #serve(cell: Cell): Promise<void> {
    let quiet = 100;
    while (!this.#stopping)
      try {
        const lease = await this.#ask(cell.model);
        quiet = 100;
        if (lease) await this.#run(cell, lease);
      } catch (error) {
        if (this.#stopping) return;
        this.#options.log.warn({ model: cell.model, error: String(error) }, "the broker does not answer");
        await new Promise((resolve) => setTimeout(resolve, quiet));
        quiet = Math.min(5000, quiet * 2);
      }
  }

  async #ask(model: string): Promise<Leased | undefined> {
    const body = JSON.stringify({ worker: this.#options.name, models: [model], wait: 20_000 });
    const response = await this.#post("/v1/leases", body, this.#abort.signal);
    return response.status === 204 ? undefined : ((await response.json()) as Leased);
  }

  async #run(cell: Cell, lease: Leased): Promise<void> {
    const { log, seconds, beat } = this.#options;
    const path = `/v1/leases/${lease.id}`;
    const lines: string[] = [];
    let reason: "TIME_LIMIT" | "CANCELLED" | "LOST" | undefined;
    const stop = (why: typeof reason): void => {
      if (reason) return;
      reason = why;
      cell.stop();
      ending.push(setTimeout(() => cell.kill(why!), grace));
    };
    const say = async (): Promise<void> => {
      const said = lines.splice(0);
      const response = await this.#post(`${path}/beat`, JSON.stringify({ lines: said }));
      const { order } = (await response.json()) as { readonly order: string };
      if (order === "cancel") stop("CANCELLED");
      if (order === "lost") stop("LOST");
    };
    const ending = [setTimeout(() => stop("TIME_LIMIT"), seconds * 1000)];
    const beats = setInterval(
      () => void say().catch((error) => log.warn({ error: String(error) }, "no beat")),
      beat,
    );
    let ran: Ran;
    try {
      const program = await this.#get(`${path}/program`);
      ran = await cell.run(lease.id, program, (line) => void lines.push(line));
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
      for (const timer of ending) clearTimeout(timer);
    }
    if (reason === "LOST" || (ran.kind === "died" && ran.by === "STOPPED")) return;
    if (lines.length) await this.#again(say);
    if (ran.kind === "died") log.warn({ job: lease.job, by: ran.by }, "a child died");
    const again = ran.kind === "died" && !reason && ran.by !== "MEMORY_LIMIT";
    // The lease runs out; the next try may be elsewhere, and after some the broker ends the job.
    if (again) return;
    await this.#again(() =>
      this.#end(path, reason === "CANCELLED" || reason === "TIME_LIMIT" ? reason : undefined, ran),
    );
    log.info({ job: lease.job, attempt: lease.attempt, reason }, ran.kind);
  }

  async #end(path: string, reason: "CANCELLED" | "TIME_LIMIT" | undefined, ran: Ran): Promise<void> {
    const bytes = "bytes" in ran ? ran.bytes : undefined;
    const result =
      bytes && (await (await this.#send("PUT", `${path}/result`, Uint8Array.from(bytes), mediaType)).json());
    const end =
      ran.kind === "done"
        ? { status: "COMPLETED" }
        : reason === "CANCELLED"
          ? { status: "CANCELLED" }
          : { status: "ERROR", problem: this.#problem(reason, ran) };
    await this.#post(`${path}/end`, JSON.stringify({ ...end, ...(result ? { result } : {}) }));
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

  async #get(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#send("GET", path)).arrayBuffer());
  }

  #post(path: string, body: string, signal?: AbortSignal): Promise<Response> {
    return this.#send("POST", path, body, "application/json", signal);
  }

  async #send(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    type?: string,
    signal?: AbortSignal,
  ): Promise<Response> {
    const { server, token } = this.#options;
    const response = await fetch(server + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(type && { "content-type": type }) },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
    if (response.ok) return response;
    throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
  }
}
