"""What transformers computes within attention, with the tiny models of `architectures.py`.

Of layer 1 (of T5's encoder, of the others' only stack) the masked scores and the pattern, and what the model gives when
the pattern of head 1 is halved there. Writes `inner.safetensors`.
"""

from pathlib import Path

import torch
from architectures import CONFIGS, LONG, SEED, draw, model_of
from safetensors.torch import save_file

LAYER, HEAD = 1, 1


def run(model, inputs: dict, halved: bool) -> tuple[list, torch.Tensor]:
    """Each pair of scores and pattern, in the order of the run, and the result."""
    seen, softmax = [], torch.nn.functional.softmax

    def recording(scores, *args, **kwargs):
        pattern = softmax(scores, *args, **kwargs)
        if scores.ndim == 4:
            seen.append((scores.clone(), pattern.clone()))
            if halved and len(seen) == LAYER + 1:
                pattern[:, HEAD] *= 0.5
        return pattern

    torch.nn.functional.softmax = recording
    try:
        with torch.no_grad():
            made = model(**inputs)
    finally:
        torch.nn.functional.softmax = softmax
    return seen, made["logits"] if "logits" in made else made["last_hidden_state"]


def main() -> None:
    torch.manual_seed(SEED)
    pixels = torch.rand(2, 3, 8, 8)
    tensors = {}
    for name, settings in CONFIGS.items():
        kind = settings["model_type"]
        model = model_of(settings)
        draw(model, kind)
        inputs = {"pixel_values": pixels} if kind == "vit" else {"input_ids": torch.tensor([LONG])}
        if kind == "t5":
            inputs["decoder_input_ids"] = torch.tensor([[0, 9, 4]])
        if kind not in ("bert", "vit"):
            inputs["use_cache"] = False
        seen, before = run(model, inputs, False)
        _, after = run(model, inputs, True)
        assert (before - after).abs().max() > 1e-3, name
        scores, pattern = seen[LAYER]
        tensors |= {f"{name}.scores": scores, f"{name}.pattern": pattern, f"{name}.halved": after}
    save_file({name: value.contiguous() for name, value in tensors.items()}, Path(__file__).with_name("inner.safetensors"))


if __name__ == "__main__":
    main()
