import { expect, test } from "vitest";
import { History } from "./history.ts";

function filled(): History {
  const history = new History();
  for (const [index, code] of ["1", "let a = 2", "1", "a.b"].entries())
    history.add({ count: index + 1, code, output: code === "1" ? "1" : null });
  return history;
}

test("tail gives the last entries", () => {
  expect(filled().find({ hist_access_type: "tail", n: 2 })).toEqual([
    [0, 3, "1"],
    [0, 4, "a.b"],
  ]);
});

test("range takes from start to before stop, with outputs when asked", () => {
  expect(filled().find({ hist_access_type: "range", start: 1, stop: 3, output: true })).toEqual([
    [0, 1, ["1", "1"]],
    [0, 2, ["let a = 2", null]],
  ]);
});

test("search knows * and ?, and takes a dot as a dot", () => {
  expect(filled().find({ hist_access_type: "search", pattern: "a?b" })).toEqual([[0, 4, "a.b"]]);
  expect(filled().find({ hist_access_type: "search", pattern: "*.*" })).toEqual([[0, 4, "a.b"]]);
});

test("unique keeps the latest of equal codes", () => {
  expect(filled().find({ hist_access_type: "search", pattern: "1", unique: true })).toEqual([[0, 3, "1"]]);
});
