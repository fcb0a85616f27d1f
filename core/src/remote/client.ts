/** Requests to a service: each is repeated while the connection fails, as none does anything twice. */
import { createParser } from "eventsource-parser";
import { RemoteError } from "../base/errors.ts";
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
  submit(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<Response> {
    return this.#fetch("PUT", `/v1/jobs/${id}`, bytes, { accept: `${eventStream}, application/json` });
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
  async *events(id: string, answer?: Response): AsyncGenerator<JobEvent> {
    let last = 0;
    let failed = 0;
    let first = isStream(answer) ? answer : undefined;
    if (answer && !first) await answer.body?.cancel();
    for (;;) {
      try {
        const since = { "last-event-id": String(last) };
        const response = first ?? (await this.#fetch("GET", `/v1/jobs/${id}/events`, undefined, since));
        first = undefined;
        for await (const event of eventsIn(response)) {
          if (event.seq <= last) continue;
          last = event.seq;
          failed = 0;
          yield event;
          if (terminal.has(event.status)) return;
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
        const response = await this.#fetch("GET", `/v1/jobs/${id}/result`, undefined, range);
        if (response.status === 200) done = 0;
        tag = response.headers.get("etag") ?? "";
        whole ??= new Uint8Array(Number(response.headers.get("content-length")));
        for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
          whole.set(part, done);
          done += part.length;
          onBytes(done, whole.length);
        }
        if (done === whole.length) return whole;
      } catch (error) {
        if (error instanceof RemoteError || failed >= patience.length) throw error;
      }
      await wait(patience[Math.min(failed++, patience.length - 1)]!);
    }
  }

  async #json<T>(method: string, path: string, body?: Uint8Array<ArrayBuffer>): Promise<T> {
    return (await (await this.#fetch(method, path, body)).json()) as T;
  }

  async #fetch(
    method: string,
    path: string,
    body?: Uint8Array<ArrayBuffer>,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const { host, key } = this.address;
    const headers = { authorization: `Bearer ${key}`, ...(body && { "content-type": mediaType }), ...more };
    for (let failed = 0; ; failed++) {
      let problem: unknown;
      try {
        const response = await fetch(host + path, { method, headers, ...(body && { body }) });
        if (response.ok) return response;
        const refused = await refusal(response);
        if (response.status !== 503 || failed >= patience.length) throw refused;
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

const isStream = (answer: Response | undefined): boolean =>
  answer?.headers.get("content-type")?.startsWith(eventStream) ?? false;

/** The events of one stream, as they come. */
async function* eventsIn({ body }: Response): AsyncGenerator<JobEvent> {
  const heard: JobEvent[] = [];
  const parser = createParser({ onEvent: ({ data }) => void heard.push(JSON.parse(data) as JobEvent) });
  const decoder = new TextDecoder();
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    parser.feed(decoder.decode(part, { stream: true }));
    yield* heard.splice(0);
  }
}

/** Whether trying again cannot help: the address itself is none. */
const isWrong = (error: unknown): boolean =>
  error instanceof Error && /parse URL|Invalid URL|unknown scheme/.test(error.message);

function reasonOf(error: unknown): string {
  const { cause, message } = error instanceof Error ? error : new Error("no answer");
  return cause instanceof Error ? cause.message || String((cause as { code?: string }).code) : message;
}

async function refusal(response: Response): Promise<RemoteError> {
  const said = (await response.json().catch(() => undefined)) as { readonly error?: Problem } | undefined;
  const { reason = `HTTP_${response.status}`, message = `the service answered ${response.status}.` } =
    said?.error ?? {};
  return new RemoteError(message, reason);
}
