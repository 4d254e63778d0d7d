"""Captum's LayerConductance, one module at a time, as its tutorials do: times a few linears and extrapolates.

    python captum_modules.py --model DIR --pairs FILE.tsv --threads 2

Captum attributes one layer a call, so every linear costs the whole path again. This times --modules of
them, spread over the model, and multiplies by the number of linears: the total printed is an extrapolation.
"""
import argparse
import time

import torch
from captum.attr import LayerConductance
from safetensors.torch import save_file

from conductance import Input, endpoints, linears, logits_of, open_tokenizer, read_pairs


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--pairs", required=True)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--steps", type=int, default=100)
    arguments.add_argument("--chunk", type=int, default=10, help="points a forward and backward pass")
    arguments.add_argument("--modules", type=int, default=4)
    arguments.add_argument("--output", help="file for the conductances of the linears that were timed")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    from transformers import AutoModelForSequenceClassification
    model = AutoModelForSequenceClassification.from_pretrained(options.model, dtype=torch.float32)
    model.eval().requires_grad_(False)
    query, passage, label = read_pairs(options.pairs)[0]
    pair = Input(model, open_tokenizer(options.model), query, passage)
    start, end = endpoints(model, pair, "pad")
    column = label if model.config.num_labels > 1 else 0
    every = linears(model)
    chosen = every[:: len(every) // options.modules + 1]  # the + 1 makes the components differ
    seconds, found = [], {}
    for component, layer, module in [chosen[0], *chosen]:  # the first one twice: the first run warms up
        captum = LayerConductance(lambda x: logits_of(model, x, pair.types), module)
        began = time.perf_counter()
        each = captum.attribute(end[None], start[None], target=column, n_steps=options.steps,
                                internal_batch_size=options.chunk)
        seconds.append(time.perf_counter() - began)
        each = each[0] if isinstance(each, tuple) else each
        sign = -1 if model.config.num_labels == 1 and label == 0 else 1  # F speaks for the pair's label
        found[f"{layer}.{component}"] = sign * each.detach().sum((0, 1))
    for (component, layer, _), taken in zip(chosen, seconds[1:]):
        print(f"{layer}.{component}\t{taken:.3f} s")
    if options.output:
        save_file(found, options.output)
    mean = sum(seconds[1:]) / len(chosen)
    print(f"{pair.ids.shape[1]} tokens, {options.threads} threads: {mean:.3f} seconds a linear; "
          f"extrapolated to all {len(every)}: {mean * len(every):.1f} seconds per pair")


if __name__ == "__main__":
    main()
