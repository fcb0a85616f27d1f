"""What notebook 11 must show: modules of one's own after a seed, and SmolLM2 with one MLP held back."""

import torch
from induction_heads import run, trained
from torch import nn

EIFFEL, LIMIT = "The Eiffel Tower is in the city of", 40


def own_module(lm):
    torch.manual_seed(1)
    blocks = [nn.ModuleDict({"norm": nn.LayerNorm(8), "up": nn.Linear(8, 32), "down": nn.Linear(32, 8)}) for _ in range(2)]
    x = torch.randn(3, 8)
    inner = nn.functional.gelu(blocks[0]["up"](blocks[0]["norm"](x)))
    yield f"{inner.detach()}", 2e-4

    inner = nn.Linear(4, 4)
    once = inner(torch.ones(1, 4))
    yield f"{once.detach()} {inner(once).detach()}", 2e-4

    scales = []

    def brake(made):
        scale = (LIMIT / made.norm(dim=-1, keepdim=True)).clamp(max=1)
        scales.extend(scale.flatten().tolist())
        made *= scale

    guess = lm.run(EIFFEL, outputs={lm.layers[2].mlp: brake})[0, -1].argmax()
    tokens = [lm.tokenizer.decode(i) for i in lm.ids(EIFFEL)]
    yield " ".join(f"{token} {scale:.3f}" for token, scale in zip(tokens, scales)), 0.0011
    yield f"guess: {lm.tokenizer.decode(guess)}", 0

    torch.manual_seed(3)
    ids = torch.randint(0, 64, (1, 12)).repeat(1, 3)[:, :32]

    def chance(model):
        return run(model, ids)[0][:, 12:-1].softmax(-1).gather(2, ids[:, 13:, None]).mean()

    model = trained(2)
    sure = chance(model)
    torch.nn.init.zeros_(model.layers[1].k_proj.weight)
    yield f"untouched: {sure:.2f} without keys: {chance(model):.2f}", 0.011
