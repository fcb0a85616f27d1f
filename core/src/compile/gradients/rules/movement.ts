/** Gradients of operators that move values: what was picked goes back to where it was, what was repeated is summed. */
import type { Rule } from "../site.ts";

/** The shape alone changes. */
const reshaped: Rule = (at) => [at.shaped(at.g, at.x())];

/** The operator picks places of its first input; the others say which. */
const picked: Rule = (at) => [at.scattered((x) => at.again([x, ...at.node.inputs.slice(1)]))];

export const movement: Readonly<Record<string, Rule>> = {
  Reshape: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Flatten: reshaped,
  Expand: (at) => [at.sumTo(at.g, at.x())],
  Tile: picked,
  Slice: picked,
  Gather: picked,
  GatherElements: picked,
  GatherND: picked,
  Transpose: (at) => {
    const perm = at.attribute<readonly number[]>("perm", []);
    const back = perm.map((_, i) => perm.indexOf(i));
    return [at.op("Transpose", [at.g], perm.length ? { perm: back } : {})];
  },
  Concat: (at) => {
    const axis = at.attribute("axis", 0);
    // Counted from the end an axis needs a rank, which the run knows.
    const sizes = at.node.inputs.map((x) => {
      const shape = at.shape(x);
      return at.op("Gather", [shape, at.ints(axis)], { axis: 0 });
    });
    const parts = at.op("Concat", sizes, { axis: 0 });
    return at.builder.nodes("Split", [at.g, parts], { axis }, at.node.inputs.length);
  },
  Split: (at) => {
    const parts = at.node.outputs.map((output, i) => at.given[i] ?? at.zeros(output));
    return [at.op("Concat", parts, { axis: at.attribute("axis", 0) })];
  },
  Trilu: (at) => [at.again([at.g, ...at.node.inputs.slice(1)])],
  Pad: (at) => {
    if (at.attribute<string>("mode", "constant") !== "constant")
      return [at.scattered((x) => at.again([x, at.x(1), "", ...at.node.inputs.slice(3)]))];
    const half = (from: string, to: string): string => at.op("Slice", [at.x(1), from, to]);
    const rank = at.op("Div", [at.shape(at.x(1)), at.ints(2)]);
    const starts = half(at.ints(0), rank);
    return [at.op("Slice", [at.g, starts, at.add(starts, at.shape(at.x()))])];
  },
  ScatterND: (at) => [
    at.needs[0] ? at.op("ScatterND", [at.g, at.x(1), at.zeros(at.x(2))]) : undefined,
    undefined,
    at.needs[2] ? at.op("GatherND", [at.g, at.x(1)]) : undefined,
  ],
  ScatterElements: (at) => {
    const axis = at.attribute("axis", 0);
    const adds = at.attribute<string>("reduction", "none") === "add";
    return [
      !at.needs[0]
        ? undefined
        : adds
          ? at.g
          : at.op("ScatterElements", [at.g, at.x(1), at.zeros(at.x(2))], { axis }),
      undefined,
      at.needs[2] ? at.op("GatherElements", [at.g, at.x(1)], { axis }) : undefined,
    ];
  },
  TopK: (at) => [
    at.scattered((x) => at.op("GatherElements", [x, at.y(1)], { axis: at.attribute("axis", -1) })),
  ],
  CumSum: (at) => {
    const reverse = 1 - at.attribute("reverse", 0);
    return [at.op("CumSum", [at.g, at.x(1)], { reverse, exclusive: at.attribute("exclusive", 0) })];
  },
};
