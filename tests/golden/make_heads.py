"""Makes the golden values of attention heads and of segments, in float64, with autograd on attention's own probabilities.

    python make_heads.py [NAME...] && deno fmt .

A head's unit is a pair of segments: its probabilities of tokens of the one attending to tokens of the other. Its
conductance sums dF/dA (change of A) over them and over the path. Zeroing it multiplies them by 0 after softmax;
`renormalised` are the logits where the scores are removed before it, and a token that sees nothing gets zeros. A
linear's conductance is also given by the segment of its tokens.
"""
import contextlib
import sys

import torch
from safetensors.torch import save_file

from make_towards import HERE, SEGMENTS, bert, families, opened


@contextlib.contextmanager
def watched(model, segments, factors=None, renormalise=False):
    """Inside, the probabilities of every softmax of the model are kept in order, and multiplied by factors."""
    seen, own = [], torch.nn.functional.softmax

    def softmax(scores, *args, **kwargs):
        kwargs.pop("dtype", None)
        A = own(scores, *args, **kwargs)
        if A.dim() != 4:
            return A
        if factors is not None:
            keep = factors(len(seen), *A.shape[-3:])
            if keep is not None and renormalise:
                A = A * keep
                total = A.sum(-1, keepdim=True)
                A = torch.where(total > 0, A / total.clamp_min(1e-300), torch.zeros_like(A))
            elif keep is not None:
                A = A * keep
        seen.append(A.requires_grad_())
        return A
    torch.nn.functional.softmax = softmax
    try:
        yield seen
    finally:
        torch.nn.functional.softmax = own


def head_sites(model):
    """(component, layer) of every attention, in the order in which it runs."""
    layers = 1 + max(layer for _, layer, *_ in model.sites)
    if model.kind != "t5":
        return [("heads", layer) for layer in range(layers)]
    encoder = model.model.config.num_layers
    decoder = [(component, layer) for layer in range(encoder, layers) for component in ("heads", "cross_heads")]
    return [("heads", layer) for layer in range(encoder)] + decoder


def of_lines(lines, segments):
    """Segments of a matrix's lines: of a decoder, whose one token has none, that of the last."""
    return segments if lines == len(segments) else segments[-1:]


def one_hot(segments):
    return torch.tensor([[each == name for name in SEGMENTS] for each in segments], dtype=torch.float64)


def conductance(model, pair, case):
    """Tensors by name, F at both ends."""
    start, end, segments = model.path(*pair[:2], case["baseline"])
    t = torch.arange(case["steps"] + 1, dtype=torch.float64)[:, None, None] / case["steps"]
    x = (start + t * (end - start)).requires_grad_()
    outputs = {}

    def keep(module, _, output):
        if module not in outputs:  # DeBERTa's projections see the positions after the tokens
            outputs[module] = output.requires_grad_()
    hooks = [module.register_forward_hook(keep) for module in {each[2] for each in model.sites}]
    with watched(model, segments) as seen:
        F = bert.target_of(model.logits(x), case["target"], case["label"])
    [hook.remove() for hook in hooks]
    modules = list(outputs)
    grads = torch.autograd.grad(F.sum(), [*seen, *outputs.values()])
    a, b = {"trapezoid": (0.5, 0.5), "right": (0.0, 1.0), "left": (1.0, 0.0)}[case["rule"]]

    def parts(y, g):
        y = y.detach()
        return ((a * g[:-1] + b * g[1:]) * (y[1:] - y[:-1])).sum(0)
    found = {}
    for (component, _), A, g in zip(head_sites(model), seen, grads, strict=False):
        each = parts(A, g)  # [H, i, j]
        i, j = (one_hot(of_lines(size, segments)) for size in each.shape[1:])
        found.setdefault(component, []).append(torch.einsum("hij,is,jr->hsr", each, i, j).flatten())
    assert len(seen) == len(head_sites(model))
    by_module = dict(zip(modules, grads[len(seen):], strict=True))
    for component, _, module, first, last in model.sites:
        each = parts(outputs[module][..., first:last], by_module[module][..., first:last])  # [tokens, units]
        sums = one_hot(of_lines(len(each), segments)).T @ each
        for segment, row in zip(SEGMENTS, sums, strict=True):
            found.setdefault(f"{component}/{segment}", []).append(row)
    return {name: torch.stack(rows) for name, rows in found.items()}, F[0].item(), F[-1].item()


