"""What notebook 05 must show: the experiments of the kit on SmolLM2, by their definitions in the papers."""

import torch
from gradients import difference, with_gradients
from guide import MARY

SWAPPED = "When Mary and John went to the store, Mary gave a drink to"
CHEERFUL = [
    "I love this", "What a great day", "The food was delicious", "She was so happy",
    "A wonderful film", "Such good news", "We had a lovely time", "It was beautiful",
]  # fmt: skip
GLOOMY = [
    "I hate this", "What an awful day", "The food was disgusting", "She was so angry",
    "A terrible film", "Such bad news", "We had a horrible time", "It was ugly",
]  # fmt: skip
LAYERS, HEADS, SIZE = 30, 9, 64


def lens(lm):
    with torch.no_grad():
        kept = [lm.held(MARY, layer)[0] for layer in lm.layers]
        return torch.stack([lm.model.lm_head(lm.model.model.norm(hidden)) for hidden in kept])


def direct(lm):
    """What each part wrote into the last token, under the scale of the final norm, towards one name and away from the other."""
    with torch.no_grad():
        norm, head = lm.model.model.norm, lm.model.lm_head.weight
        final = lm.held(MARY, lm.layers[-1])[0, -1]
        direction = (head[lm.id(" Mary")] - head[lm.id(" John")]) * norm.weight
        written = {"embedding": lm.held(MARY, lm.model.model.embed_tokens)[0, -1]}
        for i, layer in enumerate(lm.layers):
            written[f"model.layers.{i}.attention"] = lm.held(MARY, layer.self_attn)[0, -1]
            written[f"model.layers.{i}.mlp"] = lm.held(MARY, layer.mlp)[0, -1]
        scale = (final.square().mean() + norm.variance_epsilon).rsqrt()
        return {name: (x * scale) @ direction for name, x in written.items()}


def differences(lm, ids, **changes):
    logits = lm.run_ids(ids, **changes)[:, -1]
    return logits[:, lm.id(" Mary")] - logits[:, lm.id(" John")]


def patched(lm):
    """A batch for each block: in row p the hidden state of token p is that of the clean run."""
    bad = torch.tensor([lm.ids(SWAPPED)])
    count = bad.shape[1]
    rows = []
    for layer in lm.layers:
        clean = lm.held(MARY, layer)[0]

        def put(x, clean=clean):
            for position in range(count):
                x[position, position] = clean[position]

        rows.append(differences(lm, bad.expand(count, -1), outputs={layer: put}))
    return torch.stack(rows)


def patched_heads(lm):
    """A batch for each block: in row h what head h gives is that of the clean run."""
    bad = torch.tensor([lm.ids(SWAPPED)]).expand(HEADS, -1)
    rows = []
    for layer in lm.layers:
        out = layer.self_attn.o_proj
        clean = lm.held(MARY, out, "input")[0]

        def put(x, clean=clean):
            for head in range(HEADS):
                own = slice(SIZE * head, SIZE * (head + 1))
                x[head, :, own] = clean[:, own]

        rows.append(differences(lm, bad, inputs={out: put}))
    return torch.stack(rows)


def attributed(lm):
    held, logits = with_gradients(lm, SWAPPED, lm.layers)
    difference(lm, logits).backward()
    clean = [lm.held(MARY, layer) for layer in lm.layers]
    return torch.stack([((clean[i] - held[i].detach()) * held[i].grad).sum(-1)[0] for i in range(LAYERS)])


def head_scores(lm):
    ids = torch.tensor(lm.ids(" apple river seven music stone green") * 2)
    with torch.no_grad():
        attentions = torch.cat(lm.model(ids[None], output_attentions=True, use_cache=False).attentions)
    places = torch.arange(len(ids))
    query, key = places[:, None], places[None]
    masks = {
        "previous token": key == query - 1,
        "duplicate token": (key < query) & (ids[None] == ids[:, None]),
        "induction": (key > 0) & (key <= query) & (ids.roll(1)[None] == ids[:, None]),
    }
    return {name: (attentions * mask).sum((2, 3)) / mask.any(1).sum() for name, mask in masks.items()}


def probe(up, down):
    """Logistic regression on six of each, with a penalty of 10 / 2 times the squared length of its weight."""
    x, y = torch.cat([up[:6], down[:6]]).double(), torch.tensor([1.0] * 6 + [0.0] * 6).double()
    weight, bias = torch.zeros(576).double().requires_grad_(), torch.zeros(1).double().requires_grad_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=500, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        scores = x @ weight + bias
        made = torch.nn.functional.binary_cross_entropy_with_logits(scores, y, reduction="sum") + 5 * weight.square().sum()
        made.backward()
        return made

    optimizer.step(loss)
    return [((part[6:].double() @ weight + bias) > 0).tolist() for part in (up, down)]


def integrated(lm, steps=8):
    embed = lm.model.model.embed_tokens
    whole = embed(torch.tensor([lm.ids(MARY)])).detach()
    total = torch.zeros(whole.shape[1])
    for i in range(steps):
        at = (whole * (i + 0.5) / steps).requires_grad_()
        difference(lm, lm.model(inputs_embeds=at, use_cache=False).logits).backward()
        total += (whole * at.grad).sum(-1)[0]
    return total / steps


def kit(lm):
    good, bad = (differences(lm, torch.tensor([lm.ids(text)])).item() for text in (MARY, SWAPPED))
    yield f"{good:.2f} {bad:.2f}", 0.011
    yield f"{lens(lm)}", 5e-3

    parts = direct(lm)
    best = sorted(parts, key=lambda name: -abs(parts[name]))[:5]
    yield f"sum: {sum(parts.values()):.2f} " + " ".join(f"{name} {parts[name]:.2f}" for name in best), 0.011
    yield f"{torch.stack(list(parts.values()))}", 2e-3

    places = patched(lm)
    yield f"{places}", 2e-3
    cheap = attributed(lm)
    yield f"{cheap}", 5e-3
    effect = places - bad
    both = torch.corrcoef(torch.stack([effect.flatten(), cheap.flatten()]))[0, 1]
    yield f"correlation: {both:.2f}", 0.011
    heads = patched_heads(lm) - bad
    yield f"{heads}", 2e-3
    for at in heads.abs().flatten().topk(4).indices.tolist():
        yield f"block {at // HEADS}, head {at % HEADS}: {heads.flatten()[at]:.2f}", 0.011
    layer, head = divmod(heads.abs().argmax().item(), HEADS)
    with torch.no_grad():
        looks = lm.model(torch.tensor([lm.ids(MARY)]), output_attentions=True, use_cache=False).attentions[layer][0]
    at = looks[head, -1, 1:].argmax() + 1
    yield f"block {layer}, head {head} looks at{lm.tokenizer.decode(lm.ids(MARY)[at])}", 0
    yield f"{looks}", 2e-3

    for name, scores in head_scores(lm).items():
        at = scores.argmax().item()
        yield f"{name} block {at // HEADS}, head {at % HEADS}: {scores.max():.2f}", 0.011

    hidden = [torch.stack([lm.held(text, lm.layers[12])[0, -1] for text in texts]) for texts in (CHEERFUL, GLOOMY)]
    for name, said in zip(("cheerful", "gloomy"), probe(*hidden)):
        yield f"{name}: [ {', '.join(str(one).lower() for one in said)} ]", 0
    yield f"{integrated(lm)}", 2e-3
