/** Runs programs on a service: what comes back is put where a local run would have put it. */
import { errorClasses, type NNsightError, RemoteError } from "../base/errors.ts";
import type { Program } from "../ir/program.ts";
import { actionsOf, type Named } from "../ir/text/references.ts";
import type { Answer } from "../load/http.ts";
import { ownService } from "../load/own-service.ts";
import { type Job, namedModels, type RemoteBackend, services } from "../model/hosted.ts";
import type { Request } from "../run/backend.ts";
import type { Host } from "../tensor/host.ts";
import { defaultGenerator } from "../tensor/random.ts";
import { Tensor } from "../trace/tensor.ts";
import { type Address, addressNow } from "./address.ts";
import { Client } from "./client.ts";
import { jobLines } from "./lines.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { JobEvent, Problem } from "./protocol.ts";
import { requireCheap } from "./receive.ts";
import { type Submission, submissionOf } from "./submission.ts";

/** One run on a service. */
export class Service implements RemoteBackend {
  readonly remote = true;
  readonly #submitted = Promise.withResolvers<Job>();

  constructor(readonly place: true | "self") {
    this.#submitted.promise.catch(() => undefined);
  }

  get submitted(): Promise<Job> {
    return this.#submitted.promise;
  }

  async run(program: Program, { inputs, kept, onEvent: _ }: Request): Promise<void> {
    try {
      const submission = submissionOf(program, inputs);
      const client = new Client(this.place === "self" ? await ownFor(submission) : addressNow());
      const id = newId();
      await requireSmall(submission, { program, inputs }, client);
      const answer = await client.submit(id, submission.bytes);
      if (this.place === "self") ownServices.set(id, client.address);
      this.#submitted.resolve(jobOf(id, client));
      const end = await followed(client, id, answer);
      if (end.outcome) give(end.outcome, submission, kept);
      if (end.error) throw end.error;
    } catch (error) {
      this.#submitted.reject(error);
      throw error;
    }
  }
}

/** Refuses, before anything is sent, what the service would refuse for its size. @throws RemoteError or ValueError */
async function requireSmall(
  { bytes }: Submission,
  run: { readonly program: Program; readonly inputs: readonly Host[] },
  client: Client,
): Promise<void> {
  const limits = await client.limits();
  if (!limits) return;
  if (bytes.length > limits.body)
    throw new RemoteError(
      `the program and its tensors have ${bytes.length} bytes; the service takes ${limits.body}. Send smaller tensors, or make them in the trace.`,
      "BODY_TOO_LARGE",
    );
  requireCheap(run, limits);
}

/** A service of this process's own; what runs no model goes to the one of the latest. */
function ownFor({ form }: Submission): Promise<Address> {
  const models = new Set(Object.values(form.fns).map(({ model }) => model));
  return ownService(models.size ? [...models] : namedModels().slice(-1));
}

services.open = (place) => new Service(place);

/** Puts values where their handles are. */
export function give(outcome: Outcome, { results, bodies }: Submission, kept: Request["kept"]): void {
  for (const [name, made] of outcome.kept) kept.set(results.get(name)!, made);
  for (const [label, named] of outcome.finished) {
    const body = bodies.get(label);
    if (body) actionsOf(body, results).finish(named);
  }
  if (outcome.generator) defaultGenerator.state = outcome.generator;
}

interface End {
  readonly outcome?: Outcome;
  readonly error?: NNsightError;
}

/** Shows a job's way to its end, then fetches what it gave. */
async function followed(client: Client, id: string, answer?: Answer): Promise<End> {
  const lines = jobLines(id);
  let last: JobEvent | undefined;
  for await (const event of client.events(id, answer)) {
    lines.event(event);
    last = event;
  }
  if (last?.status === "CANCELLED")
    return {
      error: jobError(id, { code: "REMOTE", reason: "CANCELLED", message: "the job was cancelled." }),
    };
  const error = last?.problem && jobError(id, last.problem);
  const show = error ? () => undefined : lines.bytes;
  const { data } = last?.result ?? {};
  if (data !== undefined) {
    const { buffer, byteOffset, length } = Buffer.from(data, "base64");
    const bytes = new Uint8Array(buffer, byteOffset, length);
    show(bytes.length, bytes.length);
    return { outcome: outcomeOf(bytes), ...(error && { error }) };
  }
  const { result } = error && !last?.result ? await client.job(id) : { result: true };
  if (!result) return { ...(error && { error }) };
  return { outcome: outcomeOf(await client.result(id, show)), ...(error && { error }) };
}

/** The error of a run elsewhere, of the class that a local one would have. */
export function jobError(id: string, { code, reason, message }: Problem): NNsightError {
  const Class = Object.hasOwn(errorClasses, code)
    ? errorClasses[code as keyof typeof errorClasses]
    : undefined;
  const error = Class ? new Class(message) : new RemoteError(message, reason);
  error.jobId = id;
  return error;
}

/**
 * A job that was submitted before, here or elsewhere.
 * Its `result()` is the list of what was saved, in the order of the program.
 * @param id as it stands in the lines of the job
 * @throws RemoteError when no service is known
 */
export const job = (id: string): Job<unknown[]> => jobOf(id, new Client(ownServices.get(id) ?? addressNow()));

/** Where the jobs of this process are, of services of its own. */
const ownServices = new Map<string, Address>();

const jobOf = (id: string, client: Client): Job<unknown[]> => ({
  id,
  status: async () => (await client.job(id)).status,
  cancel: () => client.cancel(id),
  async result() {
    const { outcome, error } = await followed(client, id);
    if (error) throw error;
    return valuesIn(outcome!);
  },
});

/** All that was saved, by the order of its names. */
function valuesIn({ kept, finished }: Outcome): unknown[] {
  const all: Named = new Map([...kept, ...[...finished.values()].flatMap((named) => [...named])]);
  const place = (name: string): number => Number(name.slice(1));
  return [...all]
    .sort(([a], [b]) => place(a) - place(b))
    .map(([, made]) => ("plain" in made ? made.plain : new Tensor(made)));
}

/** UUIDv7: later jobs have later ids. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const time = Date.now();
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(time / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
