"""Makes generate.json: what transformers generates with the weights of SmolLM2-135M-Instruct's GGUF (float32, eager attention, greedy).

    python generate.py SmolLM2-135M-Instruct.Q4_1.gguf && npx biome format --write core/goldens

Needs torch, transformers, accelerate, gguf and tokenizers. README.md explains the fields.
"""

import json
import sys
import time
from pathlib import Path

import torch
from tokens import reference_tokenizer
from transformers import AutoModelForCausalLM

PROMPTS = [
    "The Eiffel Tower is in the city of",
    "Hello World",
    "When Mary and John went to the store, John gave a drink to",
    "Once upon a time, in a small village,",
    "def fibonacci(n):",
    "The three primary colours are",
    "1, 2, 3, 4, 5,",
    "Water boils at a temperature of",
    "My favourite book is",
    "<|im_start|>user\nSay hello in French.<|im_end|>\n<|im_start|>assistant\n",
]
NEW = 50


def generate(model, rows: list[list[int]], count: int, **options) -> list[list[int]]:
    """The new ids of each row; rows of different length are padded on the left."""
    width = max(map(len, rows))
    pad = model.config.pad_token_id
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    made = model.generate(ids, attention_mask=mask, max_new_tokens=count, do_sample=False, pad_token_id=pad, **options)
    return made[:, width:].tolist()


def zeroed(model, ids: list[int], step_of_edit: int, layer: int, count: int) -> list[int]:
    """Greedy, with the output of a layer's MLP set to zero in one step only."""
    step = -1

    def count_step(*_):
        nonlocal step
        step += 1

    hooks = [
        model.register_forward_pre_hook(count_step),
        model.model.layers[layer].mlp.register_forward_hook(lambda _, __, y: y * 0 if step == step_of_edit else y),
    ]
    made = generate(model, [ids], count)[0]
    for hook in hooks:
        hook.remove()
    return made


def main() -> None:
    path = Path(sys.argv[1])
    torch.manual_seed(0)
    tokenizer = reference_tokenizer(str(path))
    model = AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    rows = [tokenizer.encode(text).ids for text in PROMPTS]
    since = time.time()
    alone = [generate(model, [row], NEW)[0] for row in rows]
    print(sum(map(len, alone)) / (time.time() - since), "tokens a second")
    golden = {
        "eos": model.generation_config.eos_token_id,
        "prompts": [{"text": text, "ids": row, "new": new} for text, row, new in zip(PROMPTS, rows, alone)],
        "batch": {"texts": PROMPTS[:3], "new": generate(model, rows[:3], 12)},
        "finished": {"texts": [PROMPTS[8], PROMPTS[0]], "new": generate(model, [rows[8], rows[0]], 20)},
        "zeroed": [
            {"step": step, "layer": layer, "new": zeroed(model, rows[0], step, layer, 6)}
            for step, layer in ((0, 0), (1, 0), (3, 1))
        ],
    }
    out = Path(__file__).with_name("generate.json")
    out.write_text(json.dumps(golden, ensure_ascii=False) + "\n")
    for text, new in zip(PROMPTS, alone):
        print(repr(text), repr(tokenizer.decode(new)))
    print(golden["finished"], golden["zeroed"], golden["batch"])


if __name__ == "__main__":
    main()
