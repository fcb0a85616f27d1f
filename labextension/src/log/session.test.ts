import type { LogLine } from "nnsight-ts/display";
import { expect, test } from "vitest";
import { rowsOf, shortDtype } from "./rows.ts";
import { SessionLog } from "./session.ts";

const line = (n: number, text: string): LogLine => ({ n, seconds: n, line: "In[1]:1", parts: [{ text }] });
const tensor = {
  dtype: "float32",
  shape: [2, 3],
  min: 0,
  max: 1,
  mean: 0.5,
  std: 0.1,
  nan: 2,
  inf: 0,
  spread: [1],
};

const texts = (lines: SessionLog["lines"]) =>
  lines.map(({ line: { parts } }) => ("text" in parts[0]! ? parts[0].text : ""));

test("lines from outputs and from the kernel stand once each, in order, by process", () => {
  const log = new SessionLog();
  expect(log.add("a", [line(4, "e"), line(5, "f")])).toBe(true);
  expect(log.add("a", [line(5, "f")])).toBe(false);
  expect(log.gap("a")).toBe(0);
  log.add("b", [line(0, "after a restart")]);
  log.add(
    "a",
    [0, 1, 2, 3].map((n) => line(n, "abcd"[n]!)),
  );
  expect(texts(log.lines)).toEqual(["a", "b", "c", "d", "e", "f", "after a restart"]);
  expect(log.gap("a")).toBe(6);
});

test("a filter wants all of its words, in text, line, dtype and shape", () => {
  const log = new SessionLog();
  log.add("a", [
    line(0, "Layer one"),
    { n: 1, seconds: 1, line: "In[2]:3", parts: [{ text: "layer" }, { tensor }] },
  ]);
  expect(log.matching("layer").length).toBe(2);
  expect(texts(log.matching("ONE layer"))).toEqual(["Layer one"]);
  expect(log.matching("[2, 3] nan in[2]").length).toBe(1);
  expect(log.matching("inf").length).toBe(0);
});

test("a row for each tensor with the words before it, and one for words that follow", () => {
  const parts = [{ text: "q" }, { tensor }, { text: "k" }, { tensor }, { text: "end" }];
  expect(rowsOf({ n: 0, seconds: 0, line: "", parts })).toEqual([
    { text: "q", tensor },
    { text: "k", tensor },
    { text: "end" },
  ]);
  expect(rowsOf({ n: 0, seconds: 0, line: "", parts: [] })).toEqual([{ text: "" }]);
  expect(["float32", "bfloat16", "int64", "uint8", "bool"].map(shortDtype)).toEqual([
    "f32",
    "bf16",
    "i64",
    "u8",
    "bool",
  ]);
});
