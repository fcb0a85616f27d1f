"""How PyTorch prints tensors. Run: python core/goldens/print.py > core/goldens/print.json"""

import json

import torch

cases = []


def case(name, tensor):
    flat = tensor.detach().contiguous().flatten()
    bits = {torch.float32: torch.int32, torch.float64: torch.int64, torch.float16: torch.int16, torch.bfloat16: torch.int16}
    values = [str(v) if flat.dtype == torch.float64 else v for v in flat.view(bits[flat.dtype]).tolist()] if flat.dtype in bits else [int(v) for v in flat.tolist()]
    dtype = str(tensor.dtype).removeprefix("torch.")
    cases.append({"name": name, "dtype": dtype, "shape": list(tensor.shape), "values": values, "text": str(tensor)})


T = torch.tensor
inf, nan = float("inf"), float("nan")
lists = {
    "whole": [1.0, 2.0, -3.0],
    "fractions": [1.5, 2.25, -3.125],
    "halves at the fifth digit": [0.03125, 0.09375, -0.15625, 1.00005],
    "small": [1e-5, 1.0],
    "just small": [9.9e-5, 9.9e-5],
    "not small": [1e-4, 1.5e-4],
    "large whole": [1e8, 1.0e8],
    "larger whole": [1.1e8, 1.0e8],
    "ratio 1000": [1000.0, 1.0],
    "ratio above 1000": [1001.0, 1.0],
    "ratio of fractions": [0.5, 600.5],
    "ratio with zero": [0.0, 0.5, 400.0],
    "halves in exponents": [123445.0, 123455.0, 100005.0, 1.0],
    "tiny": [1.17549435e-38, 1e-45, 3.4e38],
    "huge": [3.4028234663852886e38],
    "nan": [nan, 1.0],
    "nan and fraction": [nan, 1.5, inf, -inf],
    "inf alone": [inf],
    "zeros and inf": [0.0, inf, -inf, nan],
    "negative zero": [-0.0, 0.0],
    "negative zero and fraction": [-0.0, 0.5],
    "negative zero scientific": [-0.0, 1e-9, nan, inf],
    "one": [0.1],
    "thirds": [1 / 3, -2 / 3, 100 / 3],
    "seeds": [7.2426e-01, 2.4406e-01, -5.3356e-01, 2.4396e-01, -4.4996e-04, -1.3551e-01, 1.8728e-01, 7.5127e-01, -3.3102e-01, -8.0205e-01],
}
for name, values in lists.items():
    case(name, T(values))
    case(f"{name}, row", T([values]))
for value in [0.0, 1.0, -2.5, 1e-7, 123456.0, 1e9, nan, -inf, 0.1, 5, -7, True, False]:
    case(f"number {value}", T(value))
for shape in [[0], [0, 3], [3, 0], [2, 0, 4]]:
    case(f"empty {shape}", torch.zeros(shape))
    case(f"empty int {shape}", torch.zeros(shape, dtype=torch.int64))
    case(f"empty bool {shape}", torch.zeros(shape, dtype=torch.bool))
torch.manual_seed(0)
for shape in [[7], [8], [9], [40], [2, 3], [3, 12], [2, 2, 2], [1, 10], [2, 1, 3, 2], [1, 1, 1], [1, 1, 1, 1, 9], [10, 10]]:
    case(f"randn {shape}", torch.randn(shape))
    case(f"scientific {shape}", torch.randn(shape) * 1e-4)
    case(f"int {shape}", torch.randint(-1000, 1000, shape))
    case(f"bool {shape}", torch.randn(shape) > 0)
case("all true", torch.ones(3, dtype=torch.bool))
case("large ints", T([2**53 + 1, -(2**63), 2**63 - 1]))
case("1000 values", torch.arange(1000))
case("1001 values", torch.arange(1001))
for shape in [[1001], [50, 21], [7, 150], [6, 170], [5, 5, 50], [8, 8, 20], [1, 1024], [1024, 1]]:
    case(f"long randn {shape}", torch.randn(shape))
    case(f"long int {shape}", torch.arange(torch.Size(shape).numel()).reshape(shape))
case("many zeros", torch.zeros(40))
case("many infinities", torch.full([2, 30], inf))
hidden = torch.zeros(1001)
hidden[500] = 1e-9
case("the middle does not count", hidden)
narrow = [torch.float64, torch.float16, torch.bfloat16, torch.int32, torch.int16, torch.int8, torch.uint8]
for dtype in narrow:
    name = str(dtype).removeprefix("torch.")
    case(f"{name} list", T([1.5, 2.25, 3.0]).to(dtype))
    case(f"{name} whole", T([[1, 2], [3, 4]]).to(dtype))
    case(f"{name} number", T(7).to(dtype))
    case(f"{name} empty", torch.zeros([0], dtype=dtype))
    case(f"{name} empty matrix", torch.zeros([2, 0], dtype=dtype))
    for shape in [[7], [13], [14], [15], [40], [10, 10], [2, 3, 4], [1001]]:
        case(f"{name} randn {shape}", (torch.randn(shape).abs() * 20).to(dtype))
    if dtype.is_floating_point:
        case(f"{name} special", T([nan, inf, -inf, 0.1]).to(dtype))
        case(f"{name} small", T([1e-5, 1.0]).to(dtype))
        case(f"{name} large", T([60000.0, 0.5]).to(dtype))
print(json.dumps({"torch": torch.__version__, "cases": cases}))
