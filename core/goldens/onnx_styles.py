"""Files as other tools write them, built node by node with the names that those tools give, and what their modules give.

`onnx/fused.onnx`: as the model builder of ONNX Runtime GenAI and transformers.js do: weights and values in float16, fused nodes
of com.microsoft, names by its own scheme. `onnx/bare.onnx`: as old exporters and ONNX Runtime's optimizer do: nodes named by
operator and number only, weights by module, the equal weights of all norms merged into one.
`onnx/styles.json`: ids, and what ONNX Runtime gives for values by the module that they come out of. Needs onnx, onnxruntime, numpy.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).with_name("onnx")
HIDDEN, INNER, WORDS, LAYERS = 16, 32, 20, 2
IDS = [[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]]
draw = np.random.default_rng(5)


def weight(*shape: int) -> np.ndarray:
    return (draw.standard_normal(shape) * 0.3).astype(np.float32)


class File:
    def __init__(self, half: bool):
        self.half, self.nodes, self.weights, self.count = half, [], {}, 0

    def add(self, operator: str, inputs: list[str], path: str, outputs: int | list[str] = 1, domain: str = "", **attributes):
        """`path` is the scope with the name behind it; without a slash nodes are named by operator and number."""
        name = path if path.startswith("/") else f"{operator}_{self.count}"
        self.count += 1
        made = outputs if isinstance(outputs, list) else [f"{name}/output_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, made, name=name, domain=domain, **attributes))
        return made[0]

    def put(self, name: str, value: np.ndarray) -> str:
        self.weights[name] = value.astype(np.float16) if self.half and value.dtype == np.float32 else value
        return name

    def model(self, logits: str) -> onnx.ModelProto:
        kind = TensorProto.FLOAT16 if self.half else TensorProto.FLOAT
        graph = helper.make_graph(
            self.nodes, "main_graph",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"])],
            [helper.make_tensor_value_info(logits, kind, ["batch_size", "sequence_length", WORDS])],
            [numpy_helper.from_array(value, name) for name, value in self.weights.items()])
        return helper.make_model(graph, producer_name="onnxruntime-genai" if self.half else "pytorch", ir_version=8, opset_imports=[
            helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)])


def fused() -> tuple[onnx.ModelProto, dict[str, str]]:
    f, values = File(half=True), {}
    table = f.put("model.embed_tokens.weight", weight(WORDS, HIDDEN))
    x = f.add("Gather", [table, "input_ids"], "/model/embed_tokens/Gather")
    values["model.embed_tokens"] = x
    skip = None
    for i in range(LAYERS):
        at = f"/model/layers.{i}"
        if skip is None:
            # The norms of all layers are equal here, and such weights are merged.
            gain = f.put("model.layers.0.input_layernorm.weight", 1 + weight(HIDDEN))
            h = f.add("SimplifiedLayerNormalization", [x, gain], f"{at}/input_layernorm/LayerNorm", epsilon=1e-5, axis=-1, stash_type=1)
        else:
            out = f"{at}/input_layernorm/output_0", f"{at}/input_layernorm/output_3"
            gain = "model.layers.0.input_layernorm.weight"
            h = f.add("SkipSimplifiedLayerNormalization", [x, skip, gain], f"{at}/input_layernorm/SkipLayerNorm",
                      [out[0], "", "", out[1]], "com.microsoft", epsilon=1e-5)
            x = out[1]
        values[f"model.layers.{i}.input_layernorm"] = h
        q, k, v = (f.add("MatMul", [h, f.put(f"model.layers.{i}.attn.{p}.MatMul.weight", weight(HIDDEN, HIDDEN))],
                         f"{at}/attn/{p}/MatMul") for p in ("q_proj", "k_proj", "v_proj"))
        values[f"model.layers.{i}.self_attn.q_proj"] = q
        z = f.add("MultiHeadAttention", [q, k, v], f"{at}/attn/MultiHeadAttention", domain="com.microsoft", num_heads=4)
        o = f.add("MatMul", [z, f.put(f"model.layers.{i}.attn.o_proj.MatMul.weight", weight(HIDDEN, HIDDEN))], f"{at}/attn/o_proj/MatMul")
        values[f"model.layers.{i}.self_attn"] = o
        gain = f.put(f"model.layers.{i}.post_attention_layernorm.weight", 1 + weight(HIDDEN))
        out = f"{at}/post_attention_layernorm/output_0", f"{at}/post_attention_layernorm/output_3"
        h = f.add("SkipSimplifiedLayerNormalization", [x, o, gain], f"{at}/post_attention_layernorm/SkipLayerNorm",
                  [out[0], "", "", out[1]], "com.microsoft", epsilon=1e-5)
        x = out[1]
        gate, up = (f.add("MatMul", [h, f.put(f"model.layers.{i}.mlp.{p}.MatMul.weight", weight(HIDDEN, INNER))],
                          f"{at}/mlp/{p}/MatMul") for p in ("gate_proj", "up_proj"))
        act = f.add("Mul", [gate, f.add("Sigmoid", [gate], f"{at}/mlp/act_fn/Sigmoid")], f"{at}/mlp/act_fn/Mul")
        skip = f.add("MatMul", [f.add("Mul", [act, up], f"{at}/mlp/Mul"),
                                f.put(f"model.layers.{i}.mlp.down_proj.MatMul.weight", weight(INNER, HIDDEN))], f"{at}/mlp/down_proj/MatMul")
        values[f"model.layers.{i}.mlp"] = skip
    gain = f.put(f"model.layers.{LAYERS}.final_norm_layernorm.weight", 1 + weight(HIDDEN))
    h = f.add("SkipSimplifiedLayerNormalization", [x, skip, gain], f"/model/layers.{LAYERS}/final_norm_layernorm/SkipLayerNorm",
              domain="com.microsoft", epsilon=1e-5)
    values["model.norm"] = h
    f.add("MatMul", [h, f.put("lm_head.MatMul.weight", weight(HIDDEN, WORDS))], "/lm_head/MatMul", ["logits"])
    values["lm_head"] = "logits"
    return f.model("logits"), values


def bare() -> tuple[onnx.ModelProto, dict[str, str]]:
    f, values = File(half=False), {}
    x = f.add("Gather", [f.put("bert.embeddings.word_embeddings.weight", weight(WORDS, HIDDEN)), "input_ids"], "n")
    values["bert.embeddings.word_embeddings"] = x
    gain, bias = f.put("onnx::LayerNormalization_1", np.ones(HIDDEN, np.float32)), f.put("onnx::LayerNormalization_2", np.zeros(HIDDEN, np.float32))

    def linear(h: str, path: str, n: int, m: int, value: str | None = None) -> str:
        made = f.add("MatMul", [h, f.put(f"onnx::MatMul_{f.count}", weight(n, m))], "n")
        made = f.add("Add", [f.put(f"{path}.bias", weight(m)), made], "n")
        values[path] = made
        return made

    for i in range(LAYERS):
        at = f"bert.encoder.layer.{i}"
        q, k, v = (linear(x, f"{at}.attention.self.{p}", HIDDEN, HIDDEN) for p in ("query", "key", "value"))
        scores = f.add("FusedMatMul", [q, k], "n", domain="com.microsoft", transB=1, alpha=HIDDEN**-0.5)
        z = f.add("MatMul", [f.add("Softmax", [scores], "n", axis=-1), v], "n")
        o = linear(z, f"{at}.attention.output.dense", HIDDEN, HIDDEN)
        x = f.add("SkipLayerNormalization", [o, x, gain, bias], "n", domain="com.microsoft", epsilon=1e-5)
        h = linear(x, f"{at}.intermediate.dense", HIDDEN, INNER)
        h = f.add("FastGelu", [h], "n", domain="com.microsoft")
        x = f.add("SkipLayerNormalization", [linear(h, f"{at}.output.dense", INNER, HIDDEN), x, gain, bias], "n",
                  domain="com.microsoft", epsilon=1e-5)
    f.add("MatMul", [x, f.put("classifier.weight", weight(HIDDEN, WORDS))], "n", ["logits"])
    values["classifier"] = "logits"
    return f.model("logits"), values


def run(model: onnx.ModelProto, values: dict[str, str]) -> dict[str, list]:
    for name in set(values.values()) - {"logits"}:
        model.graph.output.append(helper.make_empty_tensor_value_info(name))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    made = session.run(list(values.values()), {"input_ids": np.array(IDS)})
    return {path: [round(float(x), 6) for x in value.reshape(-1)] for path, value in zip(values, made)}


def main() -> None:
    golden = {"ids": IDS}
    for name, make in (("fused", fused), ("bare", bare)):
        model, values = make()
        (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())
        golden[name] = run(model, values)
        print(name, (FOLDER / f"{name}.onnx").stat().st_size)
    (FOLDER / "styles.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
