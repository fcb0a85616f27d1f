"""Files that hold graphs and functions of their own, and what their modules give.

`onnx/merged.onnx`: a decoder as Optimum merges it, two exports (with and without the keys and values of what came before) as
the branches of one `If` on `use_cache_branch`, with equal weights once. `onnx/past.onnx`: the export with a past alone, as
newer files of transformers.js are. `onnx/functions.onnx`: modules as functions of the file, as the first dynamo exporters
wrote them. `onnx/loops.onnx`: a Loop of PyTorch's scripts, a Scan, and an If that only a run decides.
`onnx/control.json`: what ONNX Runtime gives for what is fed. Needs onnx, onnxruntime, torch.
"""

import json
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

FOLDER = Path(__file__).with_name("onnx")
HIDDEN, HEADS, WORDS, LAYERS = 8, 2, 12, 2
IDS = [[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]]


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(HIDDEN, 3 * HIDDEN), nn.Linear(HIDDEN, HIDDEN)

    def forward(self, x, mask, past):
        batch, width = x.shape[0], x.shape[1]
        q, k, v = (y.view(batch, width, HEADS, HIDDEN // HEADS).transpose(1, 2) for y in self.qkv(x).chunk(3, -1))
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        scores = q @ k.transpose(-1, -2) * (HIDDEN // HEADS) ** -0.5
        total = k.shape[2]
        causal = torch.arange(total)[None, :] <= torch.arange(total - width, total)[:, None]
        scores = scores.masked_fill(~(causal & mask[:, None, None, :].bool()), -1e9)
        z = torch.softmax(scores, -1) @ v
        return self.out(z.transpose(1, 2).reshape(batch, width, HIDDEN)), k, v


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.attn = nn.LayerNorm(HIDDEN), Attention()
        self.mlp = nn.Sequential(nn.Linear(HIDDEN, 2 * HIDDEN), nn.GELU(), nn.Linear(2 * HIDDEN, HIDDEN))

    def forward(self, x, mask, past):
        y, k, v = self.attn(self.norm(x), mask, past)
        x = x + y
        return x + self.mlp(x), k, v


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.layers = nn.Embedding(WORDS, HIDDEN), nn.ModuleList(Block() for _ in range(LAYERS))
        self.head = nn.Linear(HIDDEN, WORDS, bias=False)

    def forward(self, input_ids, attention_mask, *past):
        x, present = self.embed(input_ids), []
        for i, layer in enumerate(self.layers):
            x, k, v = layer(x, attention_mask, past[2 * i : 2 * i + 2] or None)
            present += [k, v]
        return self.head(x), *present


def names(kind: str) -> list[str]:
    return [f"{kind}.{i}.{one}" for i in range(LAYERS) for one in ("key", "value")]


def exported(model: nn.Module, past: bool) -> onnx.ModelProto:
    width = 3 if past else 0
    args = [torch.tensor(IDS), torch.ones(2, 5 + width, dtype=torch.int64)]
    axes = {"input_ids": {0: "batch_size", 1: "sequence_length"}, "logits": {0: "batch_size", 1: "sequence_length"},
            "attention_mask": {0: "batch_size", 1: "past_sequence_length + 1" if past else "sequence_length"}}
    axes |= {name: {0: "batch_size", 2: "past_sequence_length + 1"} for name in names("present")}
    inputs = ["input_ids", "attention_mask"]
    if past:
        args += [torch.zeros(2, HEADS, width, HIDDEN // HEADS)] * (2 * LAYERS)
        inputs += names("past_key_values")
        axes |= {name: {0: "batch_size", 2: "past_sequence_length"} for name in names("past_key_values")}
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, tuple(args), file.name, dynamo=False, opset_version=17, input_names=inputs,
                          output_names=["logits", *names("present")], dynamic_axes=axes)
        return onnx.load(file.name)


def merged(plain: onnx.ModelProto, past: onnx.ModelProto) -> onnx.ModelProto:
    """One graph with both as branches: weights that are equal stand outside of them, once."""
    shared, outside = {}, []
    for model in (past, plain):
        other = {}
        for one in list(model.graph.initializer):
            key = (one.data_type, tuple(one.dims), one.raw_data)
            if key not in shared:
                shared[key] = one.name if one.name not in {w.name for w in outside} else f"{one.name}_plain"
                copy = TensorProto()
                copy.CopyFrom(one)
                copy.name = shared[key]
                outside.append(copy)
            other[one.name] = shared[key]
        for node in model.graph.node:
            for i, name in enumerate(node.input):
                node.input[i] = other.get(name, name)
    # Optimum's files have the nodes of both branches by the same names, and their results, too.
    branches = [helper.make_graph(model.graph.node, name, [], model.graph.output)
                for model, name in ((past, "then"), (plain, "else"))]
    node = helper.make_node("If", ["use_cache_branch"], ["logits", *names("present")], name="optimum::if",
                            then_branch=branches[0], else_branch=branches[1])
    flag = helper.make_tensor_value_info("use_cache_branch", TensorProto.BOOL, [1])
    graph = helper.make_graph([node], "merged", [*past.graph.input, flag], past.graph.output, outside)
    return helper.make_model(graph, ir_version=8, producer_name="pytorch", opset_imports=[helper.make_opsetid("", 17)])


def functions() -> onnx.ModelProto:
    """A function for each class; weights go in as arguments; one has an attribute, another calls the others."""
    own = "pkg.torch.2.3.0"
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(own, 1)]
    linear = helper.make_function(own, "Linear", ["x", "weight", "bias"], ["y"], [
        helper.make_node("Transpose", ["weight"], ["t"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "t"], ["m"]), helper.make_node("Add", ["m", "bias"], ["y"])], opsets)
    act = helper.make_node("LeakyRelu", ["x"], ["y"])
    ref = onnx.AttributeProto(name="alpha", type=onnx.AttributeProto.FLOAT, ref_attr_name="slope")
    act.attribute.append(ref)
    leaky = helper.make_function(own, "Leaky", ["x"], ["y"], [act], opsets, ["slope"])
    inner = ["x", "up.weight", "up.bias", "down.weight", "down.bias"]
    block = helper.make_function(own, "Block", inner, ["y", "same"], [
        helper.make_node("Identity", ["x"], ["same"]),
        helper.make_node("Linear", ["x", "up.weight", "up.bias"], ["u"], domain=own),
        helper.make_node("Leaky", ["u"], ["a"], domain=own, slope=0.3),
        helper.make_node("Linear", ["a", "down.weight", "down.bias"], ["d"], domain=own),
        helper.make_node("Add", ["x", "d"], ["y"])], opsets)
    draw = np.random.default_rng(3)
    weights, nodes, x = {}, [], "input"
    for i in range(LAYERS):
        sizes = {"up.weight": (12, 8), "up.bias": (12,), "down.weight": (8, 12), "down.bias": (8,)}
        weights |= {f"blocks.{i}.{name}": draw.standard_normal(size).astype(np.float32) * 0.4 for name, size in sizes.items()}
        made = "output" if i == LAYERS - 1 else f"block_{i}"
        nodes.append(helper.make_node("Block", [x, *(f"blocks.{i}.{name}" for name in sizes)], [made, f"same_{i}"],
                                      name=f"blocks_{i}_1", domain=own))
        x = made
    info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 8]) for name in ("input", "output", "same_1")]
    graph = helper.make_graph(nodes, "main", info[:1], info[1:], [numpy_helper.from_array(v, k) for k, v in weights.items()])
    return helper.make_model(graph, ir_version=8, functions=[linear, leaky, block], opset_imports=opsets)


