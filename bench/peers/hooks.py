"""What practitioners run today, for the speed comparison: float32 PyTorch, forward hooks on all linears, autograd.

The paper's rule (100 steps, right endpoint), ten points a forward and backward pass. Prints seconds per pair.

    python hooks.py --model DIR --pairs FILE.tsv --threads 2
    python hooks.py --model DIR --pairs FILE.tsv --device cuda --chunk 101

On CUDA products are float32 as everywhere unless --products says otherwise: TensorFloat-32 is off, PyTorch's
default.

On a processor that OpenBLAS does not recognise (or in a virtual machine that hides it) set OPENBLAS_CORETYPE
(Haswell, SkylakeX, Zen) before comparing; builds of PyTorch with MKL ignore it. `--show-config` tells which BLAS there is.
"""
import argparse
import os
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from conductance import (BASELINES, TARGETS, Input, endpoints, linears, logits_of, open_tokenizer, read_pairs,
                         target_of)


def conductance(model, pair, label, target, baseline, steps, chunk):
    start, end = endpoints(model, pair, baseline)
    modules = [module for _, _, module in linears(model)]
    outputs = {}
    hooks = [module.register_forward_hook(lambda _, __, output, at=at: outputs.__setitem__(at, output))
             for at, module in enumerate(modules)]
    total, before = None, None
    for first in range(0, steps + 1, chunk):
        t = torch.arange(first, min(first + chunk, steps + 1), dtype=torch.float32, device=start.device)[:, None, None] / steps
        x = (start + t * (end - start)).requires_grad_()
        F = target_of(logits_of(model, x, pair.types), target, label)
        y = [outputs[at] for at in range(len(modules))]
        g = torch.autograd.grad(F.sum(), y)
        with torch.no_grad():
            if before is None:  # the first point has nothing before it: its gradient is unused
                rows = [(a[1:] - a[:-1]).mul(b[1:]).sum((0, 1)) for a, b in zip(y, g)]
                total = rows
            else:
                for row, a, b, c in zip(total, y, g, before):
                    row += (torch.cat([a[:1] - c, a[1:] - a[:-1]]) * b).sum((0, 1))
            before = [each[-1:].detach() for each in y]
    for hook in hooks:
        hook.remove()
    return total


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--pairs", required=True)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    arguments.add_argument("--steps", type=int, default=100)
    arguments.add_argument("--chunk", type=int, default=10)
    arguments.add_argument("--products", choices=["float32", "tf32", "bf16"], default="float32",
                           help="tf32: CUDA's TensorFloat-32; bf16: autocast to bfloat16")
    arguments.add_argument("--target", choices=TARGETS, default="logit")
    arguments.add_argument("--baseline", choices=BASELINES, default="pad")
    arguments.add_argument("--max-length", type=int, default=512)
    arguments.add_argument("--most-pairs", type=int, default=10)
    arguments.add_argument("--output", type=Path, help="folder for the conductances, a file a pair from 0")
    arguments.add_argument("--show-config", action="store_true")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    if options.show_config:
        print(torch.__config__.show())
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, "
          f"OPENBLAS_CORETYPE {os.environ.get('OPENBLAS_CORETYPE', 'unset')}")
    torch.backends.cuda.matmul.allow_tf32 = options.products == "tf32"
    from transformers import AutoModelForSequenceClassification
    model = AutoModelForSequenceClassification.from_pretrained(options.model, dtype=torch.float32)
    model.eval().requires_grad_(False).to(options.device)
    finish = torch.cuda.synchronize if options.device == "cuda" else lambda: None
    tokenizer = open_tokenizer(options.model)
    pairs = read_pairs(options.pairs)[: options.most_pairs]
    seconds = []
    found = []
    for query, passage, label in [pairs[0], *pairs]:  # the first one twice: the first run warms up
        pair = Input(model, tokenizer, query, passage, options.max_length)
        began = time.perf_counter()
        with torch.autocast(options.device, torch.bfloat16, enabled=options.products == "bf16"):
            found.append(conductance(model, pair, label, options.target, options.baseline, options.steps, options.chunk))
        finish()
        seconds.append((time.perf_counter() - began, pair.ids.shape[1]))
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        names = [f"{layer}.{component}" for component, layer, _ in linears(model)]
        for at, rows in enumerate(found[1:]):
            save_file({name: row.float().cpu() for name, row in zip(names, rows)}, options.output / f"{at}.safetensors")
    for at, (taken, tokens) in enumerate(seconds[1:]):
        print(f"{at}\t{tokens} tokens\t{taken:.3f} s")
    taken = sum(each for each, _ in seconds[1:]) / len(pairs)
    print(f"{taken:.3f} seconds per pair, {(options.steps + 1) / taken:.1f} evaluations per second")


if __name__ == "__main__":
    main()
