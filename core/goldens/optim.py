"""Makes optim.json: how torch's optimizers move three numbers along given gradients.

    python optim.py && npx biome format --write core/goldens
"""

import json
from pathlib import Path

import torch

START = [1.0, -2.0, 0.5]
GRADIENTS = [[0.1, -0.2, 0.3], [0.4, 0.1, -0.2], [-0.3, 0.2, 0.05], [0.2, 0.2, 0.2]]
CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.05, "betas": [0.8, 0.9], "eps": 1e-6, "weight_decay": 0.1}),
]


def run(name: str, options: dict) -> list[list[float]]:
    x = torch.tensor(START, requires_grad=True)
    optimizer = getattr(torch.optim, name)([x], **options)
    steps = []
    for gradient in GRADIENTS:
        x.grad = torch.tensor(gradient)
        optimizer.step()
        steps.append(x.detach().tolist())
    return steps


cases = [{"name": n, "options": o, "steps": run(n, o)} for n, o in CASES]
golden = {"start": START, "gradients": GRADIENTS, "cases": cases}
Path(__file__).with_name("optim.json").write_text(json.dumps(golden) + "\n")
