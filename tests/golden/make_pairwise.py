"""Makes the golden values of the pairwise objective, in float64, with hooks and autograd alone.

    python make_pairwise.py [NAME...] && deno fmt .

F = sigmoid(m+ - m-), m the margin of a pair: logit 1 - logit 0, or the only logit. The pairs with the relevant and
with the other passage move along their own paths, at the same t; conductance is that of each pair's run.
"""
import sys

import torch
from safetensors.torch import save_file

from make_towards import HERE, Bert, Other, bert, families


class Run:
    """One pair at the points of its path: margins, and the outputs of the linears, which F is differentiated by."""

    def __init__(self, model, query, passage, case):
        start, end, _ = model.path(query, passage, case["baseline"])
        t = torch.arange(case["steps"] + 1, dtype=torch.float64)[:, None, None] / case["steps"]
        x = (start + t * (end - start)).requires_grad_()
        self.outputs = {}

        def keep(module, _, output):
            if module not in self.outputs:
                self.outputs[module] = output.requires_grad_()
        with families.masked(model, case["without"]):
            hooks = [module.register_forward_hook(keep) for module in {each[2] for each in model.sites}]
            logits = model.logits(x)
            [hook.remove() for hook in hooks]
        self.margin = logits[:, -1] - logits[:, 0] if logits.shape[1] == 2 else logits[:, 0]


def pairwise(model, triple, case):
    """({component: tensor} of the relevant pair, of the other), F at both ends"""
    query, relevant, other = triple
    runs = [Run(model, query, passage, case) for passage in (relevant, other)]
    F = torch.sigmoid(runs[0].margin - runs[1].margin)
    keys = [(run, module) for run in runs for module in run.outputs]
    grads = dict(zip(keys, torch.autograd.grad(F.sum(), [run.outputs[module] for run, module in keys])))
    both = []
    for run in runs:
        found = {component: [] for component in model.components}
        for component, _, module, first, last in model.sites:
            y, g = run.outputs[module].detach()[..., first:last], grads[run, module][..., first:last]
            found[component].append(bert.sum_of(y, g, case["rule"]))
        both.append({component: torch.stack(rows) for component, rows in found.items()})
    return both, F[0].item(), F[-1].item()


CASES = {  # model: (pair whose query and passage count, pair of the other passage, rule, baseline, zeroed units)
    "l2-w36-h3-f50-labels2": [(1, 2, "trapezoid", "pad", []), (0, 1, "right", "zero-query", []),
                              (2, 0, "trapezoid", "pad-content", ["0.value.3", "1.intermediate.9"])],
    "l12-w24-h2-f40-labels1": [(1, 2, "trapezoid", "pad", []), (2, 1, "left", "pad-query", ["3.key.2"])],
    "roberta-w36-labels2": [(2, 1, "trapezoid", "pad", [])],
}
FAMILIES = {name: [(1, 2, "trapezoid", "pad", [])] for name in (
    "modernbert-w36-mean-labels2", "ettin-w36", "qwen2-w30-labels2", "t5v1_1-w30", "debertav2-w36-labels1")}


def make(name, model, folder, listed):
    pairs = bert.read_pairs(folder / "pairs.tsv")
    rows, tensors = [], {}
    for at, negative, rule, baseline, without in listed:
        case = {"case": str(len(rows)), "rule": rule, "steps": 6, "baseline": baseline, "without": without}
        query, passage, _ = pairs[at]
        other = pairs[negative][1]
        both, F_baseline, F_input = pairwise(model, (query, passage, other), case)
        for prefix, found in zip(("", "other/"), both):
            tensors |= {f"{case['case']}/{prefix}{component}": each.contiguous() for component, each in found.items()}
        rows.append({**case, "query": query, "passage": passage, "other": other, "F_baseline": F_baseline,
                     "F_input": F_input})
    families.write_json(HERE / "pairwise" / f"{name}.json", {
        "model": str(folder.relative_to(HERE)), **({"template": model.template} if model.template else {}), "cases": rows})
    save_file(tensors, HERE / "pairwise" / f"{name}.safetensors")
    print(name, [(round(row["F_baseline"], 3), round(row["F_input"], 3)) for row in rows], flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for kind, parent, listed in ((Bert, HERE / "models", CASES), (Other, HERE / "families" / "models", FAMILIES)):
        for name, cases in listed.items():
            if not sys.argv[1:] or name in sys.argv[1:]:
                make(name, kind(parent / name), parent / name, cases)
