"""Makes tokenizers.json: small tokenizers of the families that goldens of GGUF files do not have, as tokenizer.json files hold
them, and what the tokenizers package gives for hard texts.

    python tokenizers_families.py

Trained on the Zen of Python. Needs tokenizers and sentencepiece.
"""

import codecs
import contextlib
import io
import json
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

with contextlib.redirect_stdout(io.StringIO()):
    import this

LINES = codecs.decode(this.s, "rot13").split("\n")
TEXTS = ["Hello world", "don't  stop 123 45!", "  two\n\nlines\té é", "naïve 世界 \U0001f600?!", "Ünïcode ÉCOLE ﬁne", "BEAUTIFUL is better",
         "one, two; three: four.", "", "a [MASK] b", "x</s>y"]


def trained(made: Tokenizer, trainer) -> Tokenizer:
    made.train_from_iterator(LINES * 3, trainer)
    return made


def wordpiece() -> Tokenizer:
    """BERT, MiniLM (uncased)."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trained(made, trainers.WordPieceTrainer(vocab_size=160, special_tokens=special, show_progress=False))
    made.post_processor = processors.TemplateProcessing("[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
    made.decoder = decoders.WordPiece()
    return made


def table() -> bytes:
    """The normalization table (nmt_nfkc) that SentencePiece puts into T5's files, too."""
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(LINES * 3), model_writer=made, vocab_size=60, minloglevel=2,
                                             num_threads=1, model_type="char")
    return sentencepiece_model_pb2.ModelProto.FromString(made.getvalue()).normalizer_spec.precompiled_charsmap


def unigram() -> Tokenizer:
    """T5."""
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.Precompiled(table())
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")])
    trained(made, trainers.UnigramTrainer(vocab_size=180, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False))
    made.post_processor = processors.TemplateProcessing("$A </s>", "$A </s> $B </s>", [("</s>", 1)])
    made.decoder = decoders.Metaspace()
    return made


def byte_level(eos: str, bos: str | None = None, normalizer=None, split: str | None = None) -> Tokenizer:
    made = Tokenizer(models.BPE())
    if normalizer:
        made.normalizer = normalizer
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=split is None)
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(split), "isolated"), level]) if split else level
    special = [AddedToken(eos, special=True), *([AddedToken(bos, special=True)] if bos and bos != eos else [])]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained(made, trainers.BpeTrainer(vocab_size=330, special_tokens=special, initial_alphabet=alphabet, show_progress=False))
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.ByteLevel(trim_offsets=False)
    if bos:
        made.post_processor = processors.TemplateProcessing(f"{bos} $A", f"{bos} $A {bos} $B", [(bos, made.token_to_id(bos))])
    return made


def pieces(lead: str) -> Tokenizer:
    """Llama 1 and 2, Mistral, Gemma: pieces with bytes for what they lack."""
    special = [AddedToken(one, special=True) for one in ("<unk>", "<s>", "</s>")]
    made = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    made.normalizer = normalizers.Sequence([*([normalizers.Prepend(lead)] if lead else []), normalizers.Replace(" ", "▁")])
    trained(made, trainers.BpeTrainer(vocab_size=480, special_tokens=special, initial_alphabet=[], show_progress=False,
                                      max_token_length=8))
    made.add_tokens([f"<0x{i:02X}>" for i in range(256)])
    whole = json.loads(made.to_str())
    # Bytes are words of the model, not tokens that a text may spell.
    for one in whole["added_tokens"][3:]:
        whole["model"]["vocab"][one["content"]] = one["id"]
    whole["added_tokens"] = whole["added_tokens"][:3]
    made = Tokenizer.from_str(json.dumps(whole))
    made.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A <s> $B", [("<s>", 1)])
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                      *([decoders.Strip(" ", 1, 0)] if lead else [])])
    return made


LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = LLAMA3.replace("{1,3}", "")


def main() -> None:
    families = {
        "bert": wordpiece(),
        "t5": unigram(),
        "opt": byte_level("</s>", "</s>"),
        "gpt2": byte_level("<|endoftext|>"),
        "gpt_neox": byte_level("<|endoftext|>", normalizer=normalizers.NFC()),
        "llama": pieces("▁"),
        "gemma": pieces(""),
        "llama3": byte_level("<|end_of_text|>", "<|begin_of_text|>", split=LLAMA3),
        "qwen2": byte_level("<|endoftext|>", normalizer=normalizers.NFC(), split=QWEN),
    }
    golden = {"texts": TEXTS, "families": {}}
    for name, made in families.items():
        ids = [made.encode(text).ids for text in TEXTS]
        # What stands alone is what people read: texts of ids without special tokens.
        file = json.loads(made.to_str())
        if (file["normalizer"] or {}).get("type") == "Precompiled":
            # 300 kB that the engine of the library does not read: it has rules of its own.
            file["normalizer"]["precompiled_charsmap"] = ""
        golden["families"][name] = {"tokenizer": file, "ids": ids,
                                    "decoded": [made.decode(one, skip_special_tokens=True) for one in ids]}
        print(name, made.get_vocab_size(), [len(one) for one in ids])
    Path(__file__).with_name("tokenizers.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
