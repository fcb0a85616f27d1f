import type { LiveRequest } from "nnsight-ts/display";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Questions } from "./questions.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function wire() {
  const sent: LiveRequest[] = [];
  const questions = new Questions((request) => sent.push(request));
  return { sent, questions, answer: (seq: number) => questions.receive({ seq, result: seq * 10 }, []) };
}

test("one question is under way, the newest is next, those between are dropped", async () => {
  const { sent, questions, answer } = wire();
  const [a, b, c] = ["a", "b", "c"].map((query) => questions.ask("id", "view", query));
  expect(sent.map(({ query }) => query)).toEqual(["a"]);
  expect(await b).toEqual({ kind: "dropped" });
  answer(sent[0]!.seq);
  expect(await a).toMatchObject({ kind: "result", result: 10 });
  expect(sent.map(({ query }) => query)).toEqual(["a", "c"]);
  answer(sent[1]!.seq);
  expect(await c).toMatchObject({ result: 30 });
});

test("views do not wait for each other", () => {
  const { sent, questions } = wire();
  void questions.ask("id", "one", 1);
  void questions.ask("id", "two", 2);
  expect(sent).toHaveLength(2);
});

test("a lost message is asked for again under its number, less and less often; a second answer changes nothing", async () => {
  const { sent, questions, answer } = wire();
  const reply = questions.ask("id", "view", "q");
  vi.advanceTimersByTime(2_000 + 4_000 + 8_000 + 16_000 + 16_000);
  expect(sent).toHaveLength(6);
  expect(new Set(sent.map(({ seq }) => seq)).size).toBe(1);
  answer(sent[0]!.seq);
  answer(sent[0]!.seq);
  expect(await reply).toMatchObject({ result: 10 });
  vi.advanceTimersByTime(60_000);
  expect(sent).toHaveLength(6);
});

test("when the kernel goes, all questions end and nothing is sent", async () => {
  const { sent, questions } = wire();
  const replies = [questions.ask("id", "view", 1), questions.ask("id", "view", 2)];
  questions.drop();
  expect(await Promise.all(replies)).toEqual([{ kind: "dropped" }, { kind: "dropped" }]);
  vi.advanceTimersByTime(60_000);
  expect(sent).toHaveLength(1);
});

test("a thing that is gone and a question that is refused are told", async () => {
  const { questions } = wire();
  const gone = questions.ask("id", "a", 1);
  const refused = questions.ask("id", "b", 1);
  questions.receive({ seq: 1, gone: true }, []);
  questions.receive({ seq: 2, error: "no such slice" }, []);
  expect(await gone).toEqual({ kind: "gone" });
  expect(await refused).toEqual({ kind: "error", message: "no such slice" });
});