@torch.jit.script
def turns(x: torch.Tensor, n: int):
    h = x[:, 0]
    for i in range(n):
        h = torch.tanh(h + x[:, i])
    return h


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        return self.b(turns(self.a(x), x.shape[1]))


def loops() -> onnx.ModelProto:
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Recurrent().eval(), (torch.rand(2, 5, 4),), file.name, dynamo=False, opset_version=17,
                          input_names=["x"], output_names=["h"], dynamic_axes={"x": {0: "batch", 1: "time"}})
        model = onnx.load(file.name)
    graph, real = model.graph, TensorProto.FLOAT
    info = helper.make_tensor_value_info
    # Sums along the first axis, each turn times a weight from outside; then a branch that its value decides.
    body = helper.make_graph([helper.make_node("Add", ["s", "row"], ["t"]), helper.make_node("Mul", ["t", "decay"], ["u"]),
                              helper.make_node("Identity", ["u"], ["all"])], "body",
                             [info("s", real, [4]), info("row", real, [4])], [info("u", real, [4]), info("all", real, [None, ])])
    graph.initializer.append(numpy_helper.from_array(np.array([0.5, 0.9, 0.1, 0.7], np.float32), "decay"))
    graph.initializer.append(numpy_helper.from_array(np.zeros(4, np.float32), "start"))
    graph.initializer.append(numpy_helper.from_array(np.array(0, np.float32), "zero"))
    graph.node.append(helper.make_node("Scan", ["start", "h"], ["last", "steps"], name="/sum/Scan", num_scan_inputs=1, body=body))
    graph.node.append(helper.make_node("ReduceSum", ["last"], ["total"], name="/ReduceSum", keepdims=0))
    graph.node.append(helper.make_node("Greater", ["total", "zero"], ["positive"], name="/Greater"))
    yes = helper.make_graph([helper.make_node("Add", ["steps", "decay"], ["y1"])], "yes", [], [info("y1", real, None)])
    no = helper.make_graph([helper.make_node("Sub", ["steps", "decay"], ["y2"])], "no", [], [info("y2", real, None)])
    graph.node.append(helper.make_node("If", ["positive"], ["y"], name="/choice/If", then_branch=yes, else_branch=no))
    del graph.output[:]
    graph.output.append(info("y", real, ["batch", 4]))
    return model


