/** Gradients of operators that fold axes away, and of softmax. */
import type { Rule, Site } from "../site.ts";

/** What has the shape of the result, with the folded axes as 1. */
function kept(at: Site, value: string): string {
  if (at.attribute("keepdims", 1) || !at.x(1)) return value;
  return at.op("Unsqueeze", [value, at.x(1)]);
}

/** The gradient, repeated along the folded axes. */
const spread = (at: Site): string => at.op("Expand", [kept(at, at.g), at.shape(at.x())]);

const reduced =
  (of: (at: Site, x: string, y: string) => string): Rule =>
  (at) => [at.mul(spread(at), of(at, at.x(), kept(at, at.y())))];

/** The extreme ones share it. */
const extreme: Rule = (at) => {
  const equal = at.op("CastLike", [at.op("Equal", [at.x(), kept(at, at.y())]), at.x()]);
  const axes = at.x(1) ? [at.x(1)] : [];
  const count = at.op("ReduceSum", [equal, ...axes], { keepdims: 1 });
  return [at.div(at.mul(spread(at), equal), count)];
};

export const reduction: Readonly<Record<string, Rule>> = {
  ReduceSum: (at) => [spread(at)],
  ReduceMean: (at) => {
    const count = at.div(at.op("Size", [at.x()]), at.op("Size", [at.y()]));
    return [at.div(spread(at), at.op("CastLike", [count, at.x()]))];
  },
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceL1: reduced((at, x) => at.op("Sign", [x])),
  ReduceL2: reduced((at, x, y) => {
    const zero = at.op("Equal", [y, at.number(0)]);
    return at.op("Where", [zero, at.number(0), at.div(x, at.op("Where", [zero, at.number(1), y]))]);
  }),
  ReduceLogSumExp: reduced((at, x, y) => at.op("Exp", [at.sub(x, y)])),
  ReduceProd: reduced((at, x, y) => at.div(y, x)),
  Softmax: (at) => {
    const product = at.mul(at.g, at.y());
    const axes = at.ints(at.attribute("axis", -1));
    return [at.sub(product, at.mul(at.y(), at.op("ReduceSum", [product, axes], { keepdims: 1 })))];
  },
  LogSoftmax: (at) => {
    const axes = at.ints(at.attribute("axis", -1));
    const sum = at.op("ReduceSum", [at.g, axes], { keepdims: 1 });
    return [at.sub(at.g, at.mul(at.op("Exp", [at.y()]), sum))];
  },
};