def towards(model, pair, case):
    """Conductance of what is below a head's attention from one segment to another, which is F."""
    layer, word, head, names = case["towards"].split(".")
    attending, attended = names.split(">")
    sites = head_sites(model)
    at = sites.index((f"{word}s", int(layer)))
    start, end, segments = model.path(*pair[:2], case["baseline"])
    t = torch.arange(case["steps"] + 1, dtype=torch.float64)[:, None, None] / case["steps"]
    x = (start + t * (end - start)).requires_grad_()
    outputs = {}

    def keep(module, _, output):
        if module not in outputs:
            outputs[module] = output.requires_grad_()
    hooks = [module.register_forward_hook(keep) for module in {each[2] for each in model.sites}]
    with watched(model, segments) as seen:
        model.logits(x)
    [hook.remove() for hook in hooks]
    A = seen[at][:, int(head)]
    i, j = (one_hot(of_lines(size, segments)) for size in A.shape[1:])
    last = {layer for _, layer in sites}
    only = torch.ones_like(i[:, 0])
    if int(layer) == max(last) and word == "head" and len(i) == len(segments):  # the score reads one token alone
        only = torch.zeros_like(only)
        only[-1 if model.kind == "qwen" else 0] = 1
    F = torch.einsum("pij,i,j->p", A, i[:, SEGMENTS.index(attending)] * only, j[:, SEGMENTS.index(attended)])
    below = [*seen, *outputs.values()]
    grads = torch.autograd.grad(F.sum(), below, allow_unused=True)
    grads = dict(zip([*range(len(seen)), *outputs], grads, strict=True))
    grads[at] = None  # the head's own layer is not below it

    def parts(y, g):
        y = y.detach()
        return ((g[:-1] + g[1:]) / 2 * (y[1:] - y[:-1])).sum(0)
    found = {}
    for place, (component, _) in enumerate(sites):
        g = grads[place]
        heads = seen[place].shape[1]
        if g is None:
            row = torch.full((25 * heads,), float("nan"), dtype=torch.float64)
        else:
            each = parts(seen[place], g)
            s, r = (one_hot(of_lines(size, segments)) for size in each.shape[1:])
            row = torch.einsum("hij,is,jr->hsr", each, s, r).flatten()
        found.setdefault(component, []).append(row)
    values = word.replace("head", "value")
    for component, own, module, first, end_of in model.sites:
        # probabilities do not depend on the values; where these share a module with queries autograd gives zeros
        g = None if (component, own) == (values, int(layer)) else grads.get(module)
        found.setdefault(component, []).append(
            torch.full((end_of - first,), float("nan"), dtype=torch.float64) if g is None else
            parts(outputs[module][..., first:end_of], g[..., first:end_of]).sum(0))
    return {name: torch.stack(rows) for name, rows in found.items()}, F[0].item(), F[-1].item()


def masked_logits(model, pairs, names, renormalise):
    """Logits of every pair where these heads are zeroed, or their scores removed."""
    rows = []
    for query, passage, *_ in pairs:
        _, x, segments = model.path(query, passage, "pad")

        def factors(at, heads, queries, keys):
            component, layer = head_sites(model)[at]
            keep = torch.ones(heads, queries, keys, dtype=torch.float64)
            i, j = of_lines(queries, segments), of_lines(keys, segments)
            for name in names:
                layer_of, word, head, *pair = name.split(".")
                if (f"{word}s", int(layer_of)) != (component, layer):
                    continue
                for s, attending in enumerate(i):
                    for r, attended in enumerate(j):
                        if not pair or pair[0] == f"{attending}>{attended}":
                            keep[int(head), s, r] = 0
            return None if bool((keep == 1).all()) else keep
        with torch.no_grad(), watched(model, segments, factors, renormalise):
            rows.append(model.logits(x[None])[0].tolist())
    return rows


