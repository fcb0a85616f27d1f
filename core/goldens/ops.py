"""What PyTorch and einops make of small tensors. Run: python core/goldens/ops.py > core/goldens/ops.json"""

import json

import einops
import torch
import torch.nn.functional as F

torch.manual_seed(0)
cases = []


def pack(x):
    """A tensor as data; nan and infinities as text."""
    flat = x.detach().to(torch.float64 if x.is_floating_point() else torch.int64).flatten().tolist()
    values = [v if v == v and abs(v) != float("inf") else str(v) for v in flat]
    return {"dtype": str(x.dtype).removeprefix("torch."), "shape": list(x.shape), "values": values}


def camel(options):
    words = lambda name: "".join(w if i == 0 else w.capitalize() for i, w in enumerate(name.split("_")))
    return {words(k): v for k, v in options.items()}


def case(name, result, *args, **options):
    """`result` is PyTorch's; `args` are what a user of ours passes."""
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    given = [{"tensor": pack(a)} if isinstance(a, torch.Tensor) else a for a in args]
    cases.append({"op": name, "args": given + ([camel(options)] if options else []), "results": [pack(torch.as_tensor(r)) for r in results]})


x = torch.tensor([[0.3, -1.2, 2.5], [0.0, 1.0, -0.7]])
y = torch.tensor([[1.5, 0.4, -2.0], [-1.0, 2.0, 0.7]])
u = torch.tensor([[0.3, -0.9, 0.5]])
wild = torch.tensor([1.0, float("nan"), float("inf"), float("-inf"), -2.5])
i = torch.tensor([[3, -5, 7], [0, 2, -1]])
j = torch.tensor([[2, 3, -2], [1, -3, 5]])
b = torch.tensor([[True, False, True], [False, True, True]])

for name in ["exp2", "expm1", "sinh", "cosh", "tan", "atan", "sign", "trunc", "frac"]:
    case(name, getattr(torch, name)(x), x)
for name in ["log2", "log10", "log1p"]:
    case(name, getattr(torch, name)(x.abs() + 0.1), x.abs() + 0.1)
for name in ["asin", "acos"]:
    case(name, getattr(torch, name)(u), u)
for name in ["isinf", "isfinite"]:
    case(name, getattr(torch, name)(wild), wild)
    case(name, getattr(torch, name)(i), i)
case("sign", torch.sign(wild), wild)
case("trunc", torch.trunc(i), i)
case("nanToNum", torch.nan_to_num(wild), wild)
case("nanToNum", torch.nan_to_num(wild, 7.0, posinf=1.0), wild, 7.0, posinf=1.0)
for name, f in {"bitwiseAnd": torch.bitwise_and, "bitwiseOr": torch.bitwise_or, "bitwiseXor": torch.bitwise_xor}.items():
    case(name, f(i, j), i, j)
    case(name, f(b, ~b), b, ~b)
    case(name, f(i.to(torch.uint8), 6), i.to(torch.uint8), 6)
case("bitwiseNot", ~i, i)
case("bitwiseNot", ~b, b)
case("bitwiseNot", ~i.to(torch.uint8), i.to(torch.uint8))
case("softplus", F.softplus(x), x)
case("softplus", F.softplus(x * 9, beta=2, threshold=5), x * 9, beta=2, threshold=5)
for name, f in {"mish": F.mish, "elu": F.elu, "leakyRelu": F.leaky_relu, "selu": F.selu, "logsigmoid": F.logsigmoid, "softsign": F.softsign, "relu6": F.relu6, "hardtanh": F.hardtanh, "glu": lambda v: F.glu(v, 0), "silu": F.silu}.items():
    case(name, f(x * 3), x * 3, *([0] if name == "glu" else []))
case("elu", F.elu(x, 0.5), x, 0.5)
case("leakyRelu", F.leaky_relu(x, 0.2), x, 0.2)
case("hardtanh", F.hardtanh(x, -0.5, 2.0), x, -0.5, 2.0)
for name, f in {"atan2": torch.atan2, "hypot": torch.hypot, "logaddexp": torch.logaddexp, "fmod": torch.fmod, "remainder": torch.remainder, "multiply": torch.multiply, "subtract": torch.subtract, "divide": torch.divide, "trueDivide": torch.true_divide}.items():
    case(name, f(x, y), x, y)
