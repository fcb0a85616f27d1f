"""Makes tokens.json: strings and their token ids, for checking the tokenizer.

    python tokens.py SmolLM2-135M-Instruct.Q4_1.gguf && npx biome format --write core/goldens

Needs gguf and tokenizers.
"""

import json
import sys
from pathlib import Path

from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

STRINGS = [
    "",
    " ",
    "  ",
    "Hello World",
    "The Eiffel Tower is in the city of",
    " leading space",
    "trailing space ",
    "two  spaces   three",
    "Tabs\tand\nnewlines\r\nand\n\n\nmore",
    "\t\tindented",
    "\n",
    "\n\n  \n x",
    "1234567890",
    "3.14159 and 2,718,281",
    "year 2024, room 101b",
    "  42  ",
    "½ ² ٣ ४ 五",
    "don't can't we'll they've I'm you're he'd",
    "DON'T SHOUT",
    "naïve café résumé",
    "Zürich, Łódź, Ærøskøbing",
    "e\u0301 combining and é composed",
    "日本語の文章です。",
    "中文字符测试，二〇二四年",
    "한국어 문장",
    "Привет, мир!",
    "שלום עולם",
    "مرحبا بالعالم",
    "नमस्ते दुनिया",
    "ภาษาไทย",
    "Γειά σου Κόσμε",
    "emoji 😀 and 👩‍👩‍👧‍👦 family",
    "🏳️‍🌈🇫🇷👍🏽",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠜎",
    "zero\u200bwidth and nbsp\u00a0here",
    "\u2028 line separator \u3000 wide blank",
    "function add(a, b) { return a + b; }",
    "for (let i = 0; i < 10; i++) {\n    console.log(`${i}`);\n}",
    "def f(x: int) -> str:\n\treturn f\"{x!r}\"",
    "https://example.com/a?b=c&d=%20#frag",
    "SELECT * FROM t WHERE a >= 10 AND b != 'x';",
    "snake_case camelCase kebab-case SCREAMING_CASE",
    "!!! ??? ... --- ___ *** ((())) [[]] {{}}",
    "a+b=c; x/y*z^2 % 7 ~ |&| <tag/>",
    "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|> <|im_end|>",
    "text<|endoftext|>more text",
    "<|im_start |> not special <repo_name>x<filename>y",
    "\u0000\u0001\u007f control",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis " * 2,
]


def reference_tokenizer(path: str) -> Tokenizer:
    """The tokenizer of a GGUF whose `pre` is smollm, built from the vocabulary and merges in the file.

    transformers' own GGUF reader is not the reference here: it leaves out the pre-tokenizer that splits digits one by one
    (as the model was trained, and as llama.cpp does for `smollm`), so that "1234" would come out in other pieces.
    """
    fields = GGUFReader(path).fields
    assert fields["tokenizer.ggml.pre"].contents() == "smollm"
    tokens = fields["tokenizer.ggml.tokens"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control, user_defined = 3, 4
    tokenizer.add_tokens(
        [
            AddedToken(t, special=kind == control, normalized=False)
            for t, kind in zip(tokens, kinds)
            if kind in (control, user_defined)
        ]
    )
    return tokenizer


def main() -> None:
    tokenizer = reference_tokenizer(sys.argv[1])
    rows = []
    for text in STRINGS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert tokenizer.decode(ids, skip_special_tokens=False) == text
        rows.append({"text": text, "ids": ids, "plain": tokenizer.decode(ids, skip_special_tokens=True)})
    out = Path(__file__).with_name("tokens.json")
    out.write_text(json.dumps({"file": Path(sys.argv[1]).name, "strings": rows}, ensure_ascii=False, indent=1) + "\n")
    print(f"{out.name}: {len(rows)} strings")


if __name__ == "__main__":
    main()
