/** The activations that configs of Hugging Face name. A new one is a line here. */
import { ValueError } from "../base/errors.ts";
import { nearest } from "../base/names.ts";
import type { Tensor } from "../trace/tensor.ts";
import { GELU, ReLU, SiLU, Tanh } from "./activation.ts";
import { Module } from "./module.ts";

/** x · σ(1.702 · x). @see transformers.activations.QuickGELUActivation */
class QuickGELU extends Module {
  forward(x: Tensor): Tensor {
    return x.mul(x.mul(1.702).sigmoid());
  }
}

const activations: Readonly<Record<string, () => Module>> = {
  gelu: () => new GELU(),
  gelu_python: () => new GELU(),
  gelu_new: () => new GELU("tanh"),
  gelu_fast: () => new GELU("tanh"),
  gelu_pytorch_tanh: () => new GELU("tanh"),
  quick_gelu: () => new QuickGELU(),
  relu: () => new ReLU(),
  silu: () => new SiLU(),
  swish: () => new SiLU(),
  tanh: () => new Tanh(),
};

/** A new module of the activation. @throws ValueError with the nearest names */
export function activationNamed(name: string): Module {
  const make = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (make) return make();
  throw new ValueError(
    `the config asks for the activation '${name}', which is not known. Near: ${nearest(name, Object.keys(activations)) || "none"}.`,
  );
}
