/** What an envoy tells an editor. */
import { expect, test } from "vitest";
import { NNsight, nn } from "../index.ts";

test("a kernel can ask what a module is and has, outside a trace", () => {
  const model = new NNsight(new nn.Sequential({ up: new nn.Linear(2, 4), act: new nn.ReLU() }));
  const tell = (globalThis as Record<symbol, unknown>)[Symbol.for("nnsight.module")] as (
    value: object,
  ) => unknown;
  expect(tell(model)).toEqual({
    kind: "Sequential",
    children: [
      ["up", "Linear"],
      ["act", "ReLU"],
    ],
  });
  expect(tell(model.up)).toEqual({ kind: "Linear", children: [] });
  expect(tell({})).toBeUndefined();
});