CASES = {  # model: zeroed heads
    "l2-w36-h3-f50-labels2": ["0.head.1.passage>query", "0.head.2.cls>passage", "1.head.0", "1.head.2.cls>sep2"],
    "l12-w24-h2-f40-labels1": ["3.head.1.query>passage", "7.head.0", "11.head.1.cls>query"],
    "roberta-w36-labels2": ["0.head.2.sep1>passage", "1.head.1.cls>sep1"],
}
FAMILIES = {
    "modernbert-w36-labels1": ["1.head.2.passage>query", "2.head.0", "3.head.1.cls>passage"],
    "modernbert-w36-mean-labels2": ["0.head.1.query>sep2", "3.head.2.passage>passage"],
    "qwen3-w32-reranker": ["0.head.3.passage>query", "1.head.0", "2.head.2.sep1>passage"],
    "qwen2-w30-labels2": ["0.head.1.passage>sep1", "1.head.2"],
    "t5-w32": ["0.head.1.query>passage", "1.head.0", "2.cross_head.1.sep2>query", "3.cross_head.0"],
    "debertav2-w36-labels1": ["0.head.1.passage>query", "1.head.2", "2.head.0.cls>passage"],
}
TOWARDS = {  # model: heads whose attention is F, of which pair
    "l2-w36-h3-f50-labels2": [("1.head.2.cls>passage", 1), ("0.head.1.query>passage", 2)],
    "modernbert-w36-labels1": [("2.head.0.passage>query", 1)],
    "qwen3-w32-reranker": [("1.head.3.passage>query", 1)],
    "t5-w32": [("1.head.0.query>passage", 1), ("3.cross_head.1.sep2>query", 1)],
    "debertav2-w36-labels1": [("1.head.1.query>query", 1)],
}
OPTIONS = [(1, "trapezoid", "logit", "pad", 1), (2, "right", "probability", "pad", 0), (0, "trapezoid", "logit", "zero-query", 1)]


def make(name, model, folder, zeroed):
    pairs = bert.read_pairs(folder / "pairs.tsv")
    rows, tensors = [], {}
    for at, rule, target, baseline, label in OPTIONS:
        case = {"case": str(len(rows)), "pair": at, "rule": rule, "steps": 6, "target": target, "baseline": baseline, "label": label}
        found, F_baseline, F_input = conductance(model, pairs[at], case)
        tensors |= {f"{case['case']}/{component}": each.contiguous() for component, each in found.items()}
        query, passage, _ = pairs[at]
        rows.append({**case, "query": query, "passage": passage, "F_baseline": F_baseline, "F_input": F_input})
    below = []
    for unit, at in TOWARDS.get(name, []):
        case = {"case": f"towards {unit}", "pair": at, "towards": unit, "rule": "trapezoid", "steps": 6, "baseline": "pad"}
        found, F_baseline, F_input = towards(model, pairs[at], case)
        tensors |= {f"{case['case']}/{component}": each.contiguous() for component, each in found.items()}
        query, passage, _ = pairs[at]
        below.append({**case, "query": query, "passage": passage, "F_baseline": F_baseline, "F_input": F_input})
    few = [{"query": query, "passage": passage} for query, passage, _ in pairs[:3]]
    families.write_json(HERE / "heads" / f"{name}.json", {
        "model": str(folder.relative_to(HERE)), **({"template": model.template} if model.template else {}), "cases": rows,
        "towards": below,
        "masked": {"heads": zeroed, "pairs": few, "logits": masked_logits(model, pairs[:3], [], False),
                   "zeroed": masked_logits(model, pairs[:3], zeroed, False),
                   "renormalised": masked_logits(model, pairs[:3], zeroed, True)}})
    save_file(tensors, HERE / "heads" / f"{name}.safetensors")
    print(name, [(round(row["F_baseline"], 3), round(row["F_input"], 3)) for row in rows], flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in opened(CASES, FAMILIES, sys.argv[1:]):
        make(*each)