def run(file: onnx.ModelProto, feeds: dict, values: dict[str, str]) -> dict[str, list]:
    model = onnx.ModelProto()
    model.CopyFrom(file)
    there = {one.name for one in model.graph.output}
    for name in set(values.values()) - there:
        model.graph.output.append(helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    made = session.run(list(values.values()), feeds)
    return {path: [round(float(x), 6) for x in np.asarray(value).reshape(-1)] for path, value in zip(values, made)}


def inside(model: onnx.ModelProto) -> dict[str, str]:
    """Modules of the decoder, by the value that comes out of each."""
    made = {"embed": "/embed/Gather_output_0"}
    for i in range(LAYERS):
        made |= {f"layers.{i}": f"/layers.{i}/Add_1_output_0", f"layers.{i}.attn.out": f"/layers.{i}/attn/out/Add_output_0",
                 f"layers.{i}.mlp": f"/layers.{i}/mlp/mlp.2/Add_output_0"}
    there = {name for node in model.graph.node for name in node.output}
    assert set(made.values()) <= there, set(made.values()) - there
    return {"": "logits", **made}


def main() -> None:
    torch.manual_seed(7)
    decoder = Decoder().eval()
    plain, past = exported(decoder, False), exported(decoder, True)
    ids, mask = np.array(IDS), np.ones((2, 5), np.int64)
    golden = {"ids": IDS, "plain": run(plain, {"input_ids": ids, "attention_mask": mask}, inside(plain))}
    # One more token on what came before, by the keys and values of it.
    first = onnxruntime.InferenceSession(plain.SerializeToString()).run(None, {"input_ids": ids[:, :4], "attention_mask": mask[:, :4]})
    feeds = dict(zip(names("past_key_values"), first[1:])) | {"input_ids": ids[:, 4:], "attention_mask": mask}
    golden["next"] = {"past": {name: feeds[name].tolist() for name in names("past_key_values")}, "values": run(past, feeds, inside(past))}
    (FOLDER / "past.onnx").write_bytes(past.SerializeToString())
    (FOLDER / "merged.onnx").write_bytes(merged(plain, past).SerializeToString())
    whole = onnxruntime.InferenceSession(str(FOLDER / "merged.onnx"))
    empty = {name: np.zeros((2, HEADS, 0, HIDDEN // HEADS), np.float32) for name in names("past_key_values")}
    out = whole.run(["logits"], {"input_ids": ids, "attention_mask": mask, "use_cache_branch": np.array([False]), **empty})[0]
    assert np.allclose(out.reshape(-1), golden["plain"][""], atol=1e-5)

    model = functions()
    (FOLDER / "functions.onnx").write_bytes(model.SerializeToString())
    x = np.linspace(-1, 1, 16, dtype=np.float32).reshape(2, 8)
    golden["functions"] = {"input": x.tolist(), "values": run(model, {"input": x}, {"output": "output", "same_1": "same_1", "blocks.0": "block_0"})}

    model = loops()
    (FOLDER / "loops.onnx").write_bytes(model.SerializeToString())
    golden["loops"] = []
    for sign in (1, -1):
        x = (sign * np.linspace(-0.5, 1, 40)).astype(np.float32).reshape(2, 5, 4)
        loop = next(node for node in model.graph.node if node.op_type == "Loop")
        values = {"": "y", loop.name: loop.output[0], "b": "h", "sum.Scan": "last"}
        golden["loops"].append({"input": x.tolist(), "values": run(model, {"x": x}, values)})
    (FOLDER / "control.json").write_text(json.dumps(golden) + "\n")
    for name in ("past", "merged", "functions", "loops"):
        print(name, (FOLDER / f"{name}.onnx").stat().st_size)


if __name__ == "__main__":
    main()
