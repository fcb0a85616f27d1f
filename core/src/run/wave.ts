/** Runs that go together: those that stand at the same part of the model run it as rows of one call, the earliest part first. */
import { compareTimes } from "../ir/time.ts";
import { type Answer, type Asked, type Calls, keyOf } from "./calls.ts";
import { layoutOf } from "./layout.ts";
import { identityOf } from "./memo.ts";

interface Waiting {
  readonly asked: Asked;
  readonly answer: (answer: Answer) => void;
  readonly fail: (error: unknown) => void;
}

export class Wave {
  /** Runs that have begun and not ended; when all of them wait, a call is made. */
  #live = 0;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(
    readonly calls: Calls,
    /** @throws to end all runs, when the user has asked to stop */
    readonly check: () => void,
  ) {}

  begin(): void {
    this.#live++;
  }

  end(): void {
    this.#live--;
    this.#later();
  }

  ask(asked: Asked): Promise<Answer> {
    return new Promise((answer, fail) => {
      this.#waiting.push({ asked, answer, fail });
      this.#later();
    });
  }

  /** After what is ready now has gone on, as that may wait for the same part. */
  #later(): void {
    if (!this.#busy && this.#waiting.length >= this.#live && this.#waiting.length > 0)
      setImmediate(() => void this.#advance());
  }

  async #advance(): Promise<void> {
    if (this.#busy || this.#waiting.length < this.#live || this.#waiting.length === 0) return;
    this.#busy = true;
    const first = this.#waiting.reduce((a, b) => (compareTimes(b.asked.at, a.asked.at) < 0 ? b : a)).asked;
    const group = this.#waiting.filter(({ asked }) => asked.identity === first.identity);
    this.#waiting = this.#waiting.filter(({ asked }) => asked.identity !== first.identity);
    try {
      this.check();
      await this.#serve(group);
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
    this.#busy = false;
    this.#later();
  }

  async #serve(group: readonly Waiting[]): Promise<void> {
    const byKey = Map.groupBy(group, ({ asked }) => keyOf(asked));
    const done = (key: string, answer: Answer): void => {
      const [first, ...others] = byKey.get(key)!;
      first!.answer(answer);
      for (const other of others) other.answer({ ...answer, by: "memo" });
    };
    const kept = (key: string, answer: Answer): void => {
      this.calls.memo.set(key, answer.outputs);
      done(key, answer);
    };
    /** Those that differ from one run from one position on. */
    const tails = new Map<string, { readonly key: string; readonly asked: Asked }[]>();
    /** Those whose rows may be joined. */
    const rows = new Map<string, { readonly key: string; readonly asked: Asked }[]>();
    for (const [key, [{ asked }, ...others]] of byKey as Map<string, [Waiting, ...Waiting[]]>) {
      const outputs = this.calls.memo.get(key);
      if (outputs) done(key, { outputs, by: "memo" });
      else if (others.length) kept(key, (await this.calls.rows([asked]))[0]!);
      else {
        const tail = this.calls.tailOf(asked);
        const layout = layoutOf(asked.fn);
        if (tail) add(tails, `${tail.from} ${keyOf(tail.reference)}`, { key, asked });
        else if (layout.rows) add(rows, joinKey(asked), { key, asked });
        else kept(key, (await this.calls.rows([asked]))[0]!);
      }
    }
    for (const members of rows.values()) {
      const answers = await this.calls.rows(members.map(({ asked }) => asked));
      for (const [i, { key }] of members.entries()) {
        if (members.length === 1) kept(key, answers[i]!);
        else done(key, answers[i]!);
      }
    }
    for (const members of tails.values()) {
      const tail = this.calls.tailOf(members[0]!.asked)!;
      const reference = await this.calls.reference(tail.reference);
      const answers = await this.calls.tails(
        members.map(({ asked }) => asked),
        tail,
        reference,
      );
      for (const [i, { key }] of members.entries()) done(key, answers[i]!);
    }
  }
}

function add<T>(groups: Map<string, T[]>, key: string, one: T): void {
  const group = groups.get(key);
  if (group) group.push(one);
  else groups.set(key, [one]);
}

/** Equal for runs whose rows may be joined: all but the batch is alike. */
function joinKey({ fn, inputs }: Asked): string {
  const { inputs: places } = layoutOf(fn);
  return inputs
    .map((input, i) => {
      const { batch } = places[i]!;
      return batch === undefined ? identityOf(input) : `${input.type}${input.dims.with(batch, 0)}`;
    })
    .join();
}
