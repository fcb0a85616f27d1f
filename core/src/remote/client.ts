/** Requests to a service: each is repeated while the connection fails, as none does anything twice. */
import { createParser } from "eventsource-parser";
import { RemoteError } from "../base/errors.ts";
import { type Answer, ask } from "../load/http.ts";
import type { Address } from "./address.ts";
import {
  type JobEvent,
  type JobState,
  type ModelState,
  mediaType,
  type Problem,
  type SubmissionLimits,
  terminal,
} from "./protocol.ts";

/** Waits between tries, in milliseconds: together about ten seconds. */
const waits = [50, 100, 200, 400, 800, 1600, 3000, 4000];

/** A job that was submitted, and a service that is there but not well, are waited for longer: about a minute. */
const patience = [...waits, ...Array<number>(12).fill(4000)];

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const limits = new Map<string, Promise<SubmissionLimits | undefined>>();

export class Client {
  constructor(readonly address: Address) {}

  /** Gives the answer for `events`. @throws RemoteError when the job is refused */
  submit(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<Answer> {
    return this.#ask("PUT", `/v1/jobs/${id}`, bytes, { accept: `${eventStream}, application/json` });
  }

  /** How large a submission may be; asked once. Nothing from a service of before these were told. */
  limits(): Promise<SubmissionLimits | undefined> {
    const { host, key } = this.address;
    const known = limits.get(host + key);
    if (known) return known;
    const told = this.#json<SubmissionLimits>("GET", "/v1/limits").catch((error: unknown) => {
      limits.delete(host + key);
      if (error instanceof RemoteError && error.reason === "NO_ROUTE") return undefined;
      throw error;
    });
    limits.set(host + key, told);
    return told;
  }

  async job(id: string): Promise<JobState> {
    return this.#json("GET", `/v1/jobs/${id}`);
  }

  async cancel(id: string): Promise<void> {
    await this.#json("DELETE", `/v1/jobs/${id}`);
  }

  async models(): Promise<readonly ModelState[]> {
    const { models } = await this.#json<{ readonly models: readonly ModelState[] }>("GET", "/v1/models");
    return models;
  }

  /**
   * The history of a job to its end; a stream that is cut is taken up again.
   * @param answer of `submit`, where a service of today begins with it
   */
  async *events(id: string, answer?: Answer): AsyncGenerator<JobEvent> {
    let last = 0;
    let failed = 0;
    let first = isStream(answer) ? answer : undefined;
    if (answer && !first) answer.leave();
    for (;;) {
      try {
        const since = { "last-event-id": String(last) };
        const stream = first ?? (await this.#ask("GET", `/v1/jobs/${id}/events`, undefined, since));
        first = undefined;
        for await (const event of eventsIn(stream.parts)) {
          if (event.seq <= last) continue;
          last = event.seq;
          failed = 0;
          yield event;
          if (terminal.has(event.status)) {
            stream.leave();
            return;
          }
        }
      } catch (error) {
        if (error instanceof RemoteError || failed >= patience.length) throw error;
      }
      await wait(patience[Math.min(failed++, patience.length - 1)]!);
    }
  }

  /** The result's bytes; what was cut off is fetched again from there. */
  async result(id: string, onBytes: (done: number, total: number) => void): Promise<Uint8Array> {
    let whole: Uint8Array | undefined;
    let done = 0;
    let tag = "";
    for (let failed = 0; ; ) {
      try {
        const range = done ? { range: `bytes=${done}-`, "if-range": tag } : {};
        const answer = await this.#ask("GET", `/v1/jobs/${id}/result`, undefined, range);
        if (answer.status === 200) done = 0;
        tag = answer.header("etag") ?? "";
        const total = (whole ??= new Uint8Array(Number(answer.header("content-length")))).length;
        await answer.into(whole.subarray(done), (bytes) => onBytes((done += bytes), total));
        if (done === total) return whole;
      } catch (error) {
        if (error instanceof RemoteError || failed >= patience.length) throw error;
      }
      await wait(patience[Math.min(failed++, patience.length - 1)]!);
    }
  }

  async #json<T>(method: string, path: string): Promise<T> {
    return (await (await this.#ask(method, path)).json()) as T;
  }

  async #ask(
    method: string,
    path: string,
    body?: Uint8Array<ArrayBuffer>,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const { host, key } = this.address;
    const headers = { authorization: `Bearer ${key}`, ...(body && { "content-type": mediaType }), ...more };
    for (let failed = 0; ; failed++) {
      let problem: unknown;
      try {
        const answer = await ask(method, host + path, headers, body);
        if (answer.status < 300) return answer;
        const refused = await refusal(answer);
        if (answer.status !== 503 || failed >= patience.length) throw refused;
      } catch (error) {
        if (error instanceof RemoteError) throw error;
        problem = error;
      }
      const most = !body && path.startsWith("/v1/jobs/") ? patience : waits;
      if (problem && (failed >= most.length || isWrong(problem)))
        throw new RemoteError(
          `the service at ${host} cannot be reached (${reasonOf(problem)}). Is it running, and is NNSIGHT_HOST right?`,
          "UNREACHABLE",
          { cause: problem },
        );
      await wait(patience[failed]!);
    }
  }
}

const eventStream = "text/event-stream";

const isStream = (answer: Answer | undefined): boolean =>
  answer?.header("content-type")?.startsWith(eventStream) ?? false;

/** The events of one stream, as they come. */
async function* eventsIn(parts: AsyncIterable<Uint8Array>): AsyncGenerator<JobEvent> {
  const heard: JobEvent[] = [];
  const parser = createParser({ onEvent: ({ data }) => void heard.push(JSON.parse(data) as JobEvent) });
  const decoder = new TextDecoder();
  for await (const part of parts) {
    parser.feed(decoder.decode(part, { stream: true }));
    yield* heard.splice(0);
  }
}

/** Whether trying again cannot help: the address itself is none. */
const isWrong = (error: unknown): boolean =>
  error instanceof Error && /^ERR_INVALID_(URL|PROTOCOL)$/.test((error as { code?: string }).code ?? "");

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message || String((error as { code?: string }).code) : "no answer";

async function refusal(answer: Answer): Promise<RemoteError> {
  const said = (await answer.json().catch(() => undefined)) as { readonly error?: Problem } | undefined;
  const elsewhere = answer.header("location");
  const {
    reason = `HTTP_${answer.status}`,
    message = `the service answered ${answer.status}${elsewhere ? `: it is at ${elsewhere}` : ""}.`,
  } = said?.error ?? {};
  return new RemoteError(message, reason);
}
