/** Untouched parts are written with fewer nodes, to the same bits, and nothing that somebody reads goes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { golden, scratchFolder } from "../../../goldens/files.ts";
import { smallLlama } from "../../../goldens/small.ts";
import { CONFIG, LanguageModel, saveTensors, type Tensor } from "../../index.ts";
import { local } from "../../model/nnsight.ts";
import { allNodes, type Graph, type OnnxNode } from "../../onnx/graph.ts";
import { fuse } from "./fuse.ts";

const ids = [3, 7, 1, 30, 22];
beforeEach(() => {
  CONFIG.APP.MEMO = false;
});
afterEach(() => {
  CONFIG.APP.MEMO = true;
});

/** How many nodes of an operator the untouched parts have that a body runs, and what it gives. */
async function ran(body: () => PromiseLike<Tensor>) {
  const runs = vi.spyOn(local.sessions, "run");
  const numbers = Array.from((await body()).data, Number);
  const graphs = new Set(runs.mock.calls.map(([{ graph }]) => graph));
  runs.mockRestore();
  const operators = [...graphs].flatMap(allNodes).map(({ operator }) => operator);
  return { numbers, count: (name: string) => operators.filter((one) => one === name).length };
}

const bodies: Readonly<Record<string, (lm: LanguageModel) => PromiseLike<Tensor>>> = {
  trace: (lm) => lm.trace(ids, () => lm.output.logits),
  generation: (lm) => lm.generate(ids, { maxNewTokens: 3, eos: [] }, () => lm.output.logits),
};

describe.each(Object.entries(bodies))("products of one value, in a %s", (_, body) => {
  /** A model of two layers whose weights lie in a file in some order. */
  async function inOrder(order: (names: string[]) => string[]): Promise<LanguageModel> {
    const folder = scratchFolder();
    const weights = new Map(LanguageModel.random(smallLlama).namedParameters());
    const ordered = order([...weights.keys()]).map((name) => [name, weights.get(name)!]);
    await saveTensors(join(folder, "model.safetensors"), Object.fromEntries(ordered));
    writeFileSync(join(folder, "config.json"), JSON.stringify(smallLlama));
    return LanguageModel.load(folder);
  }

  test("are one where their weights lie side by side, to the same bits", async () => {
    const beside = await inOrder((names) => names);
    // A weight of each layer in turn, so that none lies beside one of its own.
    const layerless = (name: string): string => name.replace(/\d+/, "");
    const apart = await inOrder((names) =>
      names.toSorted((a, b) => layerless(a).localeCompare(layerless(b))),
    );
    const few = await ran(() => body(beside));
    const many = await ran(() => body(apart));
    expect(few.numbers).toEqual(many.numbers);
    // In each of two layers queries, keys and values, and the two of the MLP.
    expect(many.count("FusedMatMul") - few.count("FusedMatMul")).toBe(2 * 3);
    expect(few.count("Split") - many.count("Split")).toBe(2 * 2);
  });

  test.each([
    ["float32", "FusedMatMul"],
    ["q4", "MatMulNBits"],
  ] as const)("a GGUF file is converted so that they do, as %s", async (dtype, operator) => {
    const lm = await LanguageModel.load(golden("tiny.gguf"), { dtype });
    const { count } = await ran(() => body(lm));
    expect([count("Split") > 0, count(operator) > 0]).toEqual([true, true]);
  });
});

describe.each(Object.entries(bodies))("attention, in a %s", (_, body) => {
  test.each(["llama", "gpt2", "qwen2"])("moves no heads in %s", async (model_type) => {
    const sizes = { n_layer: 2, n_embd: 16, n_head: 4, n_positions: 32 };
    const lm = LanguageModel.random({ ...smallLlama, ...sizes, model_type } as never) as LanguageModel;
    const { count } = await ran(() => body(lm));
    expect([count("Attention") > 0, count("Transpose")]).toEqual([true, 0]);
  });
});

