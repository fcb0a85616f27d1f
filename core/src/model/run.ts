/** Opens traces in their two forms: a callback that is run at once, or a block that ends it. */

import { TypeError } from "../base/errors.ts";
import { requireOptions } from "../base/options.ts";
import { isPlainObject, mapTree } from "../base/tree.ts";
import type { Backend } from "../run/backend.ts";
import { refuseAsync } from "../trace/callback.ts";
import { currentScope, guarded, heard } from "../trace/contexts.ts";
import { withoutLater } from "../trace/later.ts";
import { isScalar } from "../trace/scalar.ts";
import { sequenceOf } from "../trace/sequence.ts";
import { Session } from "../trace/session.ts";
import type { Subject } from "../trace/subject.ts";
import { saveAll, Tracer } from "../trace/tracer.ts";
import { isHeld, Value } from "../trace/value.ts";
import { optionsOf, refuseBody, sorted } from "./arguments.ts";
import { isRemote, type RemoteOptions, services } from "./hosted.ts";

/** Options of `trace`. */
export interface TraceOptions extends RemoteOptions {
  /** `false` runs the model plainly and gives its output. Default true. */
  readonly trace?: boolean;
  /** Shapes are known as they are written. Accepted for likeness: they are always known where the inputs are. */
  readonly scan?: boolean;
  /** Every operation is checked as it is written. Accepted for likeness: it always is. */
  readonly validate?: boolean;
}

/** Sorts `(input?, options?, callback?)` and opens a trace of the kind. */
export function openTrace(kind: "trace" | "scan", subject: Subject, args: readonly unknown[]): unknown {
  const { body, rest } = sorted<(tracer: Tracer) => unknown>(kind, args, 2);
  // With invokes there are only options.
  if (rest.length === 1 && isOptions(rest[0])) rest.unshift(undefined);
  const [input, options] = rest as [unknown, TraceOptions | undefined];
  requireOptions(kind, options, traceOptions);
  const given = rest.length > 0 && input !== undefined ? [input] : [];
  const backend = kind === "trace" ? backendFor(subject.backend, options) : subject.backend;
  const open = (): Tracer => new Tracer(kind, { ...subject, backend }, given);
  const run = (write: (tracer: Tracer) => unknown): PromiseLike<unknown> =>
    handedOut(backend, options, runCallback(kind, open, write));
  if (options?.trace === false) {
    guarded(() => refuseBody(kind, body));
    return run(({ edges }) => edges.read({ module: "", call: 0, edge: "output" }, undefined));
  }
  return body ? run(body) : open();
}

const remoteOptions: readonly (keyof RemoteOptions)[] = ["remote", "blocking"];
const traceOptions: readonly string[] = ["trace", "scan", "validate", ...remoteOptions];

const isOptions = (x: unknown): boolean =>
  isPlainObject(x) &&
  Object.keys(x).length > 0 &&
  Object.keys(x).every((name) => traceOptions.includes(name));

/** The service when that is asked for. @throws TypeError for a trace of a session that runs here */
export function backendFor(local: Backend, options: RemoteOptions | undefined): Backend {
  if (!options?.remote) return local;
  if (options.remote !== true && options.remote !== "self")
    throw new TypeError(
      `remote is true, false or "self"; it was given ${JSON.stringify(options.remote)}. The service is the one at NNSIGHT_HOST, or CONFIG.API.HOST.`,
    );
  const session = currentScope() && sequenceOf(currentScope()!);
  if (!(session instanceof Session)) return services.open(options.remote);
  if (session.recording.travels) return local;
  return guarded(() => {
    throw new TypeError(
      "a trace inside a session runs where the session runs: write `model.session({ remote: true }, …)`.",
    );
  });
}

/** With `blocking: false` the job, as soon as it is submitted; else what the run gives. */
export function handedOut(
  backend: Backend,
  options: RemoteOptions | undefined,
  result: PromiseLike<unknown>,
): PromiseLike<unknown> {
  if (options?.blocking !== false || !isRemote(backend)) return result;
  const ended = Promise.resolve(result);
  ended.catch(() => undefined);
  return Promise.race([backend.submitted, ended.then(() => backend.submitted)]).then((job) => ({
    ...job,
    result: () => ended,
  }));
}

/** What a callback may write: a trace, or a generation. */
type Writable = Pick<Tracer, "recording" | "session" | "close" | "end">;

/** Opens and writes it now. Outside a session it runs now, too; inside, the result is there when the session has run. */
export function runCallback<T extends Writable>(
  kind: string,
  open: () => T,
  body: (tracer: T) => unknown,
): PromiseLike<unknown> {
  let tracer: T;
  try {
    tracer = open();
  } catch (error) {
    currentScope()?.poison(error);
    return heard(Promise.reject(error));
  }
  let result: unknown;
  try {
    result = refuseAsync(body(tracer), kind);
    if (!tracer.session?.handsBack) saveAll(result);
  } catch (error) {
    tracer.recording.poison(error);
  }
  if (!tracer.session) return tracer.close().then(() => settled(result));
  tracer.end();
  return tracer.session.later(result);
}

/** Sorts `(options?, callback?)` and opens a session in either form. */
export function openSession(local: Backend, args: readonly unknown[]): unknown {
  const { body, options } = optionsOf<RemoteOptions, (session: Session) => unknown>(
    "session",
    args,
    remoteOptions,
  );
  const backend = backendFor(local, options);
  const session = new Session(backend);
  return body ? handedOut(backend, options, runSession(session, body)) : session;
}

async function runSession(session: Session, body: (session: Session) => unknown): Promise<unknown> {
  let result: unknown;
  try {
    result = saveAll(withoutLater(refuseAsync(body(session), "session")));
  } catch (error) {
    session.recording.poison(error);
  }
  await session.close();
  return settled(result);
}

/** Values that are no tensors in their own form; one that was not reached stays, and says so when it is used. */
export const settled = (result: unknown): unknown =>
  mapTree(result, isHeld, (one) => {
    if (one instanceof Value) return one.reached ? one.value : one;
    return isScalar(one) && one.reached ? one.item() : one;
  });