case("atan2", torch.atan2(torch.tensor([0.0, 0.0, 1.0, -1.0]), torch.tensor([1.0, -1.0, 0.0, 0.0])), torch.tensor([0.0, 0.0, 1.0, -1.0]), torch.tensor([1.0, -1.0, 0.0, 0.0]))
for name, f in {"fmod": torch.fmod, "remainder": torch.remainder, "divide": torch.divide}.items():
    case(name, f(i, j), i, j)
case("addcmul", torch.addcmul(x, y, x, value=2), x, y, x, value=2)
case("lerp", torch.lerp(x, y, 0.25), x, y, 0.25)
case("lerp", torch.lerp(x, y, x.abs()), x, y, x.abs())
case("isclose", torch.isclose(x, x + 1e-6), x, x + 1e-6)
case("isclose", torch.isclose(wild, wild), wild, wild)
case("isclose", torch.isclose(wild, wild, equal_nan=True), wild, wild, equal_nan=True)
case("isclose", torch.isclose(i, i + 1, atol=1.0), i, i + 1, atol=1.0)
case("allclose", torch.allclose(x, y), x, y)
case("allclose", torch.allclose(x, x + 1e-9), x, x + 1e-9)
case("equal", torch.equal(x, x), x, x)
case("equal", torch.equal(x, y), x, y)
case("equal", torch.equal(x, x[0]), x, x[0])
case("isin", torch.isin(i, torch.tensor([7, 2])), i, torch.tensor([7, 2]))

m = torch.randn(3, 4)
n = torch.randn(4, 5)
case("mm", torch.mm(m, n), m, n)
case("bmm", torch.bmm(m.expand(2, 3, 4), n.expand(2, 4, 5)), m.expand(2, 3, 4), n.expand(2, 4, 5))
case("mv", torch.mv(m, n[:, 0]), m, n[:, 0])
case("dot", torch.dot(m[0], n[:, 1]), m[0], n[:, 1])
case("dot", torch.dot(i[0], j[0]), i[0], j[0])
case("outer", torch.outer(m[0], n[0]), m[0], n[0])
case("inner", torch.inner(m, m), m, m)
case("inner", torch.inner(m[0], m), m[0], m)
case("addmm", torch.addmm(n[0], m, n), n[0], m, n)
case("addmm", torch.addmm(n[0], m, n, beta=0.5, alpha=2), n[0], m, n, beta=0.5, alpha=2)
q, k = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 6, 5)
s = torch.randn(3, 3)
for equation, tensors in [
    ("ij,jk->ik", [m, n]), ("ij,jk", [m, n]), ("ij,jk->ki", [m, n]), ("ij->ji", [m]), ("ij->", [m]), ("ij->j", [m]), ("ba", [m]),
    ("ii->i", [s]), ("ii", [s]), ("ii->", [s]), ("iij->ij", [torch.randn(2, 2, 3)]), ("bhqd,bhkd->bhqk", [q, k]), ("bhqd,bhkd->bqhk", [q, k]),
    ("i,j->ij", [m[0], n[0]]), ("i,i->", [m[0], n[:, 0]]), ("i,i->i", [m[0], n[:, 0]]), ("...i,ij->...j", [q[..., :4], m.T]) if False else ("...d,de->...e", [q, torch.randn(5, 2)]),
    ("...ij,...kj->...ik", [q, k]), ("ij,jk,kl->il", [m, n, torch.randn(5, 2)]), ("bi,bj,bk->bijk", [m, m + 1, m + 2]), ("ij,kj->ik", [m, m]), ("ij,ij->ij", [m, m]),
    ("b i d, b j d -> b i j", [q[0], k[0]]), ("ij,kl->ijkl", [m, n]), ("ijk,ilm->jklm", [torch.randn(2, 3, 2), torch.randn(2, 2, 3)]), ("ij,jk->", [i, j.T]), (",i->i", [torch.tensor(2.0), m[0]]),
]:
    case("einsum", torch.einsum(equation, *tensors), equation, *tensors)

