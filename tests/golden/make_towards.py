"""Makes the golden values of conductance towards a unit, in float64, with hooks and autograd alone.

    python make_towards.py [NAME...] && deno fmt .

F is the output of one unit of one linear, summed over its tokens (or over those of a segment). A linear whose
output autograd does not meet on the way back from F, and the linear of the unit itself, are not below it: NaN.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "bench" / "peers"))
sys.path.insert(0, str(HERE / "families"))
import conductance as bert  # noqa: E402
import make_families as families  # noqa: E402

SEGMENTS = ("cls", "query", "sep1", "passage", "sep2")


class Bert:
    """A model of BERT's kin as make_families.py's Model."""

    template, kind = None, "bert"

    def __init__(self, folder):
        self.model, self.tokenizer = bert.open_model(folder), bert.open_tokenizer(folder)
        self.sites = [(component, layer, module, 0, module.out_features)
                      for component, layer, module in bert.linears(self.model)]
        self.components = list(bert.COMPONENTS)
        self.types = None

    def path(self, query, passage, baseline):
        pair = bert.Input(self.model, self.tokenizer, query, passage)
        self.types = pair.types
        parts = self.tokenizer(query, passage).sequence_ids(0)
        assert len(parts) == len(pair.tokens)
        second = parts.index(1)
        segments = [part == 1 and "passage" or part == 0 and "query" or at == 0 and "cls" or
                    at < second and "sep1" or "sep2" for at, part in enumerate(parts)]
        return *bert.endpoints(self.model, pair, baseline), segments

    def logits(self, x):
        return bert.logits_of(self.model, x, self.types)


class Other(families.Model):
    def path(self, query, passage, baseline):
        pair = families.Input(self, query, passage)
        return *families.endpoints(self, pair, baseline), [SEGMENTS[at] for at in pair.segments]


def tokens_of(model, site, segments, segment):
    """Which lines of the linear's output count: of the last layer's, but for keys and values, only what is read."""
    component, layer, *_ = site
    last = max(each[1] for each in model.sites)
    if model.kind == "t5":
        decoder = layer >= model.model.config.num_layers
        if decoder and component not in ("cross_key", "cross_value"):
            assert segment is None
            return [0]
    elif layer == last and component not in ("key", "value"):
        if getattr(model.model.config, "classifier_pooling", "cls") != "mean":
            at = len(segments) - 1 if model.kind == "qwen" else 0
            assert segment in (None, segments[at])
            return [at]
    return [at for at, each in enumerate(segments) if segment in (None, each)]


def towards(model, pair, case):
    """{component: [layers that have it, units]}, F at both ends"""
    name, _, segment = case["towards"].partition("@")
    layer, component, unit = name.split(".")
    site = next(each for each in model.sites if each[:2] == (component, int(layer)))
    start, end, segments = model.path(*pair[:2], case["baseline"])
    t = torch.arange(case["steps"] + 1, dtype=torch.float64)[:, None, None] / case["steps"]
    x = (start + t * (end - start)).requires_grad_()
    outputs = {}

    def keep(module, _, output):
        if module not in outputs:  # DeBERTa's projections see the positions after the tokens
            outputs[module] = output.requires_grad_()  # constant at the start of T5's decoder
    with families.masked(model, case["without"]):
        hooks = [module.register_forward_hook(keep) for module in {each[2] for each in model.sites}]
        model.logits(x)
        [hook.remove() for hook in hooks]
    at = tokens_of(model, site, segments, segment or None)
    F = outputs[site[2]][:, at, site[3] + int(unit)].sum(1)
    below = [module for module in outputs if module is not site[2]]
    grads = dict(zip(below, torch.autograd.grad(F.sum(), [outputs[module] for module in below], allow_unused=True)))
    found = {each: [] for each in model.components}
    for each, _, module, first, last in model.sites:
        g = grads.get(module)
        found[each].append(torch.full((last - first,), float("nan"), dtype=torch.float64) if g is None else
                           bert.sum_of(outputs[module].detach()[..., first:last], g[..., first:last], case["rule"]))
    return {each: torch.stack(rows) for each, rows in found.items()}, F[0].item(), F[-1].item()


CASES = {  # model: (unit, pair, rule, baseline, zeroed units)
    "l2-w36-h3-f50-labels2": [
        ("1.intermediate.12", 1, "trapezoid", "pad", []), ("1.value.7", 0, "right", "pad", []),
        ("1.key.3@passage", 1, "trapezoid", "zero-query", []), ("0.ff_output.30@query", 2, "left", "pad", []),
        ("1.query.35@cls", 2, "trapezoid", "pad", []), ("0.attention_output.0@sep1", 1, "trapezoid", "pad-content", []),
        ("1.ff_output.5", 1, "trapezoid", "pad", ["0.value.3", "0.intermediate.9", "1.key.2", "1.intermediate.4"]),
        ("1.value.4@sep2", 2, "trapezoid", "pad", ["0.ff_output.1", "1.value.5"])],
    "l12-w24-h2-f40-labels1": [("7.intermediate.12@passage", 1, "trapezoid", "pad", []),
                               ("11.attention_output.3", 2, "trapezoid", "pad", [])],
    "roberta-w36-labels2": [("1.key.5@sep1", 1, "trapezoid", "pad", []), ("1.intermediate.3", 2, "trapezoid", "pad", [])],
    "electra-w36-e20-labels1": [("1.value.2@query", 1, "trapezoid", "pad", [])],
}
FAMILIES = {
    "modernbert-w36-labels1": [("2.intermediate.7@passage", 1, []), ("2.query.4", 2, []), ("3.ff_output.1", 1, ["1.gate.2"])],
    "modernbert-w36-mean-labels2": [("3.gate.3@sep1", 1, []), ("1.key.30", 2, [])],
    "ettin-w36": [("3.value.5@cls", 1, [])],
    "qwen3-w32-reranker": [("1.gate.6@passage", 1, []), ("2.up.3", 1, ["0.up.2"]), ("2.key.1@query", 2, [])],
    "qwen2-w30-labels2": [("1.query.9", 1, [])],
    "t5-w32": [("1.intermediate.5@query", 1, []), ("3.cross_key.4@passage", 1, []), ("3.cross_query.2", 1, []),
               ("2.ff_output.1", 2, ["1.value.3", "2.cross_value.1"])],
    "t5v1_1-w30": [("3.gate.7", 1, [])],
    "debertav2-w36-labels1": [("1.query.3@passage", 1, []), ("2.ff_output.8", 2, ["1.key.4", "0.query.2"])],
}


def opened(cases, others, only):
    """(name, model, folder, what is listed) of models of BERT's kin and of other families; all unless some are named."""
    for listed, kind, place in ((cases, Bert, HERE / "models"), (others, Other, HERE / "families" / "models")):
        for name, each in listed.items():
            if not only or name in only:
                yield name, kind(place / name), place / name, each


def make(name, model, folder, listed):
    pairs = bert.read_pairs(folder / "pairs.tsv")
    rows, tensors = [], {}
    for unit, at, rule, baseline, without in listed:
        case = {"case": str(len(rows)), "pair": at, "towards": unit, "rule": rule, "steps": 6, "baseline": baseline,
                "without": without}
        found, F_baseline, F_input = towards(model, pairs[at], case)
        tensors |= {f"{case['case']}/{component}": each.contiguous() for component, each in found.items()}
        query, passage, _ = pairs[at]
        rows.append({**case, "query": query, "passage": passage, "F_baseline": F_baseline, "F_input": F_input})
    families.write_json(HERE / "towards" / f"{name}.json", {
        "model": str(folder.relative_to(HERE)), **({"template": model.template} if model.template else {}), "cases": rows})
    save_file(tensors, HERE / "towards" / f"{name}.safetensors")
    print(name, [(row["towards"], round(row["F_baseline"], 3), round(row["F_input"], 3)) for row in rows], flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    usual = {name: [(unit, at, "trapezoid", "pad", without) for unit, at, without in each] for name, each in FAMILIES.items()}
    for each in opened(CASES, usual, sys.argv[1:]):
        make(*each)
