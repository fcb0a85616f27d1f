/** Tensors that last through a session: its variables, which loops may change. */
import { broughtInto } from "./apply.ts";
import type { Recording } from "./recording.ts";
import { Tensor } from "./tensor.ts";

/** Makes a tensor a variable of an open program: it can be changed there, in loops, too, and keeps the last value. */
export function variableIn(recording: Recording, tensor: Tensor): Tensor {
  Tensor.hold(tensor, { scope: recording, result: broughtInto(recording, tensor.state) });
  return tensor.save();
}
