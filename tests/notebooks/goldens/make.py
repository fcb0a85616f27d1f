"""Makes ../expected.json: what the notebooks must show, computed in PyTorch and independently of this project's code.

    python make.py SmolLM2-135M-Instruct.Q4_1.gguf [notebook ...]

Each entry is a text that must stand in the notebook's outputs, and by how much each number in it may differ.
Needs torch, transformers, accelerate, gguf, tokenizers and safetensors.
"""

import json
import sys
from pathlib import Path

from autoencoder_inside import autoencoder
from first_steps import how_it_works, look_inside
from gradients import gradients
from guide import guide, remote, seeing
from indirect_objects import indirect_objects
from induction_heads import induction_heads
from kit import kit
from modules import own_module
from smollm2 import SmolLM2
from steering import steering

NOTEBOOKS = {
    "01-look-inside": look_inside,
    "02-the-nnsight-guide": guide,
    "03-seeing": seeing,
    "04-gradients-and-generation": gradients,
    "05-the-kit": kit,
    "06-remote": remote,
    "07-indirect-objects": indirect_objects,
    "08-induction-heads": induction_heads,
    "09-steering": steering,
    "10-autoencoder": autoencoder,
    "11-your-own-module": own_module,
    "12-how-it-works": how_it_works,
}
TARGET = Path(__file__).parents[1] / "expected.json"


def main(gguf, names):
    lm = SmolLM2(gguf)
    made = json.loads(TARGET.read_text(encoding="utf-8")) if names else {}
    for name in names or NOTEBOOKS:
        made[name] = [{"shows": " ".join(text.split()), "within": within} for text, within in NOTEBOOKS[name](lm)]
    made = dict(sorted(made.items()))
    TARGET.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{sum(map(len, made.values()))} texts for {len(made)} notebooks")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
