"""PyTorch and NNsight on the same model, taking turns with us: reads `{"do": …}` lines, answers `{"ms": …}` lines."""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM

torch.set_num_threads(2)
torch.set_grad_enabled(False)
state = {}


def load(folder):
    state["model"] = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    import nnsight

    state["lm"] = nnsight.NNsight(state["model"])
    tiny = torch.nn.Sequential(torch.nn.Linear(5, 10), torch.nn.Linear(10, 10))
    state["tiny"] = tiny
    state["traced"] = nnsight.NNsight(tiny)
    return {"torch": torch.__version__, "nnsight": nnsight.__version__}


def gpt2(do_, **given):
    """The same with GPT-2's small shape and random weights."""
    if "gpt2" not in state:
        import nnsight
        from transformers import GPT2Config, GPT2LMHeadModel

        model = GPT2LMHeadModel(GPT2Config(attn_implementation="eager")).eval()
        state["gpt2"] = {"model": model, "lm": nnsight.NNsight(model)}
    own = {name: state[name] for name in ("model", "lm")}
    state.update(state["gpt2"])
    try:
        return globals()[do_](**given)
    finally:
        state.update(own)


def timed(work):
    begin = time.perf_counter()
    work()
    return {"ms": 1000 * (time.perf_counter() - begin)}


def forward(ids):
    ids = torch.tensor(ids)
    return timed(lambda: state["model"](ids, use_cache=False))


def trace(ids):
    ids, lm = torch.tensor(ids), state["lm"]

    def work():
        with lm.trace(ids, use_cache=False):
            lm.output.save()

    return timed(work)


def early(ids):
    ids, lm = torch.tensor(ids), state["lm"]

    def work():
        with lm.trace(ids, use_cache=False) as tracer:
            lm.model.layers[0].output.save()
            tracer.stop()

    return timed(work)


def residual(ids, source, cells):
    """Patches the hidden state of `source` into `ids`, one cell after the other; milliseconds of one cell."""
    ids, source, lm = torch.tensor(ids), torch.tensor(source), state["lm"]
    clean = [hidden[0] for hidden in state["model"](source, use_cache=False, output_hidden_states=True).hidden_states[1:-1]]
    blocks = lm.transformer.h if "transformer" in dict(state["model"].named_children()) else lm.model.layers
    begin = time.perf_counter()
    for layer, position in cells:
        value = clean[min(layer, len(clean) - 1)]
        with lm.trace(ids, use_cache=False):
            blocks[layer].output[0, position] = value[position]
            lm.output.logits[0, -1].save()
    return {"ms": 1000 * (time.perf_counter() - begin) / len(cells)}


def heads(ids, cells, size):
    """Erases one head of one block, one cell after the other; milliseconds of one cell."""
    ids, lm = torch.tensor(ids), state["lm"]
    begin = time.perf_counter()
    for layer, head in cells:
        with lm.trace(ids, use_cache=False):
            lm.model.layers[layer].self_attn.o_proj.input[:, :, head * size : (head + 1) * size] = 0
            lm.output.logits[0, -1].save()
    return {"ms": 1000 * (time.perf_counter() - begin) / len(cells)}


def steering(ids, layer, factors):
    ids, lm = torch.tensor(ids), state["lm"]
    vector = torch.ones(state["model"].config.hidden_size)
    begin = time.perf_counter()
    for factor in factors:
        with lm.trace(ids, use_cache=False):
            lm.model.layers[layer].output[0, -1] += factor * vector
            lm.output.logits[0, -1].save()
    return {"ms": 1000 * (time.perf_counter() - begin) / len(factors)}


def lens(ids):
    """The logits of every block's output at the last position."""
    model, ids = state["model"], torch.tensor(ids)

    def work():
        seen = []
        hooks = [layer.register_forward_hook(lambda _, __, out: seen.append(out)) for layer in model.model.layers]
        model(ids, use_cache=False, logits_to_keep=1)
        for hook in hooks:
            hook.remove()
        model.lm_head(model.model.norm(torch.stack([hidden[0, -1] for hidden in seen])))

    return timed(work)


def generate(ids, count):
    """Greedy, with its cache of keys and values."""
    ids = torch.tensor(ids)
    options = {"max_new_tokens": count, "min_new_tokens": count, "do_sample": False, "pad_token_id": 0}
    return timed(lambda: state["model"].generate(ids, attention_mask=torch.ones_like(ids), **options))


def gradients(ids, answers):
    """A forward and a backward pass that keeps the gradient of every layer's output; weights get none."""
    model, ids = state["model"], torch.tensor(ids)
    model.requires_grad_(False)

    def work():
        seen = []

        def keep(_, __, out):
            out.retain_grad()
            seen.append(out)

        hooks = [layer.register_forward_hook(keep) for layer in model.model.layers]
        embedded = model.model.embed_tokens(ids).detach().requires_grad_()
        with torch.enable_grad():
            last = model(inputs_embeds=embedded, use_cache=False).logits[0, -1]
            (last[answers[0]] - last[answers[1]]).backward()
        for hook in hooks:
            hook.remove()
        assert len(seen) == len(model.model.layers) and all(out.grad is not None for out in seen)

    return timed(work)


def tiny_bare(runs):
    x = torch.ones(1, 5)

    def work():
        for _ in range(runs):
            state["tiny"](x)

    return {"ms": timed(work)["ms"] / runs}


def tiny_trace(runs):
    x, traced = torch.ones(1, 5), state["traced"]
    begin = time.perf_counter()
    for _ in range(runs):
        with traced.trace(x):
            pass
    return {"ms": 1000 * (time.perf_counter() - begin) / runs}


for line in sys.stdin:
    asked = json.loads(line)
    do = globals()[asked.pop("do")]
    try:
        answer = do(**asked)
    except Exception as error:  # noqa: BLE001 the other side says which row it was
        answer = {"error": f"{type(error).__name__}: {error}"}
    print("#" + json.dumps(answer), flush=True)
