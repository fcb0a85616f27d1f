/** `module.source`: what a forward does, listed, read, written, nested; of layers of ours, of one's own and of ONNX files. */
import { beforeEach, describe, expect, test } from "vitest";
import { golden } from "../../goldens/files.ts";
import { distance, smallLlama } from "../../goldens/small.ts";
import { LanguageModel, NNsight, nn, ops, resetContexts, type Tensor, tensor } from "../index.ts";
import type { AnyModel } from "./nnsight.ts";

beforeEach(() => resetContexts());

const lm = LanguageModel.random(smallLlama);
const mlp = lm.model.layers[1]!.mlp;
const ids = [3, 17, 5, 29, 8];

/** The operations of the first module of a file with a product of matrices of its own. */
const multiplying = (net: AnyModel) =>
  net
    .modules((one) => !/^ModuleList/.test(String(one)))
    .map(({ source }) => source)
    .find((source) => "MatMul_0" in source)!;

class Twice extends nn.Module {
  fc = new nn.Linear(4, 4);
  forward(x: Tensor): Tensor {
    const once = ops.relu(this.fc(x));
    return ops.relu(this.fc(once)).add(once);
  }
}

describe("the list", () => {
  test("names the operations in their order, with their shapes and where they are written", () => {
    const operations = [...mlp.source];
    expect(operations.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "gate_proj_0 Linear",
      "up_proj_0 Linear",
      "act_fn_0 SiLU",
      "mul_0 mul",
      "down_proj_0 Linear",
    ]);
    expect(operations[3]!.shape.at(-1)).toBe(24);
    expect(operations[3]!.where).toMatch(/^blocks\.[jt]s:\d+/);
    expect(String(mlp.source)).toContain("model.layers.1.mlp.source\n  gate_proj_0  Linear");
    expect(Object.keys(mlp.source)).toEqual(operations.map(({ name }) => name));
  });

  test("of a module of one's own names one's own lines, and counts", () => {
    const net = new NNsight(new nn.Sequential({ twice: new Twice() }));
    const operations = net.scan(ops.ones(1, 4), () => [...net.twice.source]);
    return operations.then((all) => {
      expect(all.map(({ name }) => name)).toEqual(["fc_0", "relu_0", "fc_1", "relu_1", "add_0"]);
      expect(all[1]!.where).toMatch(/^source\.test\.ts:\d+/);
    });
  });

  test("of an ONNX file names operators and the nodes of the file", async () => {
    const net = await NNsight.load(golden("onnx/dynamo.onnx"));
    const matmul = multiplying(net)["MatMul_0"]!;
    expect(matmul.name).toBe("MatMul_0");
    expect(matmul.where).not.toBe("an unknown line");
  });

  test("7-054, 7-122: an operation that is not there is refused with those that are", () => {
    expect(() => mlp.source["mull_0"]).toThrow(
      "model.layers.1.mlp.source has no operation 'mull_0'. Did you mean 'mul_0'",
    );
    expect(() => mlp.source["mul_0"]!.source).toThrow("model.layers.1.mlp.source.mul_0 is one operation");
    expect(() => mlp.source["mul_0"]!.output).toThrow(
      "model.layers.1.mlp.source.mul_0.output is read outside a trace",
    );
  });
});

