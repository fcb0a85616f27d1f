import type { CellsResult, Preview, TensorPayload, TensorQuery } from "nnsight-ts/display";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Live } from "../live/live.ts";
import type { Reply } from "../live/questions.ts";
import { Look } from "./look.ts";
import { isSameFrame } from "./scene.ts";

type CellsQuery = Extract<TensorQuery, { readonly ask: "cells" }>;

beforeEach(() => {
  vi.stubGlobal("document", { body: { dataset: {} } });
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

/** Each value of the slice, from -1 to 1. */
const at = (row: number, col: number): number => Math.sin(row * 3001 + col * 17);

const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));

/** A page's tensor of 3 slices of 2000 by 1500 that the notebook keeps in one cell, and what is asked of the kernel. */
function looking(id: string, { canAsk } = { canAsk: true }) {
  const asked: { slot: string; query: CellsQuery; answer: () => Promise<void> }[] = [];
  const ask = (slot: string, query: CellsQuery) =>
    new Promise<Reply>((settle) => {
      const answer = () => {
        settle(answered(query));
        return pass(0);
      };
      asked.push({ slot, query, answer });
    });
  const live = { ask, canAsk, state: "ready", onChange() {} } as unknown as Live;
  const preview: Preview = {
    ...{
      rowAxis: 1,
      colAxis: 2,
      fixed: [0, 0, 0],
      rows: 1,
      cols: 1,
      pool: [2000, 1500],
      encoding: "float32",
    },
    ...{ data: "AACAPw==", rms: [1], outliers: [] },
  };
  const payload = {
    ...{
      id,
      dtype: "float32",
      shape: [3, 2000, 1500],
      preview,
      range: { lo: -1, hi: 1, palette: "diverging" },
    },
    statistics: { min: -1, max: 1 },
  } as unknown as TensorPayload;
  const look = new Look(payload, live);
  look.resize(600);
  return { look, asked };
}

/** Cells of the first value that each covers. */
function answered({ rects, pool, wanted }: CellsQuery): Reply {
  const buffers = rects.map((rect) => {
    const [rows, cols] = [Math.ceil(rect.rows / pool[0]), Math.ceil(rect.cols / pool[1])];
    const cells = Float32Array.from({ length: rows * cols }, (_, i) =>
      at(rect.row + pool[0] * Math.floor(i / cols), rect.col + pool[1] * (i % cols)),
    );
    const bytes =
      wanted.kind === "uint8" ? Uint8Array.from(cells, (x) => 1 + Math.round((x + 1) * 127)) : cells;
    return new DataView(bytes.buffer);
  });
  const result: CellsResult = { encoding: wanted.kind === "uint8" ? "uint8" : "float32" };
  return { kind: "result", result, buffers };
}

const kinds = (asked: readonly { query: CellsQuery }[]) => asked.map(({ query }) => query.wanted.kind);

/** The largest distance between what is drawn and what there is. */
function error({ scene: { view } }: Look): number {
  const { at: rect, pool, cols, values } = view;
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const [row, col] = [rect.row + pool[0] * Math.floor(i / cols), rect.col + pool[1] * (i % cols)];
    most = Math.max(most, Math.abs(values[i]! - Math.fround(at(row, col))));
  }
  return most;
}

test("while a slider moves cells come in a byte each, what comes ahead draws nothing anew, and files wait for exact ones", async () => {
  const { look, asked } = looking("moving");
  await asked[0]!.answer();
  expect(error(look)).toBe(0);
  look.change({ axes: { ...look.choices.axes, fixed: [1, 0, 0] } }, true);
  expect(kinds(asked)).toEqual(["float", "uint8", "uint8"]);
  await asked[1]!.answer();
  const { view } = look.scene;
  expect(error(look)).toBeGreaterThan(0);
  expect(error(look)).toBeLessThan(1 / 127);
  await asked[2]!.answer();
  expect(look.scene.view).toBe(view);
  look.change({});
  let isSettled = false;
  const settled = look.settled().then(() => {
    isSettled = true;
  });
  await pass(0);
  expect([look.scene.isCurrent, isSettled]).toEqual([false, false]);
  const exact = asked.findLast(({ query }) => query.ask === "cells")!;
  expect(exact.query.wanted.kind).toBe("float");
  await exact.answer();
  await settled;
  expect([look.scene.isCurrent, error(look)]).toEqual([true, 0]);
});

test("nearer cells come in a byte each, and exactly when the reader rests", async () => {
  const { look, asked } = looking("nearer");
  await asked[0]!.answer();
  const window = { row: 500, col: 300, rows: 1000, cols: 750 };
  look.change({ window });
  await asked[1]!.answer();
  expect(look.scene.view.at).toMatchObject({ row: 498, rows: 1200 }); // whole cells, as many as there is room for
  expect(look.scene.isCurrent).toBe(false);
  expect(error(look)).toBeLessThan(1 / 127);
  await pass(150);
  look.change({ window: { ...window, row: 700 } });
  await pass(199);
  expect(kinds(asked)).toEqual(["float", "uint8", "uint8"]);
  await pass(1);
  expect(kinds(asked)).toEqual(["float", "uint8", "uint8", "float"]);
  await asked[2]!.answer();
  expect(look.scene.isCurrent).toBe(false);
  const rough = look.scene;
  await asked[3]!.answer();
  expect([look.scene.isCurrent, error(look)]).toEqual([true, 0]);
  expect(isSameFrame(rough, look.scene)).toBe(true);
  expect(isSameFrame(look.scene, { ...look.scene, view: rough.view })).toBe(false);
  await pass(60_000);
  expect(asked).toHaveLength(4);
});

test("few cells, and colours that reach as far as the cells in view, are asked for exactly at once", async () => {
  const { look, asked } = looking("few");
  await asked[0]!.answer();
  look.change({ window: { row: 0, col: 0, rows: 20, cols: 20 } });
  look.change({ window: { row: 0, col: 0, rows: 1000, cols: 750 }, range: "view" });
  expect(kinds(asked)).toEqual(["float", "float", "float"]);
});

test("what a notebook keeps is the same view as long as it is drawn alike", () => {
  const { look } = looking("saved", { canAsk: false });
  const { view, axes } = look.scene;
  look.change({});
  expect([look.scene.view === view, look.scene.axes === axes]).toEqual([true, true]);
  look.resize(400);
  expect(look.scene.view).toBe(view);
});