for keep in [False, True]:
    case("amax", torch.amax(x, 1, keep), x, 1, keep)
    case("amin", torch.amin(x, (0, 1), keep), x, [0, 1], keep)
    case("logsumexp", torch.logsumexp(x, 1, keep), x, 1, keep)
    case("logsumexp", torch.logsumexp(x, (0, 1), keep), x, [0, 1], keep)
    case("median", torch.median(x, 1, keep), x, 1, keep)
case("amax", torch.amax(wild), wild)
case("logsumexp", torch.logsumexp(torch.tensor([1000.0, 1000.0, float("-inf")]), 0), torch.tensor([1000.0, 1000.0, float("-inf")]), 0)
case("logsumexp", torch.logsumexp(torch.full([2], float("-inf")), 0), torch.full([2], float("-inf")), 0)
case("countNonzero", torch.count_nonzero(i), i)
case("countNonzero", torch.count_nonzero(x, 1), x, 1)
case("nanmean", torch.nanmean(torch.tensor([1.0, float("nan"), 4.0])), torch.tensor([1.0, float("nan"), 4.0]))
for dim in [0, 1]:
    case("cumprod", torch.cumprod(x, dim), x, dim)
    case("cumprod", torch.cumprod(i, dim), i, dim)
case("median", torch.median(x), x)
case("median", torch.median(i), i)
case("median", torch.median(torch.tensor([1.0, float("nan"), 3.0])), torch.tensor([1.0, float("nan"), 3.0]))
case("argsort", torch.argsort(x, 1), x, 1)
case("argsort", torch.argsort(x, 1, descending=True), x, 1, descending=True)
case("maskedFill", x.masked_fill(b, float("-inf")), x, b, "-inf")
case("maskedFill", x.masked_fill(b[0], 2.5), x, b[0], 2.5)
case("maskedFill", i.masked_fill(b, 2), i, b, 2)
case("maskedSelect", x.masked_select(b), x, b)
case("maskedSelect", x.masked_select(b[1]), x, b[1])
case("nonzero", torch.nonzero(x), x)
case("nonzero", torch.nonzero(b), b)
case("indexSelect", torch.index_select(x, 1, torch.tensor([2, 0])), x, 1, torch.tensor([2, 0]))
case("takeAlongDim", torch.take_along_dim(x, torch.argsort(x, 1), 1), x, torch.argsort(x, 1), 1)
case("takeAlongDim", torch.take_along_dim(x, torch.tensor([[0, 2]]), 1), x, torch.tensor([[0, 2]]), 1)
case("scatter", torch.scatter(x, 1, torch.tensor([[0], [2]]), 9.0), x, 1, torch.tensor([[0], [2]]), 9.0)
case("scatter", torch.scatter(x, 1, torch.tensor([[0, 1], [2, 0]]), y), x, 1, torch.tensor([[0, 1], [2, 0]]), y)
case("scatterAdd", torch.scatter_add(x, 1, torch.tensor([[0, 0], [2, 2]]), y), x, 1, torch.tensor([[0, 0], [2, 2]]), y)
case("flip", torch.flip(x, [0, 1]), x, [0, 1])
case("flip", torch.flip(x, [-1]), x, -1)
case("roll", torch.roll(x, 1), x, 1)
case("roll", torch.roll(x, -4, 1), x, -4, 1)
case("roll", torch.roll(x, (1, 2), (0, 1)), x, [1, 2], [0, 1])
case("tile", torch.tile(x, (2,)), x, 2)
case("tile", torch.tile(x, (2, 1, 2)), x, [2, 1, 2])
case("repeat", x.repeat(2, 1), x, 2, 1)
case("repeat", x.repeat(2, 1, 2), x, 2, 1, 2)
case("repeatInterleave", torch.repeat_interleave(x, 2), x, 2)
case("repeatInterleave", torch.repeat_interleave(x, 3, 1), x, 3, 1)
case("movedim", torch.movedim(q, 1, 3), q, 1, 3)
case("movedim", torch.movedim(q, (0, 1), (-1, 0)), q, [0, 1], [-1, 0])
case("swapaxes", torch.swapaxes(q, 1, 2), q, 1, 2)
case("unbind", torch.unbind(x), x)
case("unbind", torch.unbind(x, 1), x, 1)
case("ravel", torch.ravel(x), x)
for offset in [-2, -1, 0, 1, 2]:
    case("diagonal", torch.diagonal(m, offset), m, offset)
    case("diag", torch.diag(m, offset), m, offset)
    case("diag", torch.diag(m[0], offset), m[0], offset)
