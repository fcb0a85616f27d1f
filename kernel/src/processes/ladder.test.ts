import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InterruptLadder } from "./ladder.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function recorded() {
  const steps: string[] = [];
  const step = (name: string) => () => void steps.push(name);
  const ladder = new InterruptLadder({
    ask: step("ask"),
    signal: step("signal"),
    terminate: step("terminate"),
    explain: step("explain"),
    kill: step("kill"),
  });
  return { steps, ladder };
}

test("a cell that ends at once is only asked", () => {
  const { steps, ladder } = recorded();
  ladder.begin();
  ladder.stop();
  vi.advanceTimersByTime(10_000);
  expect(steps).toEqual(["ask"]);
});

test("without an answer each step is harder, and the next interrupt ends the process", () => {
  const { steps, ladder } = recorded();
  ladder.begin();
  vi.advanceTimersByTime(10_000);
  ladder.begin();
  expect(steps).toEqual(["ask", "signal", "terminate", "explain", "kill"]);
});

test("an answer without an end is asked again", () => {
  const { steps, ladder } = recorded();
  ladder.begin();
  ladder.answered();
  vi.advanceTimersByTime(60);
  ladder.stop();
  vi.advanceTimersByTime(10_000);
  expect(steps).toEqual(["ask", "ask"]);
});
