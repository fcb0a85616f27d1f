/** `nnsight.session`: a session over any models. */

import type { Resolved } from "../trace/resolved.ts";
import type { Session } from "../trace/session.ts";
import type { Job, RemoteOptions } from "./hosted.ts";
import { local } from "./nnsight.ts";
import { openSession } from "./run.ts";

/**
 * Records several traces, which run in order when the session closes; values of earlier ones can be used in later ones
 * without `save`. Without `body` it is a block: `{ await using s = nnsight.session(); … }`.
 * @throws the first error of the recording, or of the run
 */
export function session<T>(body: (session: Session) => T): Promise<Resolved<T>>;
export function session<T>(
  options: RemoteOptions & { readonly blocking: false },
  body: (session: Session) => T,
): Promise<Job<Resolved<T>>>;
export function session<T>(options: RemoteOptions, body: (session: Session) => T): Promise<Resolved<T>>;
export function session(options?: RemoteOptions): Session;
export function session(...args: unknown[]): unknown {
  return openSession(local, args);
}