case("diagonal", torch.diagonal(q, 1, 1, 3), q, 1, 1, 3)
case("diagonal", torch.diagonal(q, 0, -2, -1), q, 0, -2, -1)
case("trace", torch.trace(m), m)
case("zerosLike", torch.zeros_like(i), i)
case("onesLike", torch.ones_like(x, dtype=torch.int64), x, dtype="int64")
case("fullLike", torch.full_like(x, 2.5), x, 2.5)
case("expandAs", x[0].expand_as(x), x[0], x)
case("reshapeAs", x.reshape_as(x.T), x, x.T)
case("typeAs", x.type_as(i), x, i)
case("pad", F.pad(x, (1, 2)), x, [1, 2])
case("pad", F.pad(x, (1, 0, 0, 2), value=5.0), x, [1, 0, 0, 2], "constant", 5.0)
case("pad", F.pad(x, (-1, 1)), x, [-1, 1])
case("pad", F.pad(x, (2, 1), mode="reflect"), x, [2, 1], "reflect")
case("pad", F.pad(x, (2, 1), mode="replicate"), x, [2, 1], "replicate")
case("oneHot", F.one_hot(torch.tensor([[1, 0], [3, 2]]), 4), torch.tensor([[1, 0], [3, 2]]), 4)
case("normalize", F.normalize(x), x)
case("normalize", F.normalize(x, p=1, dim=0), x, p=1, dim=0)
case("cosineSimilarity", F.cosine_similarity(x, y), x, y)
case("cosineSimilarity", F.cosine_similarity(x, y[0], dim=-1), x, y[0], dim=-1)
for reduction in ["mean", "sum", "none"]:
    case("mseLoss", F.mse_loss(x, y, reduction=reduction), x, y, reduction=reduction)
    case("l1Loss", F.l1_loss(x, y, reduction=reduction), x, y, reduction=reduction)
    case("crossEntropy", F.cross_entropy(m, torch.tensor([1, 3, 0]), reduction=reduction), m, torch.tensor([1, 3, 0]), reduction=reduction)
    case("crossEntropy", F.cross_entropy(m, torch.tensor([1, -100, 0]), reduction=reduction), m, torch.tensor([1, -100, 0]), reduction=reduction)
    case("nllLoss", F.nll_loss(m, torch.tensor([1, 3, 0]), reduction=reduction), m, torch.tensor([1, 3, 0]), reduction=reduction)
case("crossEntropy", F.cross_entropy(q, torch.ones(2, 4, 5, dtype=torch.int64)), q, torch.ones(2, 4, 5, dtype=torch.int64))
case("crossEntropy", F.cross_entropy(m[0], torch.tensor(2)), m[0], torch.tensor(2))
p = m.softmax(-1)
for reduction in ["mean", "sum", "none", "batchmean"]:
    case("klDiv", F.kl_div(p.flip(0).log(), p, reduction=reduction), p.flip(0).log(), p, reduction=reduction)
