"""What notebooks 01 and 12 must show: two small networks after a seed, and SmolLM2 with erased hidden states."""

import torch
from torch import nn

EIFFEL = "The Eiffel Tower is in the city of"


def look_inside(lm):
    torch.manual_seed(423)
    net = nn.Sequential(nn.Linear(5, 10), nn.Linear(10, 10))
    yield f"{net[0](torch.rand(1, 5)).detach()}", 1e-4
    yield f"{net[1](torch.zeros(1, 10)).detach()} {net[1].bias.detach()}", 1e-4

    def left(layer=None, position=None):
        def erase(hidden):
            hidden[0, position] = 0

        changes = {} if layer is None else {lm.layers[layer]: erase}
        return lm.run(EIFFEL, outputs=changes)[0, -1].softmax(-1)

    likely = left().topk(5)
    yield " ".join(f'{100 * p:.1f} % "{lm.tokenizer.decode(i)}"' for p, i in zip(likely.values, likely.indices)), 0.11
    guesses = [lm.tokenizer.decode(p.argmax()) for p in (left(), left(10, -1))]
    yield f"untouched: {guesses[0]} erased: {guesses[1]}", 0
    paris = lm.id(" Paris")
    for layer in (0, 5, 10, 15, 20, 25):
        yield f"{layer} {100 * left(layer, 2)[paris]:.1f} % {100 * left(layer, -1)[paris]:.1f} %", 0.11


def how_it_works(_):
    torch.manual_seed(423)
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3))
    yield f"{net[2](net[1](10 * net[0](torch.ones(1, 3)))).detach()}", 1e-4
