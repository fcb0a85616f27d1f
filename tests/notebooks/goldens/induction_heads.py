"""What notebook 08 must show: two attention-only models and what becomes of them when heads are missing; SmolLM2's heads."""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

MODELS = Path(__file__).resolve().parents[3] / "notebooks" / "models"
sys.path.insert(0, str(MODELS))
from induction import CONTEXT, HEADS, Model, split  # noqa: E402

PERIOD, SIZE = 12, 16


def trained(layers):
    model = Model(layers)
    model.load_state_dict(load_file(MODELS / f"induction-{layers}.safetensors"))
    return model


@torch.no_grad()
def run(model, ids, missing=None, hidden_from=None):
    """Logits and patterns; `missing` is a (layer, head) that gives nothing, `hidden_from` a projection that does not see 0.2."""
    x = model.embed(ids) + model.places(torch.arange(ids.shape[1]))
    patterns, written = [], 0
    for i, layer in enumerate(model.layers):
        seen = {name: x - written if name == hidden_from and i == 1 else x for name in ("q_proj", "k_proj", "v_proj")}
        query, key, value = (split(getattr(layer, name)(y)) for name, y in seen.items())
        later = torch.ones(CONTEXT, CONTEXT).triu(1).bool()
        pattern = (query @ key.mT / SIZE**0.5).masked_fill(later, -torch.inf).softmax(-1)
        heads = (pattern @ value).transpose(1, 2).flatten(2)
        if missing and missing[0] == i:
            heads[..., SIZE * missing[1] : SIZE * (missing[1] + 1)] = 0
        if i == 0:
            part = slice(2 * SIZE, 3 * SIZE)
            written = heads[..., part] @ layer.o_proj.weight[:, part].T
        x = x + layer.o_proj(heads)
        patterns.append(pattern)
    return model.head(x), patterns


def induction_heads(lm):
    torch.manual_seed(8)
    ids = torch.randint(0, 64, (32, PERIOD)).repeat(1, 3)[:, :CONTEXT]

    def again(logits):
        chance = logits[:, :-1].softmax(-1).gather(2, ids[:, 1:, None])[..., 0].mean(0)
        return chance[PERIOD:].mean()

    one, two = trained(1), trained(2)
    logits, patterns = run(two, ids)
    yield f"one layer: {again(run(one, ids)[0]):.2f} two layers: {again(logits):.2f}", 0.011
    for i, pattern in enumerate(patterns):
        for name, back, begin in (("token before", 1, 1), ("one after the same", PERIOD - 1, PERIOD)):
            shares = pattern[:, :, begin:].diagonal(begin - back, 2, 3).mean((0, 2))
            yield f"layer {i}, {name}: " + " ".join(f"{share:.2f}" for share in shares), 0.011
    for layer in (0, 1):
        for head in range(HEADS):
            yield f"without {layer}.{head}: {again(run(two, ids, missing=(layer, head))[0]):.2f}", 0.011
    for name in ("q_proj", "k_proj", "v_proj"):
        yield f"0.2 hidden from {name} of layer 1: {again(run(two, ids, hidden_from=name)[0]):.2f}", 0.011

    torch.manual_seed(8)
    twenty = torch.randint(1000, 40000, (20,))
    twice = torch.cat([twenty, twenty])
    with torch.no_grad():
        attentions = lm.model(twice[None], output_attentions=True, use_cache=False).attentions
    places = torch.arange(40)
    successor = (places[:, None] >= places) & (places > 0) & (twice[:, None] == twice.roll(1))
    successor &= places - 1 < places[:, None]
    scores = {"token before": {}, "induction": {}}
    for layer, (weights,) in enumerate(attentions):
        for head, weight in enumerate(weights):
            scores["token before"][layer, head] = weight.diagonal(-1).sum() / 39
            scores["induction"][layer, head] = (weight * successor).sum() / successor.any(1).sum()
    for name, each in scores.items():
        best = sorted(each, key=each.get, reverse=True)[:5]
        yield f"{name}: " + " ".join(f"{layer}.{head} {each[layer, head]:.2f}" for layer, head in best), 0.011
