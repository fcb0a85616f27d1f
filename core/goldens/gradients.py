"""Makes gradients.json: what PyTorch's autograd gives on the weights of SmolLM2-135M-Instruct's GGUF (float32, eager attention).

    python gradients.py SmolLM2-135M-Instruct.Q4_1.gguf && npx biome format --write core/goldens

Needs torch, transformers, accelerate, gguf and tokenizers. README.md explains the fields.
"""

import json
import random
import sys
from pathlib import Path

import torch
from tokens import reference_tokenizer
from transformers import AutoModelForCausalLM

CLEAN = "When Mary and John went to the store, John gave a drink to"
CORRUPTED = "When Mary and John went to the store, Mary gave a drink to"
ANSWERS = [" Mary", " John"]
PLACES = 40


def numbers(x) -> list[float]:
    return [float(f"{v:.9g}") for v in torch.as_tensor(x).flatten().tolist()]


def run(model, ids, answers):
    """The logit difference, and each layer's output with its gradient."""
    layers, hooks = [], []

    def keep(_, __, y):
        hidden = y[0] if isinstance(y, tuple) else y
        hidden.retain_grad()
        layers.append(hidden)

    for layer in model.model.layers:
        hooks.append(layer.register_forward_hook(keep))
    embedded = model.model.embed_tokens(torch.tensor([ids])).detach().requires_grad_()
    logits = model(inputs_embeds=embedded, use_cache=False).logits
    for hook in hooks:
        hook.remove()
    difference = logits[0, -1, answers[0]] - logits[0, -1, answers[1]]
    difference.backward()
    return float(difference), layers, embedded.grad


WEIGHTS = ["model.layers.5.self_attn.q_proj", "model.layers.12.mlp.down_proj", "model.norm", "lm_head"]


def weights(model, ids, answers, rows, columns):
    """Gradients of some weights, of which `lm_head` is the embedding, too (its rows are those of the prompt's tokens)."""
    model.zero_grad()
    logits = model(torch.tensor([ids]), use_cache=False).logits
    (logits[0, -1, answers[0]] - logits[0, -1, answers[1]]).backward()
    found = {}
    for name in WEIGHTS:
        grad = model.get_submodule(name).weight.grad
        places = grad[ids][rows, columns] if name == "lm_head" else grad if grad.ndim == 1 else grad[rows, columns]
        found[name] = {"norm": float(grad.norm()), "values": numbers(places)}
    return found


def main() -> None:
    path = Path(sys.argv[1])
    tokenizer = reference_tokenizer(str(path))
    model = AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    clean, corrupted = (tokenizer.encode(text).ids for text in (CLEAN, CORRUPTED))
    answers = [tokenizer.encode(text).ids[0] for text in ANSWERS]
    difference, layers, embedded = run(model, clean, answers)
    rng = random.Random(3)
    rows = [rng.randrange(len(clean)) for _ in range(PLACES)]
    columns = [rng.randrange(layers[0].shape[-1]) for _ in range(PLACES)]
    changed = weights(model, clean, answers, rows, columns)
    worse, spoilt, _ = run(model, corrupted, answers)
    attribution = [((a - b) * b.grad)[0].sum(-1) for a, b in zip(layers, spoilt)]
    golden = {
        "clean": CLEAN,
        "corrupted": CORRUPTED,
        "answers": answers,
        "difference": difference,
        "corruptedDifference": worse,
        "places": {"rows": rows, "columns": columns},
        "layers": [
            {"norms": numbers(h.grad[0].norm(dim=-1)), "values": numbers(h.grad[0][rows, columns])} for h in layers
        ],
        "embedded": numbers(embedded[0].norm(dim=-1)),
        "weights": changed,
        "attribution": [numbers(row) for row in attribution],
    }
    out = Path(__file__).with_name("gradients.json")
    out.write_text(json.dumps(golden, ensure_ascii=False) + "\n")
    print(difference, worse, out.stat().st_size)


if __name__ == "__main__":
    main()