describe("a graph as it is written", () => {
  const node = (operator: string, inputs: string[], outputs: string[], attributes = {}): OnnxNode => ({
    operator,
    domain: "",
    inputs,
    outputs,
    attributes,
  });
  const sizes = (name: string, data: bigint[]) => {
    return { name, value: { dtype: "int64", shape: [data.length], data: BigInt64Array.from(data) } } as const;
  };
  const info = (name: string) => ({ name, dtype: "float32", shape: [null, null, null] }) as const;
  const heads = ["q", "k", "v"].flatMap((x) => [
    node("Reshape", [x, "apart"], [`${x}1`]),
    node("Transpose", [`${x}1`], [`${x}2`], { perm: [0, 2, 1, 3] }),
  ]);
  const attention: Graph = {
    inputs: ["q", "k", "v"].map(info),
    outputs: [info("z")],
    nodes: [
      ...heads,
      node("Attention", ["q2", "k2", "v2"], ["z2"], { scale: 0.5 }),
      node("Transpose", ["z2"], ["z1"], { perm: [0, 2, 1, 3] }),
      node("Reshape", ["z1", "together"], ["z"]),
    ],
    initializers: [sizes("apart", [0n, 0n, 2n, 4n]), sizes("together", [0n, 0n, 8n])],
  };
  const operators = ({ nodes }: Graph): string => nodes.map(({ operator }) => operator).join(" ");

  test("attention takes what its heads were split from", () => {
    const made = fuse(attention);
    expect(operators(made)).toBe("Attention");
    expect(made.nodes[0]).toMatchObject({
      inputs: ["q", "k", "v"],
      outputs: ["z"],
      attributes: { scale: 0.5, q_num_heads: 2, kv_num_heads: 2 },
    });
    expect(made.initializers).toEqual([]);
  });

  test.each(["q2", "k1", "z2"])("heads stay apart where somebody reads %s", (name) => {
    const read = { ...attention, outputs: [...attention.outputs, info(name)] };
    expect(fuse(read)).toEqual(read);
  });

  test("heads that are split otherwise stay as they are", () => {
    const other = {
      ...attention,
      initializers: [sizes("apart", [1n, -1n, 2n, 4n]), attention.initializers[1]!],
    };
    expect(fuse(other)).toEqual(other);
  });

  test("the same from the same is computed once, but for what is drawn", () => {
    const of = (operator: string): Graph => ({
      inputs: [info("x")],
      outputs: [info("sum")],
      nodes: [node(operator, ["x"], ["a"]), node(operator, ["x"], ["b"]), node("Add", ["a", "b"], ["sum"])],
      initializers: [],
    });
    expect(operators(fuse(of("Exp")))).toBe("Exp Add");
    expect(operators(fuse(of("RandomNormalLike")))).toBe("RandomNormalLike RandomNormalLike Add");
  });

  const parts = (name: string): OnnxNode =>
    node("Split", [name, `${name}_sizes`], [`${name}1`, `${name}2`], { axis: -1 });
  const summed: Graph = {
    inputs: ["x", "y"].map(info),
    outputs: ["u", "v"].map(info),
    nodes: [parts("x"), parts("y"), node("Add", ["x1", "y1"], ["u"]), node("Add", ["x2", "y2"], ["v"])],
    initializers: [sizes("x_sizes", [2n, 4n]), sizes("y_sizes", [2n, 4n])],
  };

  test("sums of parts are parts of a sum", () => {
    const made = fuse(summed);
    expect(operators(made)).toBe("Add Split");
    expect(made.nodes.at(-1)!.outputs).toEqual(["u", "v"]);
    expect(made.initializers.map(({ name }) => name)).toEqual(["y_sizes"]);
  });

  test.each<[string, Graph]>([
    ["somebody reads a part", { ...summed, outputs: [...summed.outputs, info("y2")] }],
    [
      "they are split otherwise",
      { ...summed, initializers: [sizes("x_sizes", [2n, 4n]), sizes("y_sizes", [3n, 3n])] },
    ],
    [
      "another part is added",
      {
        ...summed,
        nodes: [
          ...summed.nodes.slice(0, 2),
          node("Add", ["x1", "y2"], ["u"]),
          node("Add", ["x2", "y1"], ["v"]),
        ],
      },
    ],
  ])("they stay as they are where %s", (_, graph) => {
    expect(fuse(graph)).toEqual(graph);
  });
});
