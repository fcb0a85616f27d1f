"""What transformers computes with tiny models of every architecture: the output of each module by name.

Weights follow the rule of `LanguageModel.random`: every parameter, in the order of names, is what its layer begins with
(1 for the weights of norms but Gemma's, else 0) plus `initializer_range` times numbers of PyTorch's generator.
Writes `architectures.json` (configs and prompts) and `architectures/<name>.safetensors` (outputs).
"""

import json
import re
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig

SEED = 7
STD = 0.3
LONG, SHORT = [3, 17, 42, 5, 96, 11, 60], [8, 77, 23]
TINY = {"vocab_size": 99, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4,
        "num_key_value_heads": 2, "max_position_embeddings": 64, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
LONGROPE = {"rope_type": "longrope", "long_factor": [2.0, 5.0], "short_factor": [1.0, 1.5]}

CONFIGS = {
    "gpt2": {"model_type": "gpt2", "vocab_size": 99, "n_positions": 32, "n_embd": 16, "n_layer": 2, "n_head": 4},
    "llama": {"model_type": "llama", **TINY, "rope_theta": 500.0, "tie_word_embeddings": False, "rms_norm_eps": 1e-5},
    "llama3": {"model_type": "llama", **TINY, "rope_theta": 500.0, "rope_scaling": LLAMA3, "tie_word_embeddings": True,
               "attention_bias": True, "mlp_bias": True, "head_dim": 8},
    "linear": {"model_type": "llama", **TINY, "rope_scaling": {"rope_type": "linear", "factor": 2.0}},
    "yarn": {"model_type": "llama", **TINY, "rope_scaling": YARN},
    "mistral": {"model_type": "mistral", **TINY, "sliding_window": 3, "head_dim": 4},
    "qwen2": {"model_type": "qwen2", **TINY, "use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1},
    "qwen3": {"model_type": "qwen3", **TINY, "head_dim": 8},
    "gemma": {"model_type": "gemma", **TINY, "head_dim": 8},
    "gemma2": {"model_type": "gemma2", **TINY, "head_dim": 8, "sliding_window": 3, "query_pre_attn_scalar": 16,
               "attn_logit_softcapping": 5.0, "final_logit_softcapping": 4.0},
    "gemma3": {"model_type": "gemma3_text", **TINY, "head_dim": 8, "sliding_window": 3, "query_pre_attn_scalar": 16,
               "rope_theta": 1e6, "rope_local_base_freq": 10000.0,
               "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]},
    "phi3": {"model_type": "phi3", **TINY, "sliding_window": 4},
    "longrope": {"model_type": "phi3", **TINY, "rope_scaling": LONGROPE, "original_max_position_embeddings": 4},
    "gpt_neox": {"model_type": "gpt_neox", **TINY, "hidden_size": 32, "rotary_pct": 0.25},
    "opt": {"model_type": "opt", "vocab_size": 99, "hidden_size": 16, "num_hidden_layers": 2, "ffn_dim": 24,
            "num_attention_heads": 4, "max_position_embeddings": 32, "word_embed_proj_dim": 8},
    "bert": {"model_type": "bert", **TINY, "type_vocab_size": 2},
    "masked": {"model_type": "bert", **TINY, "type_vocab_size": 2, "architectures": ["BertForMaskedLM"]},
    "t5": {"model_type": "t5", "vocab_size": 99, "d_model": 16, "d_kv": 4, "d_ff": 24, "num_layers": 2, "num_heads": 4,
           "relative_attention_num_buckets": 8, "relative_attention_max_distance": 10, "decoder_start_token_id": 0,
           "pad_token_id": 0},
    "t5_gated": {"model_type": "t5", "vocab_size": 99, "d_model": 16, "d_kv": 4, "d_ff": 24, "num_layers": 2,
                 "num_heads": 4, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False,
                 "decoder_start_token_id": 0, "pad_token_id": 0},
    "vit": {"model_type": "vit", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
            "intermediate_size": 24, "image_size": 8, "patch_size": 4, "num_channels": 3},
    "images": {"model_type": "vit", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
               "intermediate_size": 24, "image_size": 8, "patch_size": 4, "num_channels": 3,
               "architectures": ["ViTForImageClassification"], "id2label": {"0": "a", "1": "b", "2": "c"}},
}
CLASSES = {"bert": "BertModel", "vit": "ViTModel", "t5": "T5ForConditionalGeneration", "gpt2": "GPT2LMHeadModel"}

# ViT's modules have other names since transformers 5.
VIT = [("vit.layers.", "vit.encoder.layer."), ("attention.q_proj", "attention.attention.query"),
       ("attention.k_proj", "attention.attention.key"), ("attention.v_proj", "attention.attention.value"),
       ("attention.o_proj", "attention.output.dense"), ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense"),
       ("mlp.activation_fn", "intermediate.intermediate_act_fn")]


def classic(name: str, kind: str) -> str | None:
    """The name of a module or parameter in transformers 4.44; none for what was not there."""
    if kind == "gpt_neox":
        return name.replace("lm_head", "embed_out")
    if kind != "vit":
        return name
    if name.startswith("layers."):
        name = "encoder.layer." + name.removeprefix("layers.")
    for new, old in VIT:
        name = name.replace(new, old)
    return None if name.endswith("mlp") or re.search(r"layer\.\d+\.dropout$", name) else name


def model_of(settings: dict):
    config = AutoConfig.for_model(**{**settings, "initializer_range": STD})
    config._attn_implementation = "eager"
    kind = settings["model_type"]
    name = settings.get("architectures", [None])[0] or CLASSES.get(kind)
    model = getattr(transformers, name)._from_config(config) if name else transformers.AutoModelForCausalLM.from_config(
        config, attn_implementation="eager")
    if kind == "t5" and settings.get("tie_word_embeddings") is False:
        # transformers 5 ties it until a checkpoint with a head of its own is loaded.
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    return model.float().eval()


def draw(model, kind: str) -> None:
    norms = {f"{path}.weight" for path, module in model.named_modules()
             if "Norm" in type(module).__name__ and "Gemma" not in type(module).__name__}
    torch.manual_seed(SEED)
    with torch.no_grad():
        for _, name, parameter in sorted((classic(n, kind), n, p) for n, p in model.named_parameters()):
            parameter.copy_(float(name in norms) + torch.randn(parameter.shape) * STD)


def first(value):
    """The tensor that a module gives, or the first of several."""
    if isinstance(value, dict):
        value = next(iter(value.values()))
    return value[0] if isinstance(value, (tuple, list)) else value


def keep(outputs: dict, name: str, value) -> None:
    outputs.setdefault(name, first(value))


def run(model, kind: str, **inputs) -> dict[str, torch.Tensor]:
    outputs, hooks = {}, []
    for path, module in model.named_modules():
        name = classic(path, kind) if path else None
        if name and not isinstance(module, torch.nn.ModuleList) and "rotary" not in name:
            hooks.append(module.register_forward_hook(lambda _, __, y, name=name: keep(outputs, name, y)))
    with torch.no_grad():
        made = model(**inputs, **({} if kind in ("bert", "vit") else {"use_cache": False}))
    for hook in hooks:
        hook.remove()
    for key in ("logits", "last_hidden_state", "pooler_output"):
        if key in made:
            outputs["=" + key] = made[key]
    return {name: value.detach().clone().contiguous() for name, value in outputs.items() if value.dtype == torch.float32}


def main() -> None:
    folder = Path(__file__).with_name("architectures")
    folder.mkdir(exist_ok=True)
    torch.manual_seed(SEED)
    pixels = torch.rand(2, 3, 8, 8)
    for name, settings in CONFIGS.items():
        kind = settings["model_type"]
        model = model_of(settings)
        draw(model, kind)
        if kind == "vit":
            long, short = run(model, kind, pixel_values=pixels), {}
        else:
            more = {"decoder_input_ids": torch.tensor([[0, 9, 4]])} if kind == "t5" else {}
            long = run(model, kind, input_ids=torch.tensor([LONG]), **more)
            short = run(model, kind, input_ids=torch.tensor([SHORT]), **more)
        result = next(key for key in ("=logits", "=last_hidden_state") if key in long)
        tensors = {**long, **({"short": short[result]} if short else {})}
        save_file(tensors, folder / f"{name}.safetensors")
        print(name, len(tensors), float(long[result].abs().max()), (folder / f"{name}.safetensors").stat().st_size)
    golden = {"versions": {"torch": torch.__version__, "transformers": transformers.__version__}, "seed": SEED, "std": STD,
              "long": LONG, "short": SHORT, "configs": CONFIGS}
    Path(__file__).with_name("architectures.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
