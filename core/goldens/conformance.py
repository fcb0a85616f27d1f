"""Makes conformance.json: what PyTorch computes for the examples of the two documents and NNsight's own tests.

    python conformance.py SmolLM2-135M-Instruct.Q4_1.gguf && npx biome format --write core/goldens

Needs torch, transformers, accelerate, gguf and tokenizers. Interventions are forward hooks of PyTorch.
"""

import json
import random
import sys
from contextlib import contextmanager
from pathlib import Path

import torch
from tokens import reference_tokenizer
from transformers import AutoModelForCausalLM

EIFFEL = "The Eiffel Tower is in the city of"
PALACE = "Buckingham Palace is in the city of"
GARDEN = "Madison Square Garden is located in the city of"
NEW = "Madison Square Garden is located in the city of New"
THREE = ["This is nnsight 0.3", "It works with NDIF", "pip install it now!"]
TOKENS = 60
LENS = (5, 15, 25, 29)
WIDE = 11


def numbers(x) -> list[float]:
    return [float(f"{v:.9g}") for v in torch.as_tensor(x).flatten().tolist()]


@contextmanager
def changed(module, change):
    """While it is open the module's output is what `change` makes of its hidden state."""

    def hook(_, __, y):
        return (change(y[0]), *y[1:]) if isinstance(y, tuple) else change(y)

    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def seen(module):
    """A list of the hidden states that the module gives."""
    found = []
    handle = module.register_forward_hook(lambda _, __, y: found.append(y[0] if isinstance(y, tuple) else y))
    try:
        yield found
    finally:
        handle.remove()


def factories() -> dict:
    torch.manual_seed(423)
    drawn = {"rand": torch.rand(3), "randint": torch.randint(0, 5, (3,)), "randn": torch.randn(3), "randperm": torch.randperm(3)}
    made = {
        "arange": torch.arange(3),
        "eye": torch.eye(3),
        "full": torch.full((3,), 2.0),
        "linspace": torch.linspace(0, 1, 3),
        "logspace": torch.logspace(0, 1, 3),
        "ones": torch.ones(3),
        "zeros": torch.zeros(3),
    }
    return {name: {"shape": list(x.shape), "values": numbers(x)} for name, x in (drawn | made).items()}


def main() -> None:
    path = Path(sys.argv[1])
    tokenizer = reference_tokenizer(str(path))
    model = AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    layers, inner = model.model.layers, model.model
    tokens = random.Random(5).sample(range(model.config.vocab_size), TOKENS)

    def logits(text):
        with torch.no_grad():
            return model(torch.tensor([tokenizer.encode(text).ids]), use_cache=False).logits[0]

    def told(text):
        last = logits(text)[-1]
        top = int(last.argmax())
        return {"text": text, "top1": top, "word": tokenizer.decode([top]), "values": numbers(last[tokens])}

    runs = {"eiffel": told(EIFFEL), "palace": told(PALACE), "garden": told(GARDEN), "new": told(NEW)}
    runs |= {f"three{i}": told(text) for i, text in enumerate(THREE)}
    with seen(layers[-1]) as hidden:
        logits(EIFFEL)
    def patch(h):
        h = h.clone()
        h[:, -1] = hidden[0][:, -1]
        return h
    with changed(layers[-2], patch):
        runs["patched"] = told(PALACE)
    with changed(layers[10].self_attn, lambda h: h * 0):
        runs["attention10"] = told(GARDEN)
    with changed(layers[10].mlp, lambda h: h * 0):
        runs["mlp10"] = told(GARDEN)
    with changed(layers[0].mlp, lambda h: h * 0):
        runs["mlp0"] = told(GARDEN)
    with changed(layers[10].mlp, lambda h: h * 0), changed(layers[20].mlp, lambda h: h * 0):
        runs["mlp10and20"] = told(GARDEN)
    with changed(inner.embed_tokens, lambda h: h * 0.5):
        runs["embeddingsHalved"] = told(GARDEN)
    weight = model.get_parameter("model.layers.0.mlp.down_proj.weight")
    ids = torch.tensor([tokenizer.encode(GARDEN).ids])
    lens = {}
    for k in LENS:
        with seen(layers[k]) as found, torch.no_grad():
            model(ids, use_cache=False)
            # The hook of the last layer comes before the final norm, so that the norm belongs to the lens of each layer.
            lens[k] = model.lm_head(inner.norm(found[0]))[0].argmax(-1).tolist()
    wide = torch.arange(WIDE, dtype=torch.float32) / WIDE - 0.4
    with seen(layers[3]) as found:
        logits(GARDEN)
    outside = torch.nn.functional.linear(found[0][0, -1], wide.repeat(2, 53)[:, : found[0].shape[-1]], torch.tensor([1.0, -1.0]))
    golden = {
        "tokens": tokens,
        "lengths": {text: len(tokenizer.encode(text).ids) for text in (EIFFEL, PALACE, GARDEN, NEW, *THREE)},
        "runs": runs,
        "lens": {"text": GARDEN, "layers": lens},
        "outside": {"layer": 3, "row": numbers(wide), "values": numbers(outside.detach())},
        "weight": {"shape": list(weight.shape), "sum": float(weight.double().sum()), "first": numbers(weight[0, :8].detach())},
        "factories": factories(),
    }
    Path(__file__).with_name("conformance.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
    for name, run in runs.items():
        print(name, run["top1"], repr(run["word"]))
    print(lens, golden["outside"], golden["lengths"])


if __name__ == "__main__":
    main()
