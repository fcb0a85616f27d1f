/** Traces of the tiny network as a user writes them, in a file that the loader compiles. */
import { NNsight, nn, ops, type Tensor } from "nnsight-ts";

const tiny = new NNsight(new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) }));
const x = ops.ones([1, 5]);

export const empty = () => tiny.trace(x, () => tiny.output);

/** A read and an op on it, so often. */
export const reads = (count: number) => () =>
  tiny.trace(x, () => {
    for (let i = 0; i < count; i++) tiny.output.mul(2);
    return tiny.output;
  });

export const invokes = (count: number) => () =>
  tiny.trace((tracer) => {
    for (let i = 0; i < count; i++) tracer.invoke(x, () => tiny.output);
    return tiny.output;
  });

/** A chain of ops, which an error of our own ends before anything is planned. */
export const written = (count: number) => () =>
  tiny
    .trace(x, () => {
      let h: Tensor = tiny.layer1.output;
      for (let i = 0; i < count; i++) h = h + 1;
      throw new Error("written");
    })
    .catch(() => undefined);
