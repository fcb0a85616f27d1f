"""How PyTorch reads and writes by index. Run: python core/goldens/indexing.py > core/goldens/indexing.json"""

import json

import torch


def T(values, dtype="int64"):
    """A tensor between the brackets."""
    return {"tensor": values, "dtype": dtype}


def mask(shape, every=2, start=0):
    n = torch.Size(shape).numel()
    return T((torch.arange(n) % every == start).reshape(shape).tolist(), "bool")


def given(index):
    if isinstance(index, dict):
        return torch.tensor(index["tensor"], dtype=getattr(torch, index["dtype"]))
    if index == "...":
        return ...
    if isinstance(index, str):
        return slice(*[int(part) if part else None for part in index.split(":")])
    return index


cases = []


def case(shape, *indices):
    x = torch.arange(torch.Size(shape).numel()).reshape(shape)
    place = tuple(given(index) for index in indices)
    part = x[place]
    one, all = x.clone(), x.clone()
    one[place] = -1
    values = -1 - torch.arange(part.numel()).reshape(part.shape)
    all[place] = values
    last = None
    if part.dim() > 0:
        last = x.clone()
        last[place] = -1 - torch.arange(part.shape[-1])
        last = last.flatten().tolist()
    cases.append({"shape": shape, "indices": indices, "read": {"shape": list(part.shape), "values": part.flatten().tolist()}, "filled": one.flatten().tolist(), "written": all.flatten().tolist(), "row": last})


S = [3, 4, 5]
case(S, [0, 2])
case(S, [0, -1])
case(S, [2])
case(S, [1, 0, 2])
case(S, ":", [1, 3])
case(S, ":", ":", [0, 4, 2])
case(S, "...", [0, 4, 2])
case(S, "...", [0, 3, 2], ":")
case(S, [0, 2], 1)
case(S, 1, [0, 2])
case(S, 1, ":", [0, 2])
case(S, ":", 1, [0, 2])
case(S, [0, 2], ":", 1)
case(S, [0, 2], [1, 3])
case(S, [0, 2], [1, 3], [0, 4])
case(S, [0, 2], ":", [1, 3])
case(S, [0, 2], "1:3", [1, 3])
case(S, ":", [1, 3], [0, 4])
case(S, [0, 2], None, [1, 3])
case(S, None, [0, 2])
case(S, [0, 2], None)
case(S, None, [0, 2], [1, 3])
case(S, ":", None, [1, 3])
case(S, [0, 2], "...", [1, 3])
case(S, [[0, 1], [2, 0]])
case(S, ":", [[0, 1], [2, 0]])
case(S, [[0], [2]], [1, 3, 0])
case(S, [[0], [2]], ":", [1, 3, 0])
case(S, [[0], [2]], [1, 3, 0], "::2")
case(S, "1:", [[0, 3], [1, 2]], 2)
case(S, T([2, 0]))
case(S, T(1))
case(S, T(-1), ":", T(2))
case(S, ":", T(1), [0, 2])
case(S, T([2, 0]), T([1, 1]))
case(S, T([[2, 0], [1, 1]]))
case(S, T([[2], [0]]), T([3, 1, 2]))
case(S, ":", T([3]), T([0, 1]))
case(S, T([2, 0], "int32"))
case(S, T([2, -3]), "1:3")
case(S, "::2", T([3, 0]), "::2")
case(S, [True, False, True])
case(S, ":", [True, False, True, True])
case(S, [[True, False, True, False], [False, False, False, False], [True, True, True, True]])
case(S, [False, False, False])
case(S, mask([3]))
case(S, mask([3, 4], 3))
case(S, mask([3, 4, 5], 7, 2))
case(S, ":", mask([4, 5], 3, 1))
case(S, ":", mask([4]))
case(S, ":", ":", mask([5], 2, 1))
case(S, "...", mask([5]))
case(S, mask([3]), 1)
case(S, 1, mask([4]))
case(S, mask([3]), "1:3")
case(S, mask([3]), [1, 3])
case(S, mask([3]), ":", [1, 3])
case(S, mask([3]), None)
case(S, None, mask([3]))
case(S, mask([3], 5, 4))
case(S, mask([3], 3), [1, 3, 0])
case(S, [1], mask([4]))
case([6], [5, 0, 3])
case([6], [[5, 0], [3, 3]][0])
case([6], T([[5, 0], [3, 2]]))
case([6], mask([6], 3))
case([6], T(4))
case([2, 3], [0, 1], [0, 1])
case([2, 3], [1, 0])
case([2, 3], mask([2, 3]))
case([2, 3], None, [1, 0], None)
case([2, 3, 4, 5], [0, 1], ":", [1, 2], ":")
case([2, 3, 4, 5], ":", [0, 1], ":", [1, 2])
case([2, 3, 4, 5], ":", [0, 1], [1, 2])
case([2, 3, 4, 5], [0, 1], 2, [1, 2])
case([2, 3, 4, 5], [0, 1], ":", 2, [1, 2])
case([2, 3, 4, 5], 0, [0, 1], ":", [1, 2])
case([2, 3, 4, 5], "...", [0, 1], [1, 2], "1:")
case([2, 3, 4, 5], [[0], [1]], "1:", [1, 2, 0], "::3")
case([2, 3, 4, 5], ":", mask([3, 4], 5), 1)
case([2, 3, 4, 5], mask([2]), ":", ":", mask([5], 4, 3))
case([1, 7, 8], 0, T([6, 2, 4]), "2:")
print(json.dumps({"torch": torch.__version__, "cases": cases}))