describe("reading and writing", () => {
  test("7-047, 7-048, 7-114, 7-115: operands and result of an operation", async () => {
    const { gate, up, product, both } = await lm.trace(ids, () => ({
      gate: mlp.act_fn.output,
      up: mlp.up_proj.output,
      product: mlp.source["mul_0"]!.output,
      both: mlp.source["mul_0"]!.inputs,
    }));
    expect(distance(product, gate.mul(up))).toBe(0);
    const [[first, second]] = both as unknown as [[Tensor, Tensor]];
    expect([distance(first, gate), distance(second, up)]).toEqual([0, 0]);
  });

  test("7-049, 7-118, 7-119, 7-121: a result and an operand that are written are what the model goes on with, in this trace alone", async () => {
    const plain = await lm.trace(ids, () => lm.output.logits);
    const zeroed = await lm.trace(ids, () => {
      mlp.source["mul_0"]!.output.fill(0);
      return { output: mlp.output, operation: mlp.source["mul_0"]!.output };
    });
    expect([Number(zeroed.output.abs().max().item()), Number(zeroed.operation.abs().max().item())]).toEqual([
      0, 0,
    ]);
    const swapped = await lm.trace(ids, () => {
      const { mul_0 } = mlp.source;
      mul_0!.input = mul_0!.input.mul(2);
      return { output: mlp.output, gate: mlp.act_fn.output };
    });
    const doubled = await lm.trace(ids, () => {
      mlp.output = mlp.output.mul(2);
      return { output: mlp.output, gate: mlp.act_fn.output };
    });
    expect(distance(swapped.output, doubled.output)).toBeLessThan(1e-6);
    expect(distance(swapped.gate, doubled.gate)).toBe(0);
    expect(distance(await lm.trace(ids, () => lm.output.logits), plain)).toBe(0);
  });

  test("skip puts a value in its place", async () => {
    const made = await lm.trace(ids, () => {
      mlp.source["mul_0"]!.skip(mlp.up_proj.output);
      return { product: mlp.source["mul_0"]!.output, up: mlp.up_proj.output };
    });
    expect(distance(made.product, made.up)).toBe(0);
  });

  test("7-050, 7-052, 7-053, 7-116, 7-117: nested, the source of a module in a source, and the right one of two calls", async () => {
    const inner = await lm.trace(ids, () => {
      const layer = lm.model.layers[1]!.source;
      return { nested: layer["mlp_0"]!.source["mul_0"]!.output, plain: mlp.source["mul_0"]!.output };
    });
    expect(distance(inner.nested, inner.plain)).toBe(0);
    const net = new NNsight(new nn.Sequential({ twice: new Twice() }));
    const two = await net.trace(ops.ones(1, 4), () => {
      const { fc_0, fc_1, relu_0, relu_1 } = net.twice.source;
      return {
        a: fc_0!.output,
        b: fc_1!.output,
        relu: relu_0!.output,
        last: relu_1!.output,
        second: net.twice.fc.calls[1]!.output,
      };
    });
    expect(distance(two.b, two.second)).toBe(0);
    expect(distance(two.relu, ops.relu(two.a))).toBe(0);
    expect(distance(two.last, ops.relu(two.b))).toBe(0);
  });

  test("what attention computes at once is in steps inside", async () => {
    const attention = lm.model.layers[1]!.self_attn;
    expect([...attention.source].map(({ name }) => name)).toContain("core_0");
    const { scores, pattern, own } = await lm.trace(ids, () => {
      const { softmax_0 } = attention.source["core_0"]!.source;
      return {
        scores: softmax_0!.input,
        pattern: softmax_0!.output as Tensor,
        own: lm.layers[1]!.attn.pattern,
      };
    });
    expect(distance(pattern, own)).toBe(0);
    expect(distance(pattern, scores.softmax(-1))).toBeLessThan(1e-6);
  });

  test("7-051, 7-056: the operation of one layer in another one, for each prompt of its own", async () => {
    const other = [3, 21, 5, 29, 8];
    const both = await lm.trace((tracer) => {
      const a = tracer.invoke(ids, () => lm.model.layers[0]!.mlp.source["mul_0"]!.output);
      const b = tracer.invoke(other, () => {
        mlp.source["mul_0"]!.output = a;
        return mlp.source["mul_0"]!.output;
      });
      return { a, b, logits: tracer.invoke(() => lm.output.logits) };
    });
    expect(distance(both.a, both.b)).toBe(0);
    const alone = await lm.trace(ids, () => lm.output.logits);
    expect(distance(both.logits.at(0), alone.at(0))).toBeLessThan(1e-4);
  });

  test("7-055: an operation that was read before, its gradient, and each step of a generation", async () => {
    const gradient = await lm.trace(ids, () => {
      lm.output.logits.at(0, -1, 7).backward();
      return { inner: mlp.source["mul_0"]!.output.grad, outer: mlp.down_proj.input.grad };
    });
    expect(distance(gradient.inner, gradient.outer)).toBeLessThan(1e-6);
    const steps = await lm.generate(ids, { maxNewTokens: 3 }, (tracer) =>
      tracer.iter.all(() => mlp.source["mul_0"]!.output),
    );
    expect(steps.map(({ shape }) => shape)).toEqual([
      [1, 5, 24],
      [1, 1, 24],
      [1, 1, 24],
    ]);
  });

  test("an edit and a path", async () => {
    const edited = await lm.edit(() => void lm.get("model.layers.1.mlp.source.mul_0").output.fill(0));
    expect(Number((await edited.trace(ids, () => mlp.output)).abs().max().item())).toBe(0);
  });

  test("operations of an ONNX file", async () => {
    const net = await NNsight.load(golden("onnx/dynamo.onnx"));
    const input = tensor([[3n, 1n, 4n, 1n, 5n]]);
    const { MatMul_0 } = multiplying(net);
    const made = await net.trace(input, () => ({
      read: MatMul_0!.output as Tensor,
      all: net.output as Tensor,
    }));
    expect(made.read.ndim).toBeGreaterThan(1);
    const changed = await net.trace(input, () => {
      MatMul_0!.output = MatMul_0!.output.mul(0);
      return net.output;
    });
    expect(distance(changed, made.all)).toBeGreaterThan(0);
  });
});
