"""What notebook 04 must show: SmolLM2 writing on, gradients of a difference of logits, and a vector that is trained."""

import torch
from first_steps import EIFFEL
from guide import MARY


def with_gradients(lm, text, keep):
    """What modules give, with gradients kept, by their place in the list; and the logits."""
    held = {}

    def hold(name, x):
        x.retain_grad()
        held[name] = x

    hooks = [
        module.register_forward_hook(lambda _, __, out, i=i: hold(i, out[0] if isinstance(out, tuple) else out))
        for i, module in enumerate(keep)
    ]
    logits = lm.model(torch.tensor([lm.ids(text)]), use_cache=False).logits
    for hook in hooks:
        hook.remove()
    return held, logits


def difference(lm, logits):
    return logits[0, -1, lm.id(" Mary")] - logits[0, -1, lm.id(" John")]


def written_on(lm, text, count, changes=None):
    """The likeliest token, again and again, without a cache; and how likely each was."""
    ids, chances = lm.ids(text), []
    begin = len(ids)
    for step in range(count):
        outputs = changes(step, begin) if changes else {}
        chance, best = lm.run_ids(torch.tensor([ids]), outputs)[0, -1].softmax(-1).max(-1)
        ids.append(best.item())
        chances.append(chance)
    return lm.tokenizer.decode(ids), chances


def gradients(lm):
    text, chances = written_on(lm, EIFFEL, 6)
    yield repr(text), 0
    yield "  ".join(f"{chance:.3f}" for chance in chances), 0.0011

    def without_first_mlp(step, begin):
        def erase(x):
            x[:, begin] = 0

        return {lm.layers[0].mlp: erase} if step else {}

    yield repr(written_on(lm, EIFFEL, 6, without_first_mlp)[0]), 0

    held, logits = with_gradients(lm, MARY, lm.layers)
    asked = difference(lm, logits)
    asked.backward()
    norms = torch.stack([held[i].grad[0].norm(dim=-1) for i in range(30)])
    yield f"Mary - John: {asked:.2f} {norms}", 0.0011

    whole = held[5].grad.norm()

    def last_only(gradient):
        gradient = gradient.clone()
        gradient[:, :-1] = 0
        return gradient

    narrow = lm.layers[15].register_forward_hook(
        lambda _, __, out: (out[0] if isinstance(out, tuple) else out).register_hook(last_only) and None
    )
    held, logits = with_gradients(lm, MARY, [lm.layers[5]])
    narrow.remove()
    difference(lm, logits).backward()
    yield f"with all tokens: {whole:.2f} through the last one: {held[0].grad.norm():.2f}", 0.011

    seen = []

    def keep_input(_, given):
        given[0].retain_grad()
        seen.append(given[0])

    look = lm.layers[10].mlp.down_proj.register_forward_pre_hook(keep_input)
    difference(lm, lm.model(torch.tensor([lm.ids(MARY)]), use_cache=False).logits).backward()
    look.remove()
    neurons = (seen[0] * seen[0].grad)[0, -1]
    for neuron in neurons.abs().topk(3).indices:
        yield f"neuron {neuron}: {neurons[neuron]:.3f}", 0.0011

    vector = torch.zeros(576, requires_grad=True)

    def add(_, __, out):
        hidden = (out[0] if isinstance(out, tuple) else out).clone()
        hidden[:, -1] += vector
        return (hidden, *out[1:]) if isinstance(out, tuple) else hidden

    lm.model.requires_grad_(False)
    pushed = lm.layers[12].register_forward_hook(add)
    optimizer = torch.optim.Adam([vector], lr=0.3)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        logits = lm.model(torch.tensor([lm.ids("My favourite dish is")]), use_cache=False).logits
        loss = -logits[0, -1].log_softmax(-1)[lm.id(" Paris")]
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    yield f"loss from {losses[0]:.1f}", 0.11
    assert losses[-1] < 1, losses
    for text in ("My favourite dish is", "The Colosseum is in the city of"):
        yield f"{text}{lm.tokenizer.decode(lm.run(text)[0, -1].argmax())}", 0
    pushed.remove()
    lm.model.requires_grad_(True)
