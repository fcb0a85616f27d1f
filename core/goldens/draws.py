"""Random numbers of PyTorch's CPU generator. Run: python core/goldens/draws.py > core/goldens/random.json"""

import json
import os

import torch

SEEDS = [0, 1, 42, 423, 2024, 2**31, 2**32 - 1, 2**40 + 7, -3]
cases = []


def bits(tensor):
    """float32 as the integers of its bits, so that nothing is lost on the way."""
    flat = tensor.detach().contiguous().flatten()
    return (flat.view(torch.int32) if flat.dtype == torch.float32 else flat).tolist()


def case(seed, calls):
    """Several draws after one seed, as [name, args]: the state between them counts, too."""
    torch.manual_seed(seed)
    cases.append({"seed": str(seed), "draws": [{"call": name, "args": args, "bits": bits(draw(name, args))} for name, args in calls]})


def draw(name, args):
    if name == "rand":
        return torch.rand(args[0])
    if name == "uniform":
        return torch.empty(args[0]).uniform_(args[1], args[2])
    if name == "randn":
        return torch.randn(args[0])
    if name == "normal":
        return torch.empty(args[0]).normal_(args[1], args[2])
    if name == "randint":
        return torch.randint(args[1], args[2], [args[0]])
    if name == "randperm":
        return torch.randperm(args[0])
    if name == "linear":
        layer = torch.nn.Linear(args[0], args[1])
        return torch.cat([layer.weight.flatten(), layer.bias])
    raise ValueError(name)


for seed in SEEDS:
    case(seed, [["rand", [1]], ["rand", [7]], ["rand", [650]]])
    case(seed, [["uniform", [20, -0.4472135954999579, 0.4472135954999579]], ["uniform", [20, 3.0, 3.5]], ["uniform", [20, -1e-3, 100.0]]])
    case(seed, [["randn", [1]], ["randn", [3]], ["rand", [2]], ["randn", [15]], ["randn", [2]]])
    case(seed, [["randn", [16]], ["randn", [3]], ["randn", [17]], ["randn", [31]], ["randn", [33]]])
    case(seed, [["randn", [900]], ["randn", [401]]])
    case(seed, [["normal", [5, 2.0, 0.02]], ["normal", [64, 0.5, 0.02]], ["normal", [40, -1.0, 3.0]]])
    case(seed, [["randint", [20, -10, 10]], ["randint", [5, 0, 1]], ["randint", [20, 0, 2**31]], ["randint", [20, -(2**40), 2**40]]])
    case(seed, [["randint", [10, 0, 2**28 - 1]], ["randint", [10, 0, 2**28]], ["randint", [10, 0, 2**28 + 1]], ["randint", [10, 0, 2**32]]])
    case(seed, [["randperm", [1]], ["randperm", [2]], ["randperm", [10]], ["randperm", [100]], ["randperm", [0]]])
    # Shapes as networks have them: the count of values decides how they are drawn.
    case(seed, [["randn", [n]] for n in (5, 15, 16, 24, 2 * 3 * 4)] + [["rand", [n]] for n in (1, 5, 16, 6 * 5)])
    case(seed, [["uniform", [9, -1.0, 1.0]], ["normal", [9, 0.0, 0.02]], ["randint", [9, 0, 50257]], ["randperm", [17]]])
    case(seed, [["linear", [5, 10]], ["linear", [10, 10]], ["linear", [1, 3]], ["linear", [300, 2]], ["rand", [5]]])

torch.manual_seed(423)
layer1, layer2 = torch.nn.Linear(5, 10), torch.nn.Linear(10, 10)
first, second = torch.rand((1, 5)), torch.rand((1, 5))
network = {
    "weights": [bits(layer1.weight), bits(layer1.bias), bits(layer2.weight), bits(layer2.bias)],
    "inputs": [bits(first), bits(second)],
    "layer1": layer1(first).detach().flatten().tolist(),
}
print(json.dumps({"torch": torch.__version__, "cases": cases, "network": network}))
