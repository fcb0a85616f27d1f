import type { CellsResult, Preview, TensorPayload, TensorQuery } from "nnsight-ts/display";
import { beforeEach, expect, test, vi } from "vitest";
import type { Live } from "../live/live.ts";
import type { Reply } from "../live/questions.ts";
import { Look } from "./look.ts";

type CellsQuery = Extract<TensorQuery, { readonly ask: "cells" }>;

beforeEach(() => void vi.stubGlobal("document", { body: { dataset: {} } }));

/** Each value of the slice, from -1 to 1. */
const at = (row: number, col: number): number => Math.sin(row * 3001 + col * 17);

/** A page's tensor of 3 slices of 2000 by 1500 that the notebook keeps in one cell, and what is asked of the kernel. */
function looking(id: string, { canAsk } = { canAsk: true }) {
  const asked: { slot: string; query: CellsQuery; answer: () => Promise<void> }[] = [];
  const ask = (slot: string, query: CellsQuery) =>
    new Promise<Reply>((settle) => {
      const answer = () => {
        settle(answered(query));
        return new Promise<void>((done) => setTimeout(done));
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
  await new Promise((done) => setTimeout(done));
  expect([look.scene.isCurrent, isSettled]).toEqual([false, false]);
  const exact = asked.findLast(({ query }) => query.ask === "cells")!;
  expect(exact.query.wanted.kind).toBe("float");
  await exact.answer();
  await settled;
  expect([look.scene.isCurrent, error(look)]).toEqual([true, 0]);
});

test("what a notebook keeps is the same view as long as it is drawn alike", () => {
  const { look } = looking("saved", { canAsk: false });
  const { view, axes } = look.scene;
  look.change({});
  expect([look.scene.view === view, look.scene.axes === axes]).toEqual([true, true]);
  look.resize(400);
  expect(look.scene.view).toBe(view);
});
