"""Makes gguf/<name>.gguf, tiny random models of the families that GGUF files hold, and gguf.json: what transformers' own model
of the same weights gives for some ids, and the ids of hard texts by tokenizers with the same words.

    python gguf_families.py

That transformers reads the same weights out of each file is checked here, where it can. Needs torch, transformers,
accelerate, gguf, tokenizers and sentencepiece.
"""

import codecs
import contextlib
import io
import json
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from architectures import LONG, TINY, draw, model_of
from gguf import GGUFWriter, TokenType
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from transformers import AutoModelForCausalLM

with contextlib.redirect_stdout(io.StringIO()):
    import this

TEXTS = ["Hello world", "don't  stop 123 45!", "  two\n\nlines\té é", "naïve 世界 \U0001f600?!", "I'LL go", ""]
MERGES = ["h e", "l l", "he ll", "hell o", "Ġ w", "Ġw o", "' t", "1 2"]
TOKENS = sorted(pre_tokenizers.ByteLevel.alphabet()) + [m.replace(" ", "") for m in MERGES]
DIGITS = {"qwen2": r"\p{N}", "llama-bpe": r"\p{N}{1,3}"}
WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 8192}
LONGROPE = {"type": "longrope", "long_factor": [2.0, 5.0], "short_factor": [1.0, 1.5]}

SIZES = {**TINY, "num_hidden_layers": 2}
GEMMA = {**SIZES, "head_dim": 8, "vocab": "gemma", "rms_norm_eps": 1e-6}
# `vocab` is how texts become ids: a `tokenizer.ggml.pre`, or pieces with or without a blank in front.
FAMILIES = {
    "llama3": {"model_type": "llama", **SIZES, "rope_scaling": LLAMA3, "rope_theta": 1e6, "head_dim": 8, "vocab": "llama-bpe"},
    "linear": {"model_type": "llama", **SIZES, "rope_scaling": {"rope_type": "linear", "factor": 2.0}, "vocab": "llama",
               "tie_word_embeddings": True},
    "qwen2": {"model_type": "qwen2", **SIZES, "vocab": "qwen2"},
    "qwen3": {"model_type": "qwen3", **SIZES, "head_dim": 8, "vocab": "qwen2"},
    "phi3": {"model_type": "phi3", **SIZES, "rms_norm_eps": 1e-5, "sliding_window": 4, "rope_scaling": LONGROPE, "vocab": "llama",
             "original_max_position_embeddings": 4},
    "gemma": {"model_type": "gemma", **GEMMA},
    "gemma2": {"model_type": "gemma2", **GEMMA, "sliding_window": 3, "query_pre_attn_scalar": 8,
               "attn_logit_softcapping": 5.0, "final_logit_softcapping": 4.0},
    "gemma3": {"model_type": "gemma3_text", **GEMMA, "sliding_window": 3, "query_pre_attn_scalar": 8, "rope_theta": 1e6,
               "rope_local_base_freq": 10000.0},
    "gpt2": {"model_type": "gpt2", "n_positions": 32, "n_embd": 16, "n_layer": 2, "n_head": 4, "vocab": "gpt-2"},
}
LLAMA = {"embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "input_layernorm": "attn_norm",
         "q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output", "qkv_proj": "attn_qkv",
         "q_norm": "attn_q_norm", "k_norm": "attn_k_norm", "gate_proj": "ffn_gate", "gate_up_proj": "ffn_up",
         "up_proj": "ffn_up", "down_proj": "ffn_down"}
TWO_NORMS = {**LLAMA, "post_attention_layernorm": "ffn_norm"}
FOUR_NORMS = {**LLAMA, "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
              "post_feedforward_layernorm": "post_ffw_norm"}
GPT2 = {"wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm", "lm_head": "output", "ln_1": "attn_norm",
        "ln_2": "ffn_norm", "c_attn": "attn_qkv", "attn.c_proj": "attn_output", "c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
NAMES = {"gpt2": GPT2, "gemma2": FOUR_NORMS, "gemma3": FOUR_NORMS}


def pieces(leads: bool) -> sentencepiece.SentencePieceProcessor:
    """Trained on the Zen of Python."""
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(codecs.decode(this.s, "rot13").lower().split("\n") * 3), model_writer=made, vocab_size=340,
        model_type="bpe", byte_fallback=True, add_dummy_prefix=leads, remove_extra_whitespaces=False, minloglevel=2,
        normalization_rule_name="identity", num_threads=1)
    return sentencepiece.SentencePieceProcessor(model_proto=made.getvalue())


def words(pre: str) -> Tokenizer:
    made = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(TOKENS)}, merges=[tuple(m.split(" ")) for m in MERGES],
                                ignore_merges=pre == "llama-bpe"))
    if pre == "gpt-2":
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        return made
    if pre == "qwen2":
        made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(WORDS.replace("DIGITS", DIGITS[pre])), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    return made


