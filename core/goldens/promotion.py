"""What PyTorch promotes dtypes and numbers to. Run: python core/goldens/promotion.py > core/goldens/promotion.json"""

import json

import torch

names = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
dtypes = {name: getattr(torch, name) for name in names}
short = lambda dtype: str(dtype).removeprefix("torch.")

pairs = []
for a, left in dtypes.items():
    for b, right in dtypes.items():
        for ranks in [(1, 1), (1, 0), (0, 1), (0, 0)]:
            x, y = torch.ones([1] * ranks[0], dtype=left), torch.ones([1] * ranks[1], dtype=right)
            case = {"a": a, "b": b, "ranks": ranks, "type": short(torch.result_type(x, y)), "div": short((x / y).dtype)}
            assert short((x + y).dtype) == case["type"]
            pairs.append(case)

scalars = []
for a, left in dtypes.items():
    for rank in [0, 1]:
        for value in [True, 2, 2.5]:
            x = torch.ones([1] * rank, dtype=left)
            scalars.append({"a": a, "rank": rank, "value": value, "type": short((x + value).dtype), "div": short((x / value).dtype)})

unary = []
for name, dtype in dtypes.items():
    x = torch.ones([2], dtype=dtype)
    unary.append({"a": name, "exp": short(x.exp().dtype), "sum": short(x.sum().dtype), "cumsum": short(x.cumsum(0).dtype), "eq": short((x == 1).dtype), "max": short(x.max().dtype)})

casts = []
values = [0.0, 1.7, -1.7, 2.5, 255.0, 0.1, 1.00048828125, 1.0048828125, 65504.0, 1e-7, 0.333251953125, 100.0, -3.0, 127.0]
for name, dtype in dtypes.items():
    x = torch.tensor(values, dtype=torch.float64).to(dtype)
    casts.append({"to": name, "values": [float(v) for v in x.to(torch.float64)]})
# Out of range is undefined from floats, but wraps from integers.
wraps = [{"to": name, "values": torch.tensor([300, -129, 70000, -1], dtype=torch.int64).to(dtypes[name]).to(torch.int64).tolist()} for name in ["int32", "int16", "int8", "uint8"]]
print(json.dumps({"torch": torch.__version__, "pairs": pairs, "scalars": scalars, "unary": unary, "castFrom": values, "casts": casts, "wraps": wraps}))
