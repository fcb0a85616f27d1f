/** The tiny network of the seeds, with its inputs, for tests; and how near two tensors must be. */
import { expect } from "vitest";
import { manualSeed, NNsight, nn, ops, type Tensor } from "../src/index.ts";

manualSeed(423);
export const net = new nn.Sequential({ layer1: new nn.Linear(5, 10), layer2: new nn.Linear(10, 10) });
export const input = ops.rand([1, 5]);
export const input2 = ops.rand([1, 5]);
export const tiny = new NNsight(net);

/** What layer 1 gives for the input. */
export const one = net.layer1(input);

export function close(a: Tensor, b: Tensor, tolerance = 1e-5): void {
  expect(a.shape).toEqual(b.shape);
  expect(a.sub(b).abs().max().item()).toBeLessThan(tolerance);
}
