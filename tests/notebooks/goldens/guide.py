"""What notebooks 02, 03 and 06 must show: values of SmolLM2 in PyTorch's own print, sums, shares and surprise."""

import math

import torch
from first_steps import EIFFEL
from torch import nn

MARY = "When Mary and John went to the store, John gave a drink to"
TEXT = (
    "The Eiffel Tower is in the city of Paris, and the Colosseum is in the city of Rome. In spring the streets fill with "
    "people, who sit in front of the cafés and watch the others go by."
)


def guide(lm):
    torch.manual_seed(423)
    net = nn.Sequential(nn.Linear(5, 10), nn.Linear(10, 10))
    yield f"Layer 1 - out: {net[0](torch.rand(1, 5)).detach()}", 1e-4
    yield f"{lm.held('Hello World', lm.layers[2], 'input')}", 1e-3
    lengths = sum(lm.held("Hello World", layer)[0, -1].norm() for layer in lm.layers)
    yield f"sum of 30 lengths: {lengths:.0f}", 1
    total = lm.held(EIFFEL, lm.layers[0]).sum()
    yield f"recorded sum: tensor({total:.3f}) our own sum: tensor({total:.3f})", 0.003
    last = lm.run("Buckingham Palace is in the city of")[0, -1].argmax()
    yield f"T1 - Prediction: {lm.tokenizer.decode(lm.run(EIFFEL)[0, -1].argmax())}", 0
    yield f"T2 untouched: {lm.tokenizer.decode(last)}", 0


def seeing(lm):
    yield f"{lm.held(MARY, lm.layers[6])}", 2e-3
    chances = lm.run(MARY)[0, -1].softmax(-1).topk(6)
    yield " ".join(f'{100 * p:.1f} % "{lm.tokenizer.decode(i)}"' for p, i in zip(chances.values, chances.indices)), 0.11
    ids = lm.ids(TEXT)
    guesses = lm.run(TEXT)[0].log_softmax(-1)
    bits = [-guesses[i, word].item() / math.log(2) for i, word in enumerate(ids[1:])]
    for word, surprise in zip(ids[1:6], bits):
        yield f'"{lm.tokenizer.decode(word)}" {surprise:.3g}', 0.06


def remote(lm):
    for prompt in ("The capital of Japan is", "The capital of Italy is"):
        yield f"{prompt} tensor({lm.run(prompt)[0, -1].argmax()})", 0
