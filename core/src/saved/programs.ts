/** Whole programs as files: a trace or a session with its inputs, written once and run wherever the model is. */
import { ValueError } from "../base/errors.ts";
import { mapTree } from "../base/tree.ts";
import type { Made, Result } from "../ir/node.ts";
import type { Program } from "../ir/program.ts";
import type { Named } from "../ir/text/references.ts";
import { openSession, openTrace, settled } from "../model/run.ts";
import { plainLeaves } from "../remote/plain.ts";
import type { Backend } from "../run/backend.ts";
import { Exit } from "../run/regions.ts";
import { type Host, isHost } from "../tensor/host.ts";
import { printLog } from "../trace/log.ts";
import { held } from "../trace/made.ts";
import type { Resolved } from "../trace/resolved.ts";
import type { Session } from "../trace/session.ts";
import { isLazy } from "../trace/state.ts";
import type { Subject } from "../trace/subject.ts";
import { Tensor } from "../trace/tensor.ts";
import type { Tracer } from "../trace/tracer.ts";
import { isHeld } from "../trace/value.ts";
import { decode } from "../wire/decode.ts";
import { encode, type Sent } from "../wire/encode.ts";
import { type Leaves, type Packed, pack, unpack } from "../wire/packed.ts";
import { type Part, readParts, writeParts } from "./file.ts";
import { textOf } from "./listing.ts";
import { limits, receiverOf, senderOf, subjectOf } from "./parties.ts";

/** A program that is written and can be run, here and from a file. */
export class SavedProgram<T = unknown> {
  readonly #subject: Subject;
  readonly #part: Part;
  readonly #gives: Packed;

  /** For the library: `recordTrace`, `recordSession` and `loadProgram` make them. */
  constructor(
    subject: Subject,
    part: Part,
    gives: Packed,
    readonly note = "",
  ) {
    this.#subject = subject;
    this.#part = part;
    this.#gives = gives;
  }

  /** Runs it. @throws what the run raises */
  async run(): Promise<Resolved<T>> {
    const { form, tensors } = this.#part;
    const made = new Map<string, Made>();
    const note = (named: Named): void => {
      for (const [name, value] of named) made.set(name, value);
    };
    const { program, inputs, results } = decode(
      form,
      tensors,
      receiverOf(this.#subject, (_, named) => note(named)),
      limits,
    );
    const kept = new Map<Result, Made>();
    const names = new Map([...results].map(([name, result]) => [result, name]));
    try {
      await this.#subject.backend.run(program, { inputs, kept, onEvent: printLog });
    } catch (signal) {
      if (!(signal instanceof Exit)) throw signal;
    }
    note(
      new Map(
        [...kept].flatMap(([result, value]) => (names.has(result) ? [[names.get(result)!, value]] : [])),
      ),
    );
    return settled(unpack(this.#gives, leavesFor(made, tensors))) as Resolved<T>;
  }

  /** Writes it, with its inputs, into a safetensors file. */
  async save(path: string, { note = this.note }: { readonly note?: string } = {}): Promise<void> {
    const header = { kind: "program", model: this.#subject.name, note, gives: this.#gives } as const;
    await writeParts(path, header, [this.#part]);
  }

  /** Its steps as text. */
  toString(): string {
    return textOf(this.#part);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * Writes a trace without running it.
 * @example const program = await recordTrace(lm, "Hello", () => lm.output.logits); await program.save("hello.safetensors");
 * @throws TypeError for what a file cannot hold, with the reason
 */
export async function recordTrace<T>(
  model: object,
  input: unknown,
  body: (tracer: Tracer) => T,
): Promise<SavedProgram<T>> {
  const subject = subjectOf(model);
  return recorded(subject, (backend, write) =>
    openTrace("trace", { ...subject, backend }, [input, (tracer: Tracer) => write(() => body(tracer))]),
  );
}

/** The same for a session over one model. */
export async function recordSession<T>(
  model: object,
  body: (session: Session) => T,
): Promise<SavedProgram<T>> {
  return recorded(subjectOf(model), (backend, write) =>
    openSession(backend, [(session: Session) => write(() => body(session))]),
  );
}

/**
 * A program from a file, for a model of the kind that it was written for.
 * @example const logits = await (await loadProgram(lm, "hello.safetensors")).run();
 * @throws ValueError for a file that is none, or of a model with other modules
 */
export async function loadProgram(model: object, path: string): Promise<SavedProgram> {
  const { header, parts } = readParts(path, "program");
  const [part] = parts;
  if (!part || header.gives === undefined) throw new ValueError(`${path} holds no program.`);
  return new SavedProgram(subjectOf(model), part, header.gives, header.note);
}

type Write = (body: () => unknown) => unknown;

async function recorded<T>(
  subject: Subject,
  open: (backend: Backend, write: Write) => unknown,
): Promise<SavedProgram<T>> {
  let taken: { readonly program: Program; readonly inputs: readonly Host[] } | undefined;
  const backend: Backend = { run: async (program, { inputs }) => void (taken = { program, inputs }) };
  let gives: unknown;
  await open(backend, (body) => {
    const result = body();
    gives = mapTree(result, isHeld, ({ state }) => (isLazy(state) ? state.result : state));
    return result;
  });
  const { program, inputs } = taken!;
  const sent = encode(program, inputs, senderOf(subject, program));
  const tensors = new Map(sent.tensors);
  return new SavedProgram(subject, { form: sent.form, tensors }, pack(gives, leavesOf(sent, tensors)));
}

/** Results by their names, tensors beside the others. */
function leavesOf({ results }: Sent, tensors: Map<string, Host>): Leaves {
  const names = new Map([...results].map(([name, result]) => [result, name]));
  return {
    pack(x) {
      const name = names.get(x as Result);
      if (name !== undefined) return ["result", name];
      if (!isHost(x)) return plainLeaves.pack(x);
      const label = `given:${tensors.size}`;
      tensors.set(label, x);
      return ["tensor", label];
    },
    unpack: plainLeaves.unpack,
  };
}

const leavesFor = (made: Named, tensors: ReadonlyMap<string, Host>): Leaves => ({
  pack: plainLeaves.pack,
  unpack(key, content) {
    if (key === "tensor") return new Tensor(tensors.get(String(content))!);
    if (key !== "result") return plainLeaves.unpack(key, content);
    const value = made.get(String(content));
    return value && held(value);
  },
});
