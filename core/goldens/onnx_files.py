"""Files by PyTorch's exporters, and what the modules in them give.

`onnx/gpt2.onnx`: the GPT-2 of `architectures.py` by the dynamo exporter; its modules' outputs are in `architectures/gpt2.safetensors`.
`onnx/older.onnx` (names of nodes only), `onnx/dynamo.onnx` (weights in `dynamo.onnx.data`): a small network of its own, whose
outputs for `ids` are in `onnx/small.safetensors`. Needs onnx and onnxscript.
"""

from pathlib import Path

import onnx
import torch
from safetensors.torch import save_file
from torch import nn

from architectures import CONFIGS, LONG, draw, model_of

FOLDER = Path(__file__).with_name("onnx")
NAMES = {"input_names": ["input_ids"], "output_names": ["logits"]}
DIMS = {"input_ids": {0: torch.export.Dim("batch"), 1: torch.export.Dim("position", max=32)}}
IDS = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])


class Plain(nn.Module):
    """Ids to logits, without the cache and the dict around them."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        return self.model(input_ids, use_cache=False).logits


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.out = nn.Linear(8, 8)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        return self.out(torch.softmax(q @ k.transpose(-1, -2) * 8**-0.5, dim=-1) @ v)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(8), nn.LayerNorm(8)
        self.attn = Attention()
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 8)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 10, bias=False)

    def forward(self, input_ids):
        x = self.embed(input_ids)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x - x.mean(dim=-1, keepdim=True)))


def outputs_of(model, ids) -> dict[str, torch.Tensor]:
    outputs, hooks = {}, []
    for path, module in model.named_modules():
        if not isinstance(module, nn.ModuleList):
            hooks.append(module.register_forward_hook(lambda _, __, y, path=path: outputs.update({path or "=": y})))
    with torch.no_grad():
        model(ids)
    for hook in hooks:
        hook.remove()
    return {name: value.clone().contiguous() for name, value in outputs.items()}


def lean(path: Path) -> None:
    """Takes the exporter's traces of Python out, which are most of a file and hold paths of a machine."""
    model = onnx.load(path, load_external_data=False)
    for node in model.graph.node:
        kept = [one for one in node.metadata_props if one.key in ("pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy")]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    path.write_bytes(model.SerializeToString())


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    model = model_of(CONFIGS["gpt2"])
    draw(model, "gpt2")
    plain = Plain(model).eval()
    program = torch.onnx.export(plain, (torch.tensor([LONG, LONG[::-1]]),), dynamo=True, dynamic_shapes=DIMS, **NAMES)
    program.save(FOLDER / "gpt2.onnx", external_data=False)

    torch.manual_seed(11)
    small = Small().eval()
    save_file({**outputs_of(small, IDS)}, FOLDER / "small.safetensors")
    program = torch.onnx.export(small, (IDS,), dynamo=True, dynamic_shapes=DIMS, **NAMES)
    program.save(FOLDER / "dynamo.onnx", external_data=True)
    axes = {"input_ids": {0: "batch", 1: "position"}, "logits": {0: "batch", 1: "position"}}
    torch.onnx.export(small, (IDS,), str(FOLDER / "older.onnx"), dynamo=False, dynamic_axes=axes, opset_version=14, **NAMES)
    for path in sorted(FOLDER.glob("*.onnx")):
        lean(path)
    for path in sorted(FOLDER.iterdir()):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
