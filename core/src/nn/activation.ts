/** Activations as modules, so that they can be observed. */
import type { Tensor } from "../trace/tensor.ts";
import { Module } from "./module.ts";

/** max(x, 0). @see torch.nn.ReLU */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return x.relu();
  }
}

/** x · Φ(x). @see torch.nn.GELU */
export class GELU extends Module {
  /** @param approximate `tanh` for the approximation that GPT-2 uses */
  constructor(readonly approximate: "none" | "tanh" = "none") {
    super();
  }

  forward(x: Tensor): Tensor {
    return x.gelu({ approximate: this.approximate });
  }

  override extra(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** x · σ(x). @see torch.nn.SiLU */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return x.silu();
  }
}

/** 1 / (1 + e⁻ˣ). @see torch.nn.Sigmoid */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

/** The hyperbolic tangent. @see torch.nn.Tanh */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/** eˣ over its sum along `dim`. @see torch.nn.Softmax */
export class Softmax extends Module {
  constructor(readonly dim: number) {
    super();
  }

  forward(x: Tensor): Tensor {
    return x.softmax(this.dim);
  }

  override extra(): string {
    return `dim=${this.dim}`;
  }
}

/** Its input: a place to look at, and the identity of the seeds. @see nnsight.util.WrapperModule */
export class WrapperModule extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}
