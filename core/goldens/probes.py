"""Makes probes.json: ridge and logistic regression of twenty points in double precision, by torch's solver and L-BFGS.

    python probes.py && npx biome format --write core/goldens
"""

import json
from pathlib import Path

import torch

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
x = torch.randn(20, 6).round(decimals=3)
y = (x @ torch.randn(6) + 0.3 * torch.randn(20)).round(decimals=3)
labels = y + torch.randn(20) > 0


def ridge(penalty: float) -> dict:
    mean, centre = x.mean(0), y.mean()
    moved = x - mean
    weight = torch.linalg.solve(moved.T @ moved + penalty * torch.eye(6), moved.T @ (y - centre))
    return {"penalty": penalty, "weight": weight.tolist(), "bias": float(centre - weight @ mean)}


def logistic(penalty: float) -> dict:
    weight, bias = torch.zeros(6, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=500, tolerance_grad=1e-13, tolerance_change=1e-16, line_search_fn="strong_wolfe"
    )

    def loss():
        optimizer.zero_grad()
        each = torch.nn.functional.binary_cross_entropy_with_logits(x @ weight + bias, labels.double(), reduction="sum")
        total = each + penalty / 2 * weight.square().sum()
        total.backward()
        return total

    optimizer.step(loss)
    return {"penalty": penalty, "weight": weight.tolist(), "bias": float(bias)}


golden = {
    "features": x.tolist(),
    "targets": y.tolist(),
    "labels": labels.tolist(),
    "ridge": [ridge(0.5), ridge(10)],
    "logistic": [logistic(1), logistic(0.1)],
}
Path(__file__).with_name("probes.json").write_text(json.dumps(golden) + "\n")
