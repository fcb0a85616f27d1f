/** How a worker asks its broker. */
export interface LineOptions {
  readonly server: string;
  readonly token: string;
  /** By itself when both are in one process. Default `fetch`. */
  readonly ask?: (request: Request) => Promise<Response>;
}

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

interface Sent {
  readonly body?: string | Blob | Uint8Array<ArrayBuffer>;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Line {
  readonly #options: Required<LineOptions>;
  readonly #abort = new AbortController();

  constructor({ server, token, ask = fetch }: LineOptions) {
    this.#options = { server, token, ask };
  }

  /** Ends the questions that wait for something new; what is given back still goes through. */
  hangUp(): void {
    this.#abort.abort();
  }

  /** The jobs that it is given, and whether it is to end. @throws Error when the broker does not answer */
  async lease(question: object): Promise<{ readonly leases: readonly Leased[]; readonly drained: boolean }> {
    const response = await this.post("/v1/leases", question, true);
    const drained = response.headers.get("x-order") === "drain";
    if (response.status === 204) return { leases: [], drained };
    const said = JSON.parse(response.headers.get("x-leases") ?? "") as (Leased & { bytes: number })[];
    const programs = new Uint8Array(await response.arrayBuffer());
    let at = 0;
    const leases = said.map((one) => ({ ...one, program: programs.subarray(at, (at += one.bytes)) }));
    return { leases, drained };
  }

  /** @param waits whether it ends when the line is hung up @throws Error for any answer that is none */
  post(path: string, said: object, waits = false): Promise<Response> {
    return this.#send("POST", path, { body: JSON.stringify(said), type: "application/json" }, waits);
  }

  /** @throws Error for any answer that is none */
  put(path: string, sent: Sent): Promise<Response> {
    return this.#send("PUT", path, sent, false);
  }

  async #send(
    method: string,
    path: string,
    { body, type, headers }: Sent,
    waits: boolean,
  ): Promise<Response> {
    const { server, token, ask } = this.#options;
    const request = new Request(server + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(type && { "content-type": type }), ...headers },
      ...(body !== undefined && { body }),
      ...(waits && { signal: this.#abort.signal }),
    });
    const response = await ask(request);
    if (response.ok) return response;
    throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
  }
}

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
