"""The median time of a forward in PyTorch eager, float32, two threads: `torch_forward.py FOLDER IDS`."""

import json
import statistics
import sys
import time

import torch
from transformers import AutoModelForCausalLM

torch.set_num_threads(2)
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32, attn_implementation="eager").eval()
ids = torch.tensor([json.loads(sys.argv[2])])
times = []
with torch.no_grad():
    for run in range(35):
        begin = time.perf_counter()
        model(ids, use_cache=False)
        if run >= 5:
            times.append(1000 * (time.perf_counter() - begin))
print(json.dumps({"forward": statistics.median(times)}))
