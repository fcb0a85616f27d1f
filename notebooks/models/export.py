"""Writes induction.onnx: the two-layer model of induction.py, by PyTorch's exporter, for notebook 11.

Usage: python export.py. Needs PyTorch, safetensors, onnx and onnxscript.
"""

from pathlib import Path

import onnx
import torch
from induction import CONTEXT, Model
from safetensors.torch import load_file

FOLDER = Path(__file__).parent

if __name__ == "__main__":
    model = Model(2).eval()
    model.load_state_dict(load_file(FOLDER / "induction-2.safetensors"))
    example = torch.zeros(2, CONTEXT, dtype=torch.int64)
    shapes = {"ids": {0: torch.export.Dim("batch")}}
    program = torch.onnx.export(
        model, (example,), dynamo=True, dynamic_shapes=shapes, input_names=["ids"], output_names=["logits"]
    )
    # Of what the exporter notes at each node only the modules are kept: the rest is most of the file.
    file = program.model_proto
    for node in file.graph.node:
        scopes = [one for one in node.metadata_props if one.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        node.metadata_props.extend(scopes)
    onnx.save(file, FOLDER / "induction.onnx")
