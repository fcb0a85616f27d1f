"""Makes gguf_blocks.json: blocks of the formats that GGUF packs weights in, and the values that the gguf package reads in them.

    python gguf_blocks.py && npx biome format --write core/goldens

Needs gguf and numpy. Both are base64: `blocks` as in a file, `values` as little-endian float32.
"""

import base64
import json
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

COUNT = 12
SCALES = [0.0, 6e-8, 3e-6, -0.01, 0.5, -65504.0]  # nothing, the least and other subnormals, negative, plain, the most
# Where the scales and offsets of whole blocks stand, as half floats.
HALVES_AT = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
             "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
HALF_BITS = [0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x3C00, 0xBC01, 0x7BFF, 0x7C00, 0xFC00, 0x3555, 0x1234]


def blocks(name: str, kind: GGMLQuantizationType, rng: np.random.Generator) -> np.ndarray:
    if name == "F32":
        return rng.standard_normal(COUNT).astype("<f4").view(np.uint8)
    if name in ("F16", "BF16"):
        return np.array(HALF_BITS, "<u2").view(np.uint8)
    out = rng.integers(0, 256, (COUNT, GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
    for turn, at in enumerate(HALVES_AT[name]):
        scales = np.array([SCALES[(i + turn) % len(SCALES)] for i in range(COUNT // 2)])
        scales = np.concatenate([scales, rng.standard_normal(COUNT - COUNT // 2) * 0.1])
        out[:, at : at + 2] = scales.astype("<f2").view(np.uint8).reshape(COUNT, 2)
    return out.reshape(-1)


def main() -> None:
    rng = np.random.default_rng(0)
    text = lambda x: base64.b64encode(np.ascontiguousarray(x).tobytes()).decode()  # noqa: E731
    golden = {}
    for name in ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q8_0", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"):
        kind = GGMLQuantizationType[name]
        raw = blocks(name, kind, rng)
        plain = {"F32": "<f4", "F16": "<f2"}.get(name)
        values = raw.view(plain) if plain else dequantize(raw, kind)
        golden[name] = {"type": int(kind), "blocks": text(raw), "values": text(values.astype("<f4"))}
    out = Path(__file__).with_name("gguf_blocks.json")
    out.write_text(json.dumps(golden, indent=2) + "\n")
    print({name: len(x["values"]) for name, x in golden.items()})


if __name__ == "__main__":
    main()
