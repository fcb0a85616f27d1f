/** Runs that go together: those that stand at the same part of the model run it as rows of one call, the earliest part first. */
import { settings } from "../base/settings.ts";
import { compareTimes } from "../ir/time.ts";
import { type Answer, type Asked, type Calls, joinKey, type Tail } from "./calls.ts";
import { layoutOf } from "./layout.ts";
import type { Turn } from "./turns.ts";

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
  /** What is being made outside the model, by its key. */
  readonly #begun = new Map<string, Promise<Answer>>();

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

  /** A turn of a loop: it ends after the earlier ones. @throws its error, or that of an earlier one */
  async turn(
    shared: Turn["shared"],
    earlier: Promise<void>,
    work: (turn: Turn) => Promise<void>,
  ): Promise<void> {
    const atEnd: (() => void)[] = [];
    let isFirst = false;
    const first = async (): Promise<void> => {
      if (isFirst) return;
      // Who waits for another run holds nobody up.
      this.end();
      try {
        await earlier;
        isFirst = true;
      } finally {
        this.begin();
      }
    };
    this.begin();
    const done = work({ shared, first, atEnd: (act) => void atEnd.push(act) });
    await done.catch(() => undefined);
    this.end();
    await earlier;
    for (const act of atEnd) act();
    await done;
  }

  /** Work that several runs come to at once is done for the first of them. */
  async once(key: string, work: () => Promise<Answer>): Promise<Answer> {
    const begun = this.#begun.get(key);
    if (begun) {
      // Who waits for another run holds nobody up.
      this.end();
      try {
        return { ...(await begun), by: "memo" };
      } finally {
        this.begin();
      }
    }
    const answer = work();
    this.#begun.set(key, answer);
    try {
      return await answer;
    } finally {
      this.#begun.delete(key);
    }
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
    const group = this.#waiting.filter(({ asked }) => asked.ready === first.ready);
    this.#waiting = this.#waiting.filter(({ asked }) => asked.ready !== first.ready);
    try {
      this.check();
      await this.#serve(group);
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
    this.#busy = false;
    this.#later();
  }

  /** What several runs have in common is what tails of others begin from: with its keys and values, where it has them. */
  async #shared(asked: Asked): Promise<Answer> {
    if (asked.keeps || !settings.APP.TAILS || !layoutOf(asked.fn).tails)
      return (await this.calls.rows([asked]))[0]!;
    return { outputs: await this.calls.reference(asked), by: "ran" };
  }

  async #serve(group: readonly Waiting[]): Promise<void> {
    const { calls } = this;
    const byKey = Map.groupBy(group, ({ asked }) => asked.key);
    const done = (key: string, answer: Answer): void => {
      const [first, ...others] = byKey.get(key)!;
      first!.answer(answer);
      for (const other of others) other.answer({ ...answer, by: "memo" });
    };
    const kept = (key: string, answer: Answer): void => {
      calls.memo.set(key, answer.outputs);
      done(key, answer);
    };
    /** Those that differ from one run from one position on. */
    const tails = new Map<string, { readonly tail: Tail; readonly members: Asked[] }>();
    /** Those whose rows may be joined. */
    const rows = new Map<string, Asked[]>();
    for (const [key, [first, ...others]] of byKey) {
      const { asked } = first!;
      const outputs = calls.memo.get(key);
      const tail = outputs || others.length ? undefined : calls.tailOf(asked);
      if (outputs) done(key, { outputs, by: "memo" });
      else if (others.length) kept(key, await this.#shared(asked));
      else if (tail) {
        const name = `${tail.from} ${tail.reference.key}${layoutOf(asked.fn).rows ? "" : key}`;
        const known = tails.get(name);
        if (known) known.members.push(asked);
        else tails.set(name, { tail, members: [asked] });
      } else {
        const name = joinKey(asked);
        const known = rows.get(name);
        if (known) known.push(asked);
        else rows.set(name, [asked]);
      }
    }
    for (const members of rows.values()) {
      const answers = await calls.rows(members);
      const tell = members.length === 1 ? kept : done;
      for (const [i, { key }] of members.entries()) tell(key, answers[i]!);
    }
    for (const { tail, members } of tails.values()) {
      const answers = await calls.tails(members, tail, await calls.reference(tail.reference));
      for (const [i, { key }] of members.entries()) done(key, answers[i]!);
    }
  }
}
