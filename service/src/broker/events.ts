/** The history of a job as server-sent events: what is there already, then what comes, to its end. */
import { type JobEvent, terminal } from "nnsight-ts/remote";
import type { StoredEvent, Told } from "../store/store.ts";
import type { Broker } from "./broker.ts";

/** Milliseconds after which a silent stream says that it is there. */
const silence = 15_000;

export interface Follower {
  /**
   * The stream after some event.
   * @param heard whether all that happened since then was told to this follower, so that nothing has to be asked for
   */
  stream(after: number, heard?: boolean): Response;
  /** When it is not wanted after all. */
  stop(): void;
}

/** Listens from now on, so that nothing is missed until the stream is asked for. */
export function followed(broker: Broker, id: string): Follower {
  let heard: StoredEvent[] = [];
  /** Whether something happened that has to be asked for. */
  let missed = false;
  let wake = (): void => undefined;
  const stop = broker.follow(id, ({ event }: Told) => {
    if (event) heard.push(event);
    else missed = true;
    wake();
  });
  /** What comes after an event, without asking where it was heard. */
  const news = async (last: number): Promise<readonly StoredEvent[]> => {
    const known = heard.filter(({ seq }) => seq > last);
    heard = [];
    if (known.length && known.every(({ seq }, i) => seq === last + 1 + i)) return known;
    if (!missed && known.length === 0) return [];
    missed = false;
    return broker.store.events(id, last);
  };
  const body = (after: number): ReadableStream<Uint8Array> => {
    let last = after;
    let open = true;
    // In case a change of others was missed it is asked for, ever more seldom, so that waiting costs nothing.
    let pause = 500;
    let quiet = performance.now();
    return new ReadableStream<Uint8Array>({
      async pull(stream) {
        while (open) {
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          const events = await news(last);
          if (events.length) {
            last = events.at(-1)!.seq;
            quiet = performance.now();
            pause = 250;
            stream.enqueue(written(events));
            if (events.some(({ status }) => terminal.has(status))) {
              open = false;
              stop();
              stream.close();
            }
            return;
          }
          if (performance.now() - quiet > silence) {
            quiet = performance.now();
            stream.enqueue(encoder.encode(": still here\n\n"));
            return;
          }
          const timer = setTimeout(() => {
            missed = true;
            resolve();
          }, pause);
          pause = Math.min(2 * pause, silence);
          await promise;
          clearTimeout(timer);
        }
      },
      cancel() {
        open = false;
        stop();
        wake();
      },
    });
  };
  return {
    stop,
    stream(after, heard = false) {
      missed ||= !heard;
      return new Response(body(after), {
        headers: {
          "content-type": "text/event-stream",
          "cache-control": "no-cache",
          "x-accel-buffering": "no",
        },
      });
    },
  };
}

const encoder = new TextEncoder();

const written = (events: readonly StoredEvent[]): Uint8Array =>
  encoder.encode(
    events.map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(said(event))}\n\n`).join(""),
  );

/** As it goes to the client: few bytes go along. */
function said({ made, result, ...event }: StoredEvent): JobEvent {
  if (!result) return event;
  const data = made && Buffer.from(made.buffer, made.byteOffset, made.length).toString("base64");
  return { ...event, result: { ...result, ...(data !== undefined && { data }) } };
}
