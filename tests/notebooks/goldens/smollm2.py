"""SmolLM2 in PyTorch, with the weights of the GGUF that the notebooks use, and runs with changes at modules."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def first(output):
    return output[0] if isinstance(output, tuple) else output


def changed(x, change):
    """A changed copy, as other modules may read the same tensor."""
    x = x.clone()
    change(x)
    return (x,)


class SmolLM2:
    def __init__(self, gguf):
        source = {"pretrained_model_name_or_path": str(Path(gguf).parent), "gguf_file": Path(gguf).name}
        self.model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32, attn_implementation="eager").eval()
        self.tokenizer = AutoTokenizer.from_pretrained(**source)
        self.layers = self.model.model.layers

    def ids(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def id(self, word):
        return self.ids(word)[0]

    @torch.no_grad()
    def run(self, texts, outputs={}, inputs={}):
        """Logits `[batch, position, token]`; `outputs` and `inputs` map modules to functions that change a tensor in place."""
        ids = torch.tensor([self.ids(text) for text in texts] if isinstance(texts, list) else [self.ids(texts)])
        return self.run_ids(ids, outputs, inputs)

    @torch.no_grad()
    def run_ids(self, ids, outputs={}, inputs={}):
        hooks = [m.register_forward_hook(lambda _, __, out, f=f: (f(first(out)), None)[1]) for m, f in outputs.items()]
        hooks += [m.register_forward_pre_hook(lambda _, given, f=f: changed(given[0], f)) for m, f in inputs.items()]
        try:
            return self.model(ids, use_cache=False).logits
        finally:
            for hook in hooks:
                hook.remove()

    def held(self, texts, module, of="output"):
        """What a module gives, or takes, in a run."""
        kept = []
        keep = {module: lambda x: kept.append(x.clone())}
        self.run(texts, **({"outputs": keep} if of == "output" else {"inputs": keep}))
        return kept[0]
