import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { History, historyFile } from "./history.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "history-"));
  file = join(folder, "deep", "history.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

const codes = ["1", "let a = 2", "1", "a.b"];

/** A session that has run these cells. */
function session(cells: readonly string[] = codes): History {
  const history = new History(file);
  for (const [index, code] of cells.entries())
    history.add({ count: index + 1, code, output: code === "1" ? "1" : null });
  return history;
}

test("tail gives the last entries, across sessions", () => {
  session(["old", "older"]).close();
  const history = session();
  expect(history.find({ hist_access_type: "tail", n: 2 })).toEqual([
    [2, 3, "1"],
    [2, 4, "a.b"],
  ]);
  expect(history.find({ hist_access_type: "tail", n: 5 })[0]).toEqual([1, 2, "older"]);
  expect(history.find({ hist_access_type: "tail" })).toHaveLength(6);
});

test("range takes from start to before stop, with outputs when asked", () => {
  expect(session().find({ hist_access_type: "range", start: 1, stop: 3, output: true })).toEqual([
    [0, 1, ["1", "1"]],
    [0, 2, ["let a = 2", null]],
  ]);
});

test("range names a session by its number, or counts back from the present one", () => {
  session(["first"]).close();
  session(["second"]).close();
  const range = { hist_access_type: "range" } as const;
  const waiting = new History(file);
  expect(waiting.find({ ...range, session: -1 })).toEqual([[2, 1, "second"]]);
  expect(waiting.find(range)).toEqual([]);
  const history = session(["third"]);
  expect(history.find({ ...range, session: -2 })).toEqual([[1, 1, "first"]]);
  expect(history.find({ ...range, session: 2 })).toEqual([[2, 1, "second"]]);
  expect(history.find({ ...range, session: 3 })).toEqual([[3, 1, "third"]]);
  expect(history.find(range)).toEqual([[0, 1, "third"]]);
});

test("search knows * and ?, takes a dot as a dot, and gives the last n", () => {
  const history = session();
  const search = { hist_access_type: "search" } as const;
  expect(history.find({ ...search, pattern: "a?b" })).toEqual([[1, 4, "a.b"]]);
  expect(history.find({ ...search, pattern: "*.*" })).toEqual([[1, 4, "a.b"]]);
  expect(history.find({ ...search, pattern: "1", n: 1 })).toEqual([[1, 3, "1"]]);
  expect(history.find(search)).toHaveLength(4);
});

test("unique keeps the latest of equal codes, whatever session ran it", () => {
  session().close();
  const found = session(["1", "new"]).find({ hist_access_type: "search", pattern: "*", unique: true });
  expect(found).toEqual([
    [1, 2, "let a = 2"],
    [1, 4, "a.b"],
    [2, 1, "1"],
    [2, 2, "new"],
  ]);
});

test("several kernels write at once, and nothing is lost or mixed", async () => {
  const script = join(folder, "writer.mjs");
  const module = JSON.stringify(new URL("./history.ts", import.meta.url).href);
  writeFileSync(
    script,
    `import { History } from ${module};
     const history = new History(${JSON.stringify(file)});
     for (let count = 1; count <= 40; count++) {
       history.add({ count, code: "cell " + count, output: null });
       history.find({ hist_access_type: "tail", n: 1 });
     }
     history.close();`,
  );
  const writers = Array.from({ length: 3 }, () =>
    fork(script, { execArgv: ["--experimental-transform-types"] }),
  );
  const exits = await Promise.all(writers.map((writer) => once(writer, "exit")));
  expect(exits.map(([code]) => code)).toEqual([0, 0, 0]);
  const history = new History(file);
  for (const number of [1, 2, 3]) {
    const found = history.find({ hist_access_type: "range", session: number }) as [number, number, string][];
    expect(found.map(([, count]) => count)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  }
  history.close();
});

test("a broken file is put aside", () => {
  session().close();
  writeFileSync(file, "not a database, but longer than a header of one".repeat(100));
  expect(session(["after"]).find({ hist_access_type: "tail", n: 9 })).toEqual([[1, 1, "after"]]);
  expect(readdirSync(join(folder, "deep")).some((name) => name.includes(".broken-"))).toBe(true);
});

test("without a folder to write to the history lives in memory", () => {
  writeFileSync(join(folder, "deep"), "a file where the folder should be");
  expect(session(["kept"]).find({ hist_access_type: "tail", n: 9 })).toEqual([[1, 1, "kept"]]);
});

test("the file is in the user's Jupyter folder unless NNSIGHT_HISTORY says otherwise", () => {
  const system = { platform: "linux", home: "/homes/ada", environment: {} } as const;
  expect(historyFile(system)).toBe("/homes/ada/.local/share/jupyter/nnsight-ts/history.sqlite");
  expect(historyFile({ ...system, environment: { NNSIGHT_HISTORY: ":memory:" } })).toBe(":memory:");
});
