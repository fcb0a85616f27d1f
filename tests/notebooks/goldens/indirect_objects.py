"""What notebook 07 must show: who gets the drink, with pieces of one run in another."""

import torch

NAMES = [("Mary", "John"), ("John", "Mary"), ("Anna", "Paul"), ("Paul", "Anna")]
GIVER, END, SIZE = 9, 13, 64


def say(a, b, giver):
    return f"When {a} and {b} went to the store, {giver} gave a drink to"


def indirect_objects(lm):
    clean = [say(a, b, b) for a, b in NAMES]
    corrupted = [say(a, b, a) for a, b in NAMES]
    right, wrong = (torch.tensor([[lm.id(f" {pair[i]}")] for pair in NAMES]) for i in (0, 1))

    def difference(prompts, **changes):
        logits = lm.run(prompts, **changes)[:, -1]
        return (logits.gather(1, right) - logits.gather(1, wrong)).flatten()

    good, bad = difference(clean), difference(corrupted)
    yield f"clean {good}", 2e-3
    yield f"corrupted {bad}", 2e-3

    def recovered(**changes):
        return ((difference(corrupted, **changes).mean() - bad.mean()) / (good.mean() - bad.mean())).item()

    def from_clean(module, position, of="output", part=slice(None)):
        stored = lm.held(clean, module, of)

        def put(x):
            x[:, position, part] = stored[:, position, part]

        return {f"{of}s": {module: put}}

    for i in (0, 12, 18, 19, 20, 22, 23, 29):
        shares = [recovered(**from_clean(lm.layers[i], position)) for position in (GIVER, END)]
        yield f"block {i}: giver {shares[0]:.2f}, end {shares[1]:.2f}", 0.011
    for i in (18, 19, 20, 21, 22, 23, 24):
        parts = [recovered(**from_clean(module, END)) for module in (lm.layers[i].self_attn, lm.layers[i].mlp)]
        yield f"block {i}: attention {parts[0]:.2f}, MLP {parts[1]:.2f}", 0.011

    def slice_of(head):
        return slice(SIZE * head, SIZE * (head + 1))

    effects = {
        (layer, head): recovered(**from_clean(lm.layers[layer].self_attn.o_proj, END, "input", slice_of(head)))
        for layer in (19, 20, 23, 29)
        for head in range(9)
    }
    ranked = sorted(effects, key=effects.get, reverse=True)
    yield " ".join(f"{layer}.{head} {effects[layer, head]:.2f}" for layer, head in ranked[:6]), 0.011

    with torch.no_grad():
        looks = lm.model(torch.tensor([lm.ids(clean[0])]), output_attentions=True).attentions[23][0, 3, END]
    yield f" Mary (1) {looks[1]:.2f} John (3) {looks[3]:.2f} John (9) {looks[GIVER]:.2f}", 0.011

    late, before_late = lm.layers[23], lm.held(corrupted, lm.layers[23], "input")[:, END]
    last = lm.held(corrupted, lm.layers[29])[:, END]
    for layer, head in ((19, 2), (20, 0)):
        out, own = lm.layers[layer].self_attn.o_proj, slice_of(head)
        good_head, bad_head = (lm.held(prompts, out, "input")[:, END, own] for prompts in (clean, corrupted))
        more = (good_head - bad_head) @ out.weight[:, own].T
        seen = late.input_layernorm(before_late + more).detach()

        def see(x, seen=seen):
            x[:, END] = seen

        yield f"{layer}.{head} by the queries: {recovered(inputs={late.self_attn.q_proj: see}):.2f}", 0.011
        others = {late.self_attn.k_proj: see, late.self_attn.v_proj: see}
        yield f"{layer}.{head} by the keys and values: {recovered(inputs=others):.2f}", 0.011
        logits = lm.model.lm_head(lm.model.model.norm(last + more)).detach()
        direct = (logits.gather(1, right) - logits.gather(1, wrong)).mean()
        yield f"{layer}.{head} by the end: {((direct - bad.mean()) / (good.mean() - bad.mean())).item():.2f}", 0.011

    def without(heads):
        stored = {layer: lm.held(corrupted, lm.layers[layer].self_attn.o_proj, "input") for layer in (19, 20, 23, 29)}

        def put(layer):
            def change(x):
                for head in (h for at, h in heads if at == layer):
                    x[:, END, slice_of(head)] = stored[layer][:, END, slice_of(head)]

            return change

        return difference(clean, inputs={lm.layers[i].self_attn.o_proj: put(i) for i in stored}).mean()

    others = [one for one in ranked if one[0] != 29][8:12]
    yield f"without the four: {without(ranked[:4]):.2f} without four others: {without(others):.2f}", 0.011
