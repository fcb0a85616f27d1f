"""What notebook 10 must show: how much of SmolLM2 goes through a sparse autoencoder, and what single features do for Paris."""

import json
import re
from pathlib import Path

import torch
from safetensors.torch import load_file

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
EIFFEL = "The Eiffel Tower is in the city of"


def text_of_the_notebook():
    """The text is read from the notebook, so that it is written down once."""
    cells = json.loads((NOTEBOOKS / "10-autoencoder.ipynb").read_text(encoding="utf-8"))["cells"]
    return re.search(r'const text = "(.*)";', "".join("".join(cell["source"]) for cell in cells))[1]


def autoencoder(lm):
    sae = {name: value.float() for name, value in load_file(NOTEBOOKS / "models" / "autoencoder.safetensors").items()}
    block = lm.layers[12]

    def encode(x):
        return torch.relu((x - sae["b_dec"]) @ sae["W_enc"] + sae["b_enc"])

    def decode(features):
        return features @ sae["W_dec"] + sae["b_dec"]

    text = text_of_the_notebook()
    hidden = lm.held(text, block)[0, 1:]
    features = encode(hidden)
    rest = hidden - decode(features)
    explained = 1 - rest.square().sum() / (hidden - hidden.mean(0)).square().sum()
    yield f"features at a token: {(features > 0).sum(-1).float().mean():.1f} explained: {explained:.2f}", 0.11

    comes = torch.tensor(lm.ids(text)[2:])[:, None]

    def loss(change):
        def put(x):
            x[:, 1:] = change(x[:, 1:])

        return -lm.run(text, outputs={block: put})[0, 1:-1].log_softmax(-1).gather(1, comes).mean()

    untouched, without = loss(lambda x: x), loss(lambda x: decode(encode(x)))
    flat = loss(lambda x: x.mean(1, keepdim=True).expand(x.shape))
    yield f"untouched: {untouched:.3f} spliced, with the error: {untouched:.3f} spliced, without: {without:.3f}", 0.002
    yield f"the same at every token: {flat:.3f} loss recovered: {(flat - without) / (flat - untouched):.2f}", 0.006

    paris = lm.id(" Paris")

    def chance(feature):
        def put(x):
            x[:, 1:] -= encode(x[:, 1:])[..., feature, None] * sae["W_dec"][feature]

        return lm.run(EIFFEL, outputs={block: put})[0, -1].softmax(-1)[paris]

    awake = encode(lm.held(EIFFEL, block)[0, 1:]).amax(0).nonzero().flatten().tolist()
    yield f"{len(awake)} features are awake", 1
    for feature, left in sorted(((one, chance(one)) for one in awake), key=lambda pair: pair[1])[:3]:
        yield f"without {feature}: {100 * left:.1f} %", 0.11
