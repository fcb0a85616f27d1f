"""Files of NumPy and of the safetensors library, all dtypes. Run: python core/goldens/saved.py (writes saved.json, saved.safetensors)"""

import base64
import io
import json
from pathlib import Path

here = Path(__file__).parent
import numpy
import torch
from safetensors.torch import save_file

values = torch.tensor([[0.0, 1.5, 2.25], [3.0, 100.0, 7.75]])
dtypes = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
tensors = {name: values.to(getattr(torch, name)) for name in dtypes}
tensors["number"] = torch.tensor(2.5)
tensors["vector"] = torch.arange(5)
tensors["fortran"] = values.clone()
save_file(tensors, here / "saved.safetensors")


def npy(name, x):
    buffer = io.BytesIO()
    array = x.numpy()
    numpy.save(buffer, numpy.asfortranarray(array) if name == "fortran" else array)
    return base64.b64encode(buffer.getvalue()).decode()


said = {}
for name, x in tensors.items():
    said[name] = {"dtype": str(x.dtype).removeprefix("torch."), "values": x.tolist()}
    if name != "bfloat16":
        said[name]["npy"] = npy(name, x)
(here / "saved.json").write_text(json.dumps({"torch": torch.__version__, "numpy": numpy.__version__, "tensors": said}))
