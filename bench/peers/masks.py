"""Scores of pairs with sets of linear outputs set to zero, as practitioners run it: float32 PyTorch, forward hooks.

    python masks.py --model DIR --pairs FILE.tsv --masks masks.json --device cuda --batch 512

masks.json: [[[layer, component, index], ...], ...], as bench/masks.ts writes it. Every set is a pass of its own
over all pairs, which are sorted by length and padded by batch. Prints seconds a set of all pairs, and with
--output the logits, a line a set.
"""
import argparse
import json
import time
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification

from conductance import linears, open_tokenizer, read_pairs


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--pairs", required=True)
    arguments.add_argument("--masks", required=True)
    arguments.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    arguments.add_argument("--batch", type=int, default=512)
    arguments.add_argument("--products", choices=["float32", "tf32", "bf16"], default="float32")
    arguments.add_argument("--output", type=Path)
    options = arguments.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = options.products == "tf32"
    model = AutoModelForSequenceClassification.from_pretrained(options.model, dtype=torch.float32)
    model.eval().requires_grad_(False).to(options.device)
    finish = torch.cuda.synchronize if options.device == "cuda" else lambda: None
    tokenizer = open_tokenizer(options.model)
    tokenizer.pad_token = "[PAD]"
    pairs = read_pairs(options.pairs)
    encoded = [tokenizer(query, passage, truncation="longest_first", max_length=512) for query, passage, _ in pairs]
    order = sorted(range(len(pairs)), key=lambda at: len(encoded[at]["input_ids"]))
    batches = []
    for first in range(0, len(order), options.batch):
        some = order[first:first + options.batch]
        padded = tokenizer.pad({key: [encoded[at][key] for at in some] for key in ("input_ids", "token_type_ids",
                               "attention_mask")}, return_tensors="pt")
        batches.append((some, {key: value.to(options.device) for key, value in padded.items()}))
    modules = {(layer, component): module for component, layer, module in linears(model)}
    sets = json.loads(Path(options.masks).read_text())
    results = []

    def under(neurons):
        keep = {}
        for layer, component, index in neurons:
            module = modules[layer, component]
            keep.setdefault(module, torch.ones(module.out_features, device=options.device))[index] = 0
        hooks = [module.register_forward_hook(lambda _, __, output, keep=mask: output * keep)
                 for module, mask in keep.items()]
        scores = torch.empty(len(pairs))
        with torch.no_grad(), torch.autocast(options.device, torch.bfloat16, enabled=options.products == "bf16"):
            found = [(some, model(**batch).logits[:, -1]) for some, batch in batches]
        for some, logits in found:
            scores[some] = logits.float().cpu()
        for hook in hooks:
            hook.remove()
        return scores

    under(sets[0])  # warms up
    finish()
    began = time.perf_counter()
    results = [under(neurons) for neurons in sets]
    finish()
    print(f"{(time.perf_counter() - began) / len(sets):.5f} seconds a set")
    if options.output:
        options.output.write_text("\n".join("\t".join(f"{value:.6f}" for value in row) for row in results) + "\n")


if __name__ == "__main__":
    main()
