"""Trains the sparse autoencoder of notebook 10 on what SmolLM2 holds after block 12, and writes it beside this script.

Usage: python autoencoder.py SmolLM2-135M-Instruct.Q4_1.gguf. Needs PyTorch, transformers and safetensors; takes some ten
minutes on two cores.

The text is the model's own: it goes on from many beginnings, and what passes through the block meanwhile is collected.
The form is that of Bricken et al., "Towards Monosemanticity" (2023): relu((x - b_dec) W_enc + b_enc) W_dec + b_dec.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

BLOCK, FEATURES, LENGTH, ROUNDS = 12, 400, 96, 8
BEGINNINGS = """
The weather in|My grandmother always|In the year 1848,|The recipe begins with|Scientists have found that|The king said to|
def sum_of(numbers):|Dear Sir,|Breaking news:|Once upon a time|The most important thing about|How do I|She opened the door and|
The river flows through|Paris is|The history of music|When I was a child,|To solve the equation|The patient was|Yesterday the market|
Our cat|The war ended|Water boils at|In the beginning|The film was|He never told me why|The train to Berlin|1, 2, 3,|
The stars are|A good teacher|The president of|It is illegal to|Le petit prince|Most birds|The computer is|My favourite food is|
The football team|Plants need|The moon|Two hundred people|According to the report,|I love|I hate|The doctor asked|The ship sailed|
On Monday|The painting shows|Money is|Chapter One|The law says|Dogs and cats|The city of London|If you want to learn|The old man|
Winter came|Question: What is|The human body|In Japan,|The book tells|The price of|My brother and|Every morning|The teacher wrote|import numpy
""".replace("\n", "").split("|")


@torch.no_grad()
def collect(path):
    """What the block gives, [tokens, hidden], without the first token of each text, which is unlike all others."""
    source = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(**source)
    held = []
    model.model.layers[BLOCK].register_forward_hook(
        lambda _, __, output: held.append((output[0] if isinstance(output, tuple) else output)[:, -1])
    )
    tokenizer.pad_token, tokenizer.padding_side = tokenizer.eos_token, "left"
    prompts = tokenizer(BEGINNINGS, padding=True, return_tensors="pt")
    for seed in range(ROUNDS):
        torch.manual_seed(seed)
        model.generate(**prompts, do_sample=True, top_p=0.95, max_new_tokens=LENGTH, min_new_tokens=LENGTH)
        print(f"round {seed + 1} of {ROUNDS}: {len(held)} steps", flush=True)
    return torch.cat(held)


def train(x, steps=4000, batch=512, sparsity=0.08):
    """Adam on the squared error and the sum of the features, in a scale in which a hidden state has length √hidden."""
    x = x[x.norm(dim=-1) < 4 * x.norm(dim=-1).median()]
    size = x.shape[-1]
    scale = (size**0.5 / x.norm(dim=-1).mean()).item()
    data = x * scale
    torch.manual_seed(0)
    decoder = torch.nn.functional.normalize(torch.randn(FEATURES, size), dim=-1).requires_grad_()
    encoder = decoder.detach().T.clone().requires_grad_()
    b_enc = torch.zeros(FEATURES, requires_grad=True)
    b_dec = data.mean(0).clone().requires_grad_()
    optimizer = torch.optim.Adam([decoder, encoder, b_enc, b_dec], lr=1e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, 5 * (1 - step / steps)))
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        rows = data[torch.randint(len(data), (batch,), generator=generator)]
        features = torch.relu((rows - b_dec) @ encoder + b_enc)
        error = (features @ decoder + b_dec - rows).square().sum(-1).mean() / size
        loss = error + sparsity * min(1, step / 1000) * features.sum(-1).mean() / size**0.5
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            decoder /= decoder.norm(dim=-1, keepdim=True)
        if step % 1000 == 999:
            explained = 1 - error / data.var(0).sum() * size
            active = (features > 0).float().sum(-1).mean()
            print(f"step {step + 1}: {explained:.3f} of the variance, {active:.1f} features at a token", flush=True)
    # Back to the scale of the model: the features take it over.
    return {"W_enc": encoder, "b_enc": b_enc / scale, "W_dec": decoder, "b_dec": b_dec / scale}


if __name__ == "__main__":
    sae = train(collect(Path(sys.argv[1])))
    half = {name: value.detach().half().contiguous() for name, value in sae.items()}
    save_file(half, Path(__file__).with_name("autoencoder.safetensors"))