def write_words(w: GGUFWriter, vocab: str) -> tuple[int, list[list[int]]]:
    """How many tokens there are, and the ids of the texts."""
    if vocab not in ("llama", "gemma"):
        w.add_tokenizer_model("gpt2")
        w.add_tokenizer_pre(vocab)
        w.add_token_list(TOKENS)
        w.add_token_types([TokenType.NORMAL] * len(TOKENS))
        w.add_token_merges(MERGES)
        return len(TOKENS), [words(vocab).encode(text).ids for text in TEXTS]
    made = pieces(vocab == "llama")
    ids = range(made.get_piece_size())
    kinds = [TokenType.UNKNOWN if made.is_unknown(i) else TokenType.CONTROL if made.is_control(i) else
             TokenType.BYTE if made.is_byte(i) else TokenType.NORMAL for i in ids]
    w.add_tokenizer_model("llama")
    w.add_token_list([made.id_to_piece(i) for i in ids])
    w.add_token_scores([made.get_score(i) for i in ids])
    w.add_token_types(kinds)
    w.add_add_space_prefix(vocab == "llama")
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    return len(ids), [[1, *made.encode(text)] for text in TEXTS]


def gguf_name(family: str, name: str) -> str:
    path, kind = name.rsplit(".", 1)
    block = next((f"blk.{part}." for part in path.split(".") if part.isdigit()), "")
    found = [short for end, short in NAMES.get(family, TWO_NORMS).items() if ("." + path).endswith("." + end)]
    return f"{block}{found[0]}.{kind}"


def shuffled(x: np.ndarray, heads: int) -> np.ndarray:
    """The order of query and key rows in files of Llama's."""
    return x.reshape(heads, 2, x.shape[0] // heads // 2, *x.shape[1:]).swapaxes(1, 2).reshape(x.shape)


def write(w: GGUFWriter, family: str, config: dict, model) -> None:
    w.add_pad_token_id(0)
    w.add_context_length(config.get("max_position_embeddings", config.get("n_positions")))
    w.add_embedding_length(16)
    w.add_block_count(2)
    w.add_feed_forward_length(config.get("intermediate_size", 64))
    w.add_head_count(4)
    if family == "gpt2":
        w.add_layer_norm_eps(1e-5)
    else:
        w.add_head_count_kv(2)
        w.add_layer_norm_rms_eps(config.get("rms_norm_eps", 1e-6))
        w.add_rope_freq_base(config.get("rope_theta", 10000.0))
    if "sliding_window" in config:
        w.add_sliding_window(config["sliding_window"])
    if "head_dim" in config:
        w.add_key_length(8)
        w.add_value_length(8)
    if "attn_logit_softcapping" in config:
        w.add_attn_logit_softcapping(config["attn_logit_softcapping"])
        w.add_final_logit_softcapping(config["final_logit_softcapping"])
    scaling = config.get("rope_scaling", {})
    if scaling.get("rope_type") == "linear":
        w.add_string("llama.rope.scaling.type", "linear")
        w.add_float32("llama.rope.scaling.factor", scaling["factor"])
    if scaling.get("rope_type") == "llama3":
        plain = 1.0 / config["rope_theta"] ** (torch.arange(0, 8, 2) / 8)
        w.add_tensor("rope_freqs.weight", (plain / model.model.rotary_emb.inv_freq).numpy().astype(np.float32))
    if scaling.get("type") == "longrope":
        w.add_uint32("phi3.rope.scaling.original_context_length", config["original_max_position_embeddings"])
        for kind in ("long", "short"):
            w.add_tensor(f"rope_factors_{kind}.weight", np.array(scaling[f"{kind}_factor"], dtype=np.float32))
    for name, value in state_of(model).items():
        x = value.numpy()
        if family == "gpt2" and x.ndim == 2 and ".c_" in name:
            x = x.T
        if family.startswith("gemma") and "norm.weight" in name:
            x = x + 1
        if family == "llama" and ("q_proj" in name or "k_proj" in name):
            x = shuffled(x, 4 if "q_proj" in name else 2)
        w.add_tensor(gguf_name(family, name), np.ascontiguousarray(x, dtype=np.float32))


def state_of(model) -> dict:
    tied = model.config.tie_word_embeddings
    return {n: v for n, v in model.state_dict().items() if not (tied and n == "lm_head.weight")}


def main() -> None:
    folder = Path(__file__).with_name("gguf")
    folder.mkdir(exist_ok=True)
    golden = {"ids": LONG, "texts": TEXTS, "files": {}}
    for name, config in FAMILIES.items():
        vocab = config.pop("vocab")
        kind = config["model_type"]
        family = kind.removesuffix("_text")
        path = folder / f"{name}.gguf"
        w = GGUFWriter(path, family)
        count, tokens = write_words(w, vocab)
        model = model_of({**config, "vocab_size": count})
        draw(model, kind)
        write(w, family, config, model)
        w.write_header_to_file()
        w.write_kv_data_to_file()
        w.write_tensors_to_file()
        w.close()
        try:
            theirs = AutoModelForCausalLM.from_pretrained(str(folder), gguf_file=path.name, dtype=torch.float32).state_dict()
            for key, value in state_of(model).items():
                assert torch.allclose(theirs[key], value, atol=1e-6), (name, key)
        except Exception as error:  # noqa: BLE001  what it cannot read is told, and checked by the logits alone
            print(f"{name}: not read by transformers ({str(error)[:100]!r})")
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([LONG]), use_cache=False).logits[0, -1]
        golden["files"][name] = {"kind": kind, "tied": bool(model.config.tie_word_embeddings), "tokens": tokens,
                                 "logits": [round(float(x), 6) for x in logits]}
        print(name, path.stat().st_size)
    Path(__file__).with_name("gguf.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
