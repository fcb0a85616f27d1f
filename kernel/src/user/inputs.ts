/** Questions to the user that wait for an answer. */
import type { FromUser } from "./protocol.ts";

export class InputError extends Error {
  override readonly name = "InputError";
}

interface Question {
  readonly resolve: (value: string) => void;
  readonly reject: (reason: Error) => void;
}

export class Inputs {
  readonly #questions = new Map<number, Question>();
  #count = 0;

  constructor(private readonly send: (message: FromUser) => void) {}

  ask(prompt: string, password: boolean, allowed: boolean): Promise<string> {
    if (!allowed)
      return Promise.reject(
        new InputError(
          "input() needs a user who can answer, but this client takes no input (allow_stdin is false).",
        ),
      );
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { resolve, reject });
      this.send({ kind: "input", id, prompt: String(prompt), password });
    });
  }

  answer(id: number, value: string): void {
    this.#questions.get(id)?.resolve(value);
    this.#questions.delete(id);
  }

  drop(reason: Error): void {
    for (const { reject } of this.#questions.values()) reject(reason);
    this.#questions.clear();
  }
}
