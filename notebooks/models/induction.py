"""Trains the two attention-only models of notebook 08, with one layer and with two, and writes them beside this script.

Usage: python induction.py. Needs PyTorch and safetensors; takes about two minutes on two cores.

No MLPs, no norms, no biases, as in Elhage et al., "A Mathematical Framework for Transformer Circuits" (2021). What they
learn from is random but repeats itself with a period of its own: nothing but the earlier occurrence tells what comes next.
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

TOKENS, CONTEXT, WIDTH, HEADS = 64, 32, 64, 4


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.k_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.v_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.o_proj = nn.Linear(WIDTH, WIDTH, bias=False)

    def pattern(self, x):
        """[batch, head, query, key]"""
        query, key = (split(project(x)) for project in (self.q_proj, self.k_proj))
        scores = query @ key.transpose(-1, -2) / math.sqrt(WIDTH / HEADS)
        later = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
        return scores.masked_fill(later, -math.inf).softmax(-1)

    def forward(self, x):
        return self.o_proj((self.pattern(x) @ split(self.v_proj(x))).transpose(1, 2).flatten(2))


def split(x):
    return x.unflatten(-1, (HEADS, -1)).transpose(1, 2)


class Model(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.embed = nn.Embedding(TOKENS, WIDTH)
        self.places = nn.Embedding(CONTEXT, WIDTH)
        self.layers = nn.ModuleList(Attention() for _ in range(layers))
        self.head = nn.Linear(WIDTH, TOKENS, bias=False)

    def forward(self, ids):
        x = self.embed(ids) + self.places(torch.arange(ids.shape[1]))
        for layer in self.layers:
            x = x + layer(x)
        return self.head(x)


def repeated(batch, generator):
    """Sequences of random tokens, each repeating itself with a period between 4 and 15."""
    ids = torch.randint(TOKENS, (batch, CONTEXT), generator=generator)
    period = torch.randint(4, 16, (batch, 1), generator=generator)
    return ids.gather(1, torch.arange(CONTEXT) % period)


def train(layers, steps=3000, batch=48):
    torch.manual_seed(layers)
    generator = torch.Generator().manual_seed(layers)
    model = Model(layers)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.98), weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, steps)
    for step in range(steps):
        ids = repeated(batch, generator)
        loss = nn.functional.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 499:
            print(f"{layers} layers, step {step + 1}: loss {loss.item():.3f}", flush=True)
    return model


if __name__ == "__main__":
    for layers in (2, 1):
        save_file(train(layers).state_dict(), Path(__file__).with_name(f"induction-{layers}.safetensors"))