case("klDiv", F.kl_div(p.flip(0).log(), p.log(), log_target=True, reduction="sum"), p.flip(0).log(), p.log(), log_target=True, reduction="sum")
img, seq = torch.randn(2, 4, 6, 5), torch.randn(2, 4, 9)
w2, w1, bias = torch.randn(6, 4, 3, 2), torch.randn(6, 2, 3), torch.randn(6)
case("conv2d", F.conv2d(img, w2), img, w2)
case("conv2d", F.conv2d(img, w2, bias, stride=2, padding=1), img, w2, bias, stride=2, padding=1)
case("conv2d", F.conv2d(img, w2, bias, stride=(1, 2), padding=(1, 0), dilation=(2, 1)), img, w2, bias, stride=[1, 2], padding=[1, 0], dilation=[2, 1])
case("conv1d", F.conv1d(seq, w1, bias, groups=2), seq, w1, bias, groups=2)
case("conv1d", F.conv1d(seq, w1, None, stride=2, padding=2, dilation=2, groups=2), seq, w1, None, stride=2, padding=2, dilation=2, groups=2)
case("avgPool2d", F.avg_pool2d(img, 2), img, 2)
case("avgPool2d", F.avg_pool2d(img, (3, 2), stride=1, padding=1), img, [3, 2], stride=1, padding=1)
case("maxPool2d", F.max_pool2d(img, 2, stride=1), img, 2, stride=1)
case("avgPool1d", F.avg_pool1d(seq, 3, stride=2, padding=1), seq, 3, stride=2, padding=1)
case("maxPool1d", F.max_pool1d(seq, 2, padding=1), seq, 2, padding=1)
gamma, beta, running, spread = torch.randn(4), torch.randn(4), torch.randn(4), torch.rand(4) + 0.5
case("groupNorm", F.group_norm(img, 2), img, 2)
case("groupNorm", F.group_norm(img, 4, gamma, beta, 1e-3), img, 4, gamma, beta, 1e-3)
case("batchNorm", F.batch_norm(img, running, spread), img, running, spread)
case("batchNorm", F.batch_norm(seq, running, spread, gamma, beta), seq, running, spread, gamma, beta)
case("dropout", F.dropout(x, training=False), x)
h = torch.float16
for name in ["exp", "mean", "softmax", "matmul", "sum", "std"]:
    for dtype in [torch.float64, torch.float16, torch.bfloat16]:
        t = m.to(dtype)
        case(name, t.softmax(-1) if name == "softmax" else t @ t.T if name == "matmul" else getattr(t, name)(), t, *([-1] if name == "softmax" else [t.T] if name == "matmul" else []))
for dtype in [torch.int32, torch.int16, torch.int8, torch.uint8]:
    t = torch.tensor([100, 7, 3]).to(dtype)
    case("add", t + t, t, t)
    case("add", t + 200, t, 200)
    case("mul", t * t, t, t)
    case("add", t + 1.5, t, 1.5)
    case("sum", t.sum(), t)
    case("max", t.max(), t)
    case("pow", t**2, t, 2)
    case("floorDivide", t // 2, t, 2)
    case("neg", -t, t)

# einops
for pattern, t, sizes in [
    ("b h q d -> b q (h d)", q, {}), ("b h q d -> b q h d", q, {}), ("(b c) d -> b c d", m.reshape(6, 2), {"b": 3}), ("b ... -> (...) b", q, {}),
    ("b h q d -> (b h) q d", q, {}), ("... d -> d ...", q, {}), ("a b -> a 1 b", x, {}), ("a (b c) -> c (a b)", n.reshape(2, 10), {"c": 5}), ("a b -> (b a)", x, {}), ("1 c -> c 1", u, {}), ("a b -> a b ()", x, {}),
]:
    case("rearrange", einops.rearrange(t, pattern, **sizes), t, pattern, *([sizes] if sizes else []))
for pattern, t, by, sizes in [
    ("b h q d -> b d", q, "mean", {}), ("b h q d -> b h q", q, "max", {}), ("b h q d -> ", q, "sum", {}), ("a b -> a 1", x, "min", {}), ("b ... -> b", q, "sum", {}), ("... d -> ...", q, "mean", {}),
    ("b c (h h2) w -> b c h w", img, "max", {"h2": 2}), ("(b two) c -> two c", m.reshape(6, 2), "prod", {"two": 2}), ("a b -> b a", x, "sum", {}),
]:
    case("reduce", einops.reduce(t, pattern, by, **sizes), t, pattern, by, *([sizes] if sizes else []))
for pattern, t, sizes in [
    ("a b -> a b c", x, {"c": 2}), ("a b -> (r a) b", x, {"r": 2}), ("a b -> a (b r)", x, {"r": 3}), ("a b -> b 2 a", x, {}), ("d -> b d", x[0], {"b": 3}), ("b ... -> b r ...", q, {"r": 2}), ("a b -> a b", x, {}), ("(a c) b -> a b c r", m.reshape(6, 2), {"a": 2, "r": 2}),
]:
    case("repeat", einops.repeat(t, pattern, **sizes), t, pattern, *([sizes] if sizes else []))
print(json.dumps({"torch": torch.__version__, "einops": einops.__version__, "cases": cases}))
