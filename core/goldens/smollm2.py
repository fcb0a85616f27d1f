"""Makes smollm2.json: what PyTorch computes with the weights of SmolLM2-135M-Instruct's GGUF (float32, eager attention).

    python smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf && npx biome format --write core/goldens

Needs torch, transformers, accelerate, gguf and tokenizers. README.md explains the fields.
"""

import hashlib
import json
import random
import sys
from pathlib import Path

import torch
import transformers
from tokens import reference_tokenizer
from transformers import AutoModelForCausalLM

EIFFEL = "The Eiffel Tower is in the city of"
PROMPTS = [
    EIFFEL,
    "Hello World",
    "When Mary and John went to the store, John gave a drink to",
    "Le café de Zürich sert des gâteaux à 3,50 € — 東京の天気は 😀",
    "<|im_start|>user\nName three primary colours, and say in one short sentence why painters care about them."
    "<|im_end|>\n<|im_start|>assistant\nThe three primary colours are red, yellow and blue. Painters mix",
]
# What is set to zero: the output of a layer (its hidden state) or of its MLP, everywhere or at one position (-1 is the last).
# A layer zeroed everywhere leaves nothing: this model has no biases, so every logit is exactly 0, whichever the layer.
ZEROED = [(k, "layer", None) for k in (0, 10, 20, 29)] + [
    (k, what, at) for what, at in (("layer", 3), ("layer", -1), ("mlp", None)) for k in (0, 10, 20)
]
LAYER_PLACES, LOGIT_PLACES, ROW_PLACES = 64, 200, 100


def numbers(x) -> list[float]:
    return [float(f"{v:.9g}") for v in torch.as_tensor(x).flatten().tolist()]


def places(shape, count: int, seed: int) -> dict[str, list[int]]:
    """Fixed places of a matrix; the last row always has a quarter of them."""
    rng = random.Random(seed)
    rows, columns = shape
    return {
        "rows": [rows - 1 if i % 4 == 0 else rng.randrange(rows) for i in range(count)],
        "columns": [rng.randrange(columns) for _ in range(count)],
    }


def sample(x, at) -> list[float]:
    return numbers(x[at["rows"], at["columns"]])


def zero_at(output, at: int | None):
    hidden = (output[0] if isinstance(output, tuple) else output).clone()
    hidden[:, slice(None) if at is None else at] = 0
    return (hidden, *output[1:]) if isinstance(output, tuple) else hidden


def run(model, ids, mask=None, positions=None, zero=None):
    """The logits, each layer's output and the final norm's, all with their batch dimension."""
    layers, norm, hooks = [], [], []
    if zero:
        k, what, at = zero
        module = model.model.layers[k] if what == "layer" else model.model.layers[k].mlp
        hooks.append(module.register_forward_hook(lambda _, __, y: zero_at(y, at)))
    for layer in model.model.layers:
        keep = lambda _, __, y: layers.append(y[0] if isinstance(y, tuple) else y)  # noqa: E731
        hooks.append(layer.register_forward_hook(keep))
    hooks.append(model.model.norm.register_forward_hook(lambda _, __, y: norm.append(y)))
    with torch.no_grad():
        logits = model(torch.tensor(ids), attention_mask=mask, position_ids=positions, use_cache=False).logits
    for hook in hooks:
        hook.remove()
    return logits, layers, norm[0]


def prompt_golden(model, tokenizer, text: str, seed: int) -> dict:
    ids = tokenizer.encode(text).ids
    logits, layers, norm = run(model, [ids])
    logits = logits[0]
    at = places(logits.shape, LOGIT_PLACES, seed)
    inner = places(layers[0][0].shape, LAYER_PLACES, seed + 100)
    describe = lambda h: {"norms": numbers(h.norm(dim=-1)), "values": sample(h, inner)}  # noqa: E731
    return {
        "text": text,
        "ids": ids,
        "top5": logits[-1].topk(5).indices.tolist(),
        "top5Logits": numbers(logits[-1].topk(5).values),
        "logits": {
            "maxAbs": float(logits.abs().max()),
            "sums": numbers(logits.double().sum(-1)),
            "places": at,
            "values": sample(logits, at),
        },
        "places": inner,
        "layers": [describe(h[0]) for h in layers],
        "norm": describe(norm[0]),
    }


def zeroed_golden(model, tokenizer) -> dict:
    ids = tokenizer.encode(EIFFEL).ids
    tokens = random.Random(7).sample(range(model.config.vocab_size), ROW_PLACES)
    rows = []
    for zero in ZEROED:
        last = run(model, [ids], zero=zero)[0][0, -1]
        best = last.topk(2)
        gap = float(best.values[0] - best.values[1])
        top = int(best.indices[0]) if gap > 0 else None
        rows.append({"layer": zero[0], "what": zero[1], "position": zero[2], "top1": top, "gap": gap,
                     "token": None if top is None else tokenizer.decode([top]), "values": numbers(last[tokens])})
    return {"text": EIFFEL, "ids": ids, "tokens": tokens, "runs": rows}


def padded_golden(model, tokenizer) -> dict:
    """Two prompts of different lengths, padded on the left; every row must equal its prompt alone."""
    texts = [EIFFEL, "Hello World"]
    alone = [tokenizer.encode(t).ids for t in texts]
    width = max(map(len, alone))
    pad = model.config.pad_token_id
    ids = [[pad] * (width - len(row)) + row for row in alone]
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in alone])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    logits, layers, _ = run(model, ids, mask, positions)
    tokens = random.Random(11).sample(range(model.config.vocab_size), ROW_PLACES)
    rows = []
    for i, row in enumerate(alone):
        single, single_layers, _ = run(model, [row])
        error = float((logits[i, -len(row):] - single[0]).abs().max())
        inner = max(float((a[i, -len(row):] - b[0]).abs().max() / b.abs().max()) for a, b in zip(layers, single_layers))
        assert error < 5e-4 and inner < 1e-4, (error, inner)
        last = logits[i, -1]
        rows.append({"top1": int(last.argmax()), "values": numbers(last[tokens]), "fromAlone": error})
    return {"texts": texts, "pad": pad, "ids": ids, "mask": mask.tolist(), "positions": positions.tolist(),
            "tokens": tokens, "rows": rows}


def main() -> None:
    path = Path(sys.argv[1])
    torch.manual_seed(0)
    tokenizer = reference_tokenizer(str(path))
    model = AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    config = model.config
    golden = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "config": {k: getattr(config, k) for k in (
            "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size",
            "rms_norm_eps", "max_position_embeddings", "vocab_size", "tie_word_embeddings",
            "bos_token_id", "eos_token_id", "pad_token_id")},
        "weights": {name: {"shape": list(w.shape), "sum": float(w.double().sum()), "norm": float(w.double().norm())}
                    for name, w in model.state_dict().items()},
        "prompts": [prompt_golden(model, tokenizer, text, seed) for seed, text in enumerate(PROMPTS)],
        "zeroed": zeroed_golden(model, tokenizer),
        "padded": padded_golden(model, tokenizer),
    }
    out = Path(__file__).with_name("smollm2.json")
    out.write_text(json.dumps(golden, ensure_ascii=False) + "\n")
    print(config)
    for p in golden["prompts"]:
        print(len(p["ids"]), [tokenizer.decode([t]) for t in p["top5"]], p["top5Logits"])
    print([(r["layer"], r["what"], r["position"], r["token"], r["gap"]) for r in golden["zeroed"]["runs"]])
    print([(r["top1"], r["fromAlone"]) for r in golden["padded"]["rows"]], out.stat().st_size)


if __name__ == "__main__":
    main()
