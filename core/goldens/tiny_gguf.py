"""Makes tiny.gguf, a Llama of 2 layers with random weights in every block format that is read, and tiny.json, what
transformers makes of it: by Hugging Face's names, the shape and the SHA-256 of the float32 values.

    python tiny_gguf.py && npx biome format --write core/goldens

Needs torch, transformers, accelerate, gguf and numpy.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFWriter, TokenType
from gguf.quants import quantize
from tokenizers.pre_tokenizers import ByteLevel
from transformers import AutoModelForCausalLM

HIDDEN, HEADS, KV_HEADS, FFN, LAYERS = 64, 4, 2, 96, 2
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
USER_DEFINED = "<tool>"
MERGES = ["h e", "l l", "he ll", "hell o", "Ġ w", "Ġw o"]


def main() -> None:
    here = Path(__file__).parent
    rng = np.random.default_rng(0)
    tokens = SPECIAL + sorted(ByteLevel.alphabet()) + [m.replace(" ", "") for m in MERGES] + [USER_DEFINED]
    kinds = [TokenType.CONTROL] * 3 + [TokenType.NORMAL] * (len(tokens) - 4) + [TokenType.USER_DEFINED]
    out = here / "tiny.gguf"
    w = GGUFWriter(out, "llama")
    w.add_name("tiny")
    w.add_context_length(128)
    w.add_embedding_length(HIDDEN)
    w.add_block_count(LAYERS)
    w.add_feed_forward_length(FFN)
    w.add_head_count(HEADS)
    w.add_head_count_kv(KV_HEADS)
    w.add_rope_freq_base(10000.0)
    w.add_rope_dimension_count(HIDDEN // HEADS)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_vocab_size(len(tokens))
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("smollm")
    w.add_token_list(tokens)
    w.add_token_types(kinds)
    w.add_token_merges(MERGES)
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_pad_token_id(2)
    w.add_add_bos_token(True)

    def add(name: str, kind: Kind, *shape: int) -> None:
        x = rng.standard_normal(shape).astype(np.float32)
        if kind in (Kind.F32, Kind.F16):
            w.add_tensor(name, x if kind == Kind.F32 else x.astype(np.float16))
        else:
            w.add_tensor(name, quantize(x, kind), raw_dtype=kind)

    add("token_embd.weight", Kind.Q8_0, len(tokens), HIDDEN)
    kv = KV_HEADS * HIDDEN // HEADS
    for i, (a, b) in enumerate([(Kind.Q4_1, Kind.Q8_0), (Kind.Q4_0, Kind.F16)]):
        add(f"blk.{i}.attn_norm.weight", Kind.F32, HIDDEN)
        add(f"blk.{i}.attn_q.weight", a, HIDDEN, HIDDEN)
        add(f"blk.{i}.attn_k.weight", b, kv, HIDDEN)
        add(f"blk.{i}.attn_v.weight", a, kv, HIDDEN)
        add(f"blk.{i}.attn_output.weight", b, HIDDEN, HIDDEN)
        add(f"blk.{i}.ffn_norm.weight", Kind.F32, HIDDEN)
        add(f"blk.{i}.ffn_gate.weight", Kind.BF16 if i else a, FFN, HIDDEN)
        add(f"blk.{i}.ffn_up.weight", a, FFN, HIDDEN)
        add(f"blk.{i}.ffn_down.weight", a, HIDDEN, FFN)
    add("output_norm.weight", Kind.F32, HIDDEN)
    add("output.weight", Kind.Q4_1, len(tokens), HIDDEN)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()

    model = AutoModelForCausalLM.from_pretrained(str(here), gguf_file=out.name, dtype=torch.float32)
    golden = {
        name: {"shape": list(x.shape), "sha256": hashlib.sha256(x.contiguous().numpy().tobytes()).hexdigest()}
        for name, x in model.state_dict().items()
    }
    out.with_suffix(".json").write_text(json.dumps(golden, indent=2) + "\n")
    print(out.stat().st_size, len(golden))


if __name__ == "__main__":
    main()
