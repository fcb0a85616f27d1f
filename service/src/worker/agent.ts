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
}

interface Leased {
  readonly id: string;
  readonly job: string;
  readonly model: string;
  readonly attempt: number;
  /** Milliseconds between beats. */
  readonly beat: number;
  readonly program: Uint8Array;
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
    this.#options = { seconds: 60, memory: 8 * 2 ** 30, admission: {}, ...options };
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
    if (response.headers.get("x-order") === "drain") {
      this.#options.log.info("told to end: no more jobs are taken");
      this.stop();
    }
    if (response.status === 204) return undefined;
    const lease = JSON.parse(response.headers.get("x-lease") ?? "") as Omit<Leased, "program">;
    return { ...lease, program: new Uint8Array(await response.arrayBuffer()) };
  }

  async #run(cell: Cell, lease: Leased): Promise<void> {
    const { log, seconds } = this.#options;
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
    const ending = [setTimeout(() => stop("TIME_LIMIT"), seconds * 1000)];
    const beats = setInterval(speak, lease.beat);
    let ran: Ran;
    try {
      ran = await cell.run(lease.id, lease.program, note);
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
    if (reason === "LOST" || (ran.kind === "died" && ran.by === "STOPPED")) return;
    while (lines.length) await this.#again(say);
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
    const end =
      ran.kind === "done"
        ? { status: "COMPLETED" }
        : reason === "CANCELLED"
          ? { status: "CANCELLED" }
          : { status: "ERROR", problem: this.#problem(reason, ran) };
    const bytes = "bytes" in ran && ran.bytes ? Uint8Array.from(ran.bytes) : new Uint8Array();
    const said = encodeURIComponent(JSON.stringify(end));
    await this.#send("PUT", `${path}/end`, bytes, mediaType, undefined, { "x-end": said });
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
    body?: string | Uint8Array<ArrayBuffer>,
    type?: string,
    signal?: AbortSignal,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const { server, token } = this.#options;
    const response = await fetch(server + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(type && { "content-type": type }), ...more },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
    if (response.ok) return response;
    throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
  }
}
