/** How a worker asks its broker. */
import { openAsBlob } from "node:fs";
import { mediaType } from "nnsight-ts/remote";
import type { Ending, LeaseQuestion, PlaceQuestion } from "../broker/desk.ts";
import type { Orders } from "../broker/placement.ts";
import type { Order } from "../store/store.ts";
import type { Bytes } from "./messages.ts";

/** What a broker has handed out to be run. */
export interface Leased {
  readonly id: string;
  readonly job: string;
  readonly model: string;
  readonly attempt: number;
  /** Milliseconds between beats. */
  readonly beat: number;
  readonly program: Uint8Array<ArrayBuffer>;
}

/** Each throws an Error when the broker does not answer, or with none. */
export interface Line {
  /** The jobs that it is given, and whether it is to end. */
  lease(question: LeaseQuestion): Promise<{ readonly leases: readonly Leased[]; readonly drained: boolean }>;
  beat(lease: Leased, lines: readonly string[]): Promise<Order>;
  end(lease: Leased, end: Ending, made: Bytes): Promise<void>;
  /** Gives it back as it was. */
  release(lease: Leased): Promise<void>;
  place(said: PlaceQuestion): Promise<Orders & { readonly drained: boolean }>;
  /** Ends the questions that wait for something new; what is given back still goes through. */
  hangUp(): void;
}

export interface Route {
  readonly server: string;
  readonly token: string;
}

export class HttpLine implements Line {
  readonly #route: Route;
  readonly #abort = new AbortController();

  constructor(route: Route) {
    this.#route = route;
  }

  hangUp(): void {
    this.#abort.abort();
  }

  async lease(question: LeaseQuestion) {
    const response = await this.#post("/v1/leases", question, true);
    const drained = isDrained(response);
    if (response.status === 204) return { leases: [], drained };
    const said = JSON.parse(response.headers.get("x-leases") ?? "") as (Leased & { bytes: number })[];
    const programs = new Uint8Array(await response.arrayBuffer());
    let at = 0;
    const leases = said.map((one) => ({ ...one, program: programs.subarray(at, (at += one.bytes)) }));
    return { leases, drained };
  }

  async beat({ id }: Leased, lines: readonly string[]): Promise<Order> {
    const response = await this.#post(`/v1/leases/${id}/beat`, { lines });
    return ((await response.json()) as { readonly order: Order }).order;
  }

  async end({ id }: Leased, end: Ending, made: Bytes): Promise<void> {
    const body = typeof made === "string" ? await openAsBlob(made) : made;
    const size = body instanceof Uint8Array ? body.length : body.size;
    const headers = { "x-end": encodeURIComponent(JSON.stringify(end)), "x-bytes": String(size) };
    await this.#send("PUT", `/v1/leases/${id}/end`, {
      body,
      headers: { "content-type": mediaType, ...headers },
    });
  }

  async release({ id }: Leased): Promise<void> {
    await this.#post(`/v1/leases/${id}/release`, {});
  }

  async place(said: PlaceQuestion) {
    const response = await this.#post("/v1/placement", said, true);
    return { ...((await response.json()) as Orders), drained: isDrained(response) };
  }

  /** @param waits whether it ends when the line is hung up */
  #post(path: string, said: object, waits = false): Promise<Response> {
    const headers = { "content-type": "application/json" };
    const signal = waits ? { signal: this.#abort.signal } : {};
    return this.#send("POST", path, { body: JSON.stringify(said), headers, ...signal });
  }

  async #send(method: string, path: string, { headers, ...rest }: RequestInit): Promise<Response> {
    const { server, token } = this.#route;
    const authorization = `Bearer ${token}`;
    const response = await fetch(server + path, { method, headers: { authorization, ...headers }, ...rest });
    if (response.ok) return response;
    throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
  }
}

const isDrained = ({ headers }: Response): boolean => headers.get("x-order") === "drain";

/** Tries until the broker answers, as what was made is worth it: with waits of a tenth to five seconds, about ten in all. */
export async function again(act: () => Promise<void>): Promise<void> {
  for (let wait = 100; ; wait = Math.min(5000, wait * 2))
    try {
      await act();
      return;
    } catch (error) {
      if (wait >= 5000) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
}
