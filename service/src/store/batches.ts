/** Questions that come while one is under way go together in the next one: a transaction for many costs little more than for one. */

interface Asked<Q, A> {
  readonly question: Q;
  readonly answer: (answer: A) => void;
  readonly fail: (error: unknown) => void;
}

export class Batches<Q, A> {
  readonly #run: (questions: readonly Q[]) => Promise<readonly A[]>;
  readonly #most: number;
  #asked: Asked<Q, A>[] = [];
  #busy = false;

  /** @param run answers them in their order; when it fails all of them have failed */
  constructor(run: (questions: readonly Q[]) => Promise<readonly A[]>, most = 64) {
    this.#run = run;
    this.#most = most;
  }

  ask(question: Q): Promise<A> {
    return new Promise((answer, fail) => {
      this.#asked.push({ question, answer, fail });
      if (!this.#busy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    // What comes in the same turn of the event loop goes along.
    await Promise.resolve();
    while (this.#asked.length) {
      const some = this.#asked.splice(0, this.#most);
      try {
        const answers = await this.#run(some.map(({ question }) => question));
        for (const [i, { answer }] of some.entries()) answer(answers[i]!);
      } catch (error) {
        for (const { fail } of some) fail(error);
      }
    }
    this.#busy = false;
  }
}
