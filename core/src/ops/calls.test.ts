/** Arguments as torch takes them become operands and parameters. */
import { expect, test } from "vitest";
import type { Value } from "./spec.ts";
import { table } from "./table.ts";

test("calls sort arguments", () => {
  const x = 1 as Value;
  expect([
    table.sum.call(x),
    table.sum.call(x, -1, { keepdim: true }),
    table.sum.call(x, [0, 1], true),
    table.clamp.call(x, null, 2),
    table.clamp.call(x, 1),
    table.permute.call(x, [1, 0]).params,
    table.zeros.call(2, 3).params,
    table.zeros.call([2], { dtype: "bool" }).params,
    table.rand.call(2, 3).params,
    table.rand.call([2]).params,
    table.full.call([2], -Infinity).params,
    table.layerNorm.call(x, 4, null, 2),
    table.norm.call(x, Infinity).params,
  ]).toMatchInlineSnapshot(`
    [
      {
        "operands": [
          1,
        ],
        "params": {
          "dim": null,
          "keepdim": false,
        },
      },
      {
        "operands": [
          1,
        ],
        "params": {
          "dim": [
            -1,
          ],
          "keepdim": true,
        },
      },
      {
        "operands": [
          1,
        ],
        "params": {
          "dim": [
            0,
            1,
          ],
          "keepdim": true,
        },
      },
      {
        "operands": [
          1,
          undefined,
          2,
        ],
        "params": {},
      },
      {
        "operands": [
          1,
          1,
          undefined,
        ],
        "params": {},
      },
      {
        "dims": [
          1,
          0,
        ],
      },
      {
        "dtype": "float32",
        "size": [
          2,
          3,
        ],
      },
      {
        "dtype": "bool",
        "size": [
          2,
        ],
      },
      {
        "size": [
          2,
          3,
        ],
      },
      {
        "size": [
          2,
        ],
      },
      {
        "dtype": "float32",
        "size": [
          2,
        ],
        "value": "-Infinity",
      },
      {
        "operands": [
          1,
          undefined,
          2,
        ],
        "params": {
          "eps": 0.00001,
          "normalizedShape": [
            4,
          ],
        },
      },
      {
        "dim": null,
        "keepdim": false,
        "p": "Infinity",
      },
    ]
  `);
});
