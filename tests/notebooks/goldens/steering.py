"""What notebook 09 must show: SmolLM2 pushed along a direction that six sentences give."""

import torch

PAIRS = [
    ("I love this movie. It was wonderful", "I hate this movie. It was terrible"),
    ("The food was delicious and we were happy", "The food was disgusting and we were angry"),
    ("What a beautiful day, I feel great", "What an awful day, I feel horrible"),
]
PROMPT = "I watched the film last night, and I thought it was"
GOOD, BAD = "great good wonderful amazing excellent beautiful", "terrible bad awful horrible boring disappointing"


def steering(lm):
    block = lm.layers[12]
    differences = torch.stack([lm.held(good, block)[0, -1] - lm.held(bad, block)[0, -1] for good, bad in PAIRS])
    direction = differences.mean(0)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        yield f"pairs {a} and {b}: {torch.cosine_similarity(differences[a], differences[b], 0):.2f}", 0.011

    def steered(text, factor, along):
        return lm.run(text, outputs={block: lambda x: x.add_(factor * along)})[0, -1]

    for factor in (-1, 0, 1):
        text = PROMPT
        for _ in range(8):
            text += lm.tokenizer.decode(steered(text, factor, direction).argmax())
        yield f"{factor}: … {text[len(PROMPT):].strip()}", 0

    def opinion(factor, along=direction):
        p = steered(PROMPT, factor, along).softmax(-1)
        return [sum(p[lm.id(f" {word}")] for word in words.split()) for words in (GOOD, BAD)]

    for factor in (-2, -1, -0.5, 0, 0.5, 1, 2):
        good, bad = opinion(factor)
        yield f"{factor} {100 * good:.1f} % {100 * bad:.1f} %", 0.11
    torch.manual_seed(1)
    noise = torch.randn(576)
    random = noise * (direction.norm() / noise.norm())
    for name, along in (("good - bad", direction), ("random", random)):
        (good, bad), (better, worse) = opinion(-1, along), opinion(1, along)
        yield f"{name} log odds from {(good / bad).log():.1f} to {(better / worse).log():.1f}", 0.11
