"""Makes the golden values: forward passes, gradients, conductance, all in float64, by bench/peers/conductance.py.

    python make_models.py && python make_golden.py models
    python make_golden.py fixture && python make_golden.py references  # the bundled cross-encoder
    python make_golden.py real FOLDER...       # pretrained models; kept under tests/golden/real
    deno fmt .                                 # the JSON as the repository formats it
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "bench" / "peers"))
from conductance import (BASELINES, CAPTUM, TARGETS, Input, PairPath, conductance, ends, linears, logits_of,  # noqa: E402
                         open_model, open_tokenizer, read_pairs, reference, target_of)

FIXTURE = ROOT / "fixtures" / "tiny-cross-encoder"
RULES = ("right", "left", "trapezoid", *(f"captum:{method}" for method in CAPTUM))
FEW = ("bf16", "f16", "sharded")  # the same shape three times: what differs is how it is stored


def save(tensors, file, metadata=None):
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, file, metadata)


def write_json(file, value):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def forward(model, tokenizer, pairs):
    rows = []
    for query, passage, label in pairs:
        pair = Input(model, tokenizer, query, passage)
        with torch.no_grad():
            logits = logits_of(model, PairPath(model, pair).end[None], pair.types)[0]
        probability = logits.softmax(0)[1] if len(logits) == 2 else logits[0].sigmoid()
        rows.append({"query": query, "passage": passage, "label": label, "tokens": pair.tokens,
                     "ids": pair.ids[0].tolist(), "types": pair.types[0].tolist(),
                     "logits": logits.tolist(), "probability": probability.item()})
    return {"pairs": rows}


def gradients(model, tokenizer, pair, dtype=torch.float64, with_linears=False):
    """F = the logit of label 1, baseline pad, at two points: hidden states (and linears) and dF/d of each."""
    path = PairPath(model, Input(model, tokenizer, *pair[:2]), "logit", 1, "pad")
    modules = {module: f"{layer}.{component}" for component, layer, module in linears(model)}
    cuts = {}
    for name, module in model.named_modules():
        if name.endswith("embeddings.LayerNorm"):
            cuts[module] = "embedding"
        elif name.endswith("attention.output.LayerNorm"):
            cuts[module] = name.split(".layer.")[1].split(".")[0] + ".attention"
        elif name.endswith("output.LayerNorm"):
            cuts[module] = name.split(".layer.")[1].split(".")[0] + ".output"
    tensors = {}
    for t in (1.0, 0.5):
        x = (path.start + t * (path.end - path.start))[None].requires_grad_()
        found = {}
        hooks = [module.register_forward_hook(lambda module, _, output: found.__setitem__(module, output))
                 for module in [*cuts, *modules]]
        F = target_of(logits_of(model, x, path.pair.types), "logit", 1)
        [hook.remove() for hook in hooks]
        grads = torch.autograd.grad(F.sum(), [x, *found.values()])
        tensors |= {f"{t}/F": F.detach(), f"{t}/hidden/word": x[0].detach(), f"{t}/gradient/word": grads[0][0]}
        for (module, value), grad in zip(found.items(), grads[1:]):
            if module in cuts:
                tensors[f"{t}/hidden/{cuts[module]}"] = value[0].detach()
                tensors[f"{t}/gradient/{cuts[module]}"] = grad[0]
            elif with_linears:
                tensors[f"{t}/linear/{modules[module]}"] = value[0].detach()
                tensors[f"{t}/linear-gradient/{modules[module]}"] = grad[0]
    return {name: tensor.to(dtype).contiguous() for name, tensor in tensors.items()}


def cases(pairs, amount="all"):
    """(pair, rule, steps, target, baseline, label): every rule, target, baseline and label, not every product.

    amount: all = on a relevant and on a non-relevant pair; once = on one pair, the rules in turn on both; few.
    """
    own = [label for _, _, label in pairs]
    for at in range(len(pairs)):
        yield at, "trapezoid", 10, "logit", "pad", own[at]
    if amount == "few":
        yield 1, "right", 10, "logit", "pad", own[1]
        yield 2, "trapezoid", 10, "probability", "pad-query", own[2]
        return
    yield 1, "right", 100, "logit", "pad", own[1]
    yield 1, "trapezoid", 10, "logit", "pad", 1 - own[1]
    yield 1, "trapezoid", 10, "probability", "zero-query", 1 - own[1]
    options = [(rule, "logit", "pad") for rule in RULES if rule != "trapezoid"]
    options += [("trapezoid", target, "pad") for target in TARGETS[1:]]
    options += [("trapezoid", "logit", baseline) for baseline in BASELINES[1:]]
    for number, (rule, target, baseline) in enumerate(options):
        for at in (1, 2) if amount == "all" else (1 + number % 2,):  # one pair of each label
            yield at, rule, 10, target, baseline, own[at]


def conductances(model, tokenizer, pairs, listed, dtype=torch.float64):
    rows, tensors = [], {}
    for at, rule, steps, target, baseline, label in listed:
        path = PairPath(model, Input(model, tokenizer, *pairs[at][:2]), target, label, baseline)
        name = str(len(rows))
        for component, tensor in conductance(path, rule, steps).items():
            tensors[f"{name}/{component}"] = tensor.to(dtype).contiguous()
        F_baseline, F_input = ends(path)
        rows.append({"case": name, "pair": at, "rule": rule, "steps": steps, "target": target,
                     "baseline": baseline, "label": label, "F_baseline": F_baseline, "F_input": F_input})
    return rows, tensors


def make(folder, name, pairs, amount="all", gradient_pair=None, **gradient_options):
    model, tokenizer = open_model(folder), open_tokenizer(folder)
    write_json(HERE / "forward" / f"{name}.json", {"model": name, **forward(model, tokenizer, pairs)})
    rows, tensors = conductances(model, tokenizer, pairs, cases(pairs, amount))
    write_json(HERE / "conductance" / f"{name}.json", {"model": name, "cases": rows})
    save(tensors, HERE / "conductance" / f"{name}.safetensors")
    if gradient_pair is not None:
        save(gradients(model, tokenizer, pairs[gradient_pair], **gradient_options),
             HERE / "gradients" / f"{name}.safetensors", {"pair": str(gradient_pair)})
    print(name, len(rows), "cases", flush=True)


def models(*only):
    for folder in sorted((HERE / "models").iterdir()):
        if not only or folder.name in only:
            bert = folder.name[0] == "l"
            few = folder.name.split("-")[-1] in FEW
            amount = "few" if few else "all" if bert and folder.name[:3] != "l12" else "once"
            make(folder, folder.name, read_pairs(folder / "pairs.tsv"), amount, None if few else 4 if bert else 0,
                 with_linears=folder.name == "l2-w36-h3-f50-labels2")


def fixture():
    every = read_pairs(ROOT / "fixtures" / "pairs.tsv")
    relevant = [pair for pair in every if pair[2] == 1]
    other = [pair for pair in every if pair[2] == 0]
    make(FIXTURE, FIXTURE.name, [relevant[0], relevant[1], other[0], other[1]], "once", 0, dtype=torch.float32)


def references(count=24):
    """The first 24 lines of fixtures/pairs.tsv: the integral itself, for judging rules."""
    model, tokenizer = open_model(FIXTURE), open_tokenizer(FIXTURE)
    rows = []
    for at, (query, passage, label) in enumerate(read_pairs(ROOT / "fixtures" / "pairs.tsv")[:count]):
        tensors = {}
        for target in ("logit", "probability"):
            path = PairPath(model, Input(model, tokenizer, query, passage), target, label)
            result, points, error = reference(path)
            tensors |= {f"{target}/{component}": tensor.float().contiguous() for component, tensor in result.items()}
            F_baseline, F_input = ends(path)
            rows.append({"line": at, "label": label, "target": target, "F_baseline": F_baseline, "F_input": F_input,
                         "points": points, "error_before_correction": error})
        save(tensors, HERE / "reference" / f"{at}.safetensors")
        write_json(HERE / "reference" / "index.json", {"pairs": "fixtures/pairs.tsv", "baseline": "pad", "cases": rows})
        print("reference", at, points, flush=True)


REAL_PAIRS = [
    ("how do tides form", "Tides rise and fall because the Moon's gravity pulls on the oceans more strongly on the "
     "near side of the Earth than on the far side. The Sun adds a smaller pull of its own.", 1),
    ("can you freeze cooked rice", "A bicycle chain should be cleaned and oiled after every long ride in the rain, "
     "or it will rust and wear down the sprockets.", 0),
    ("why is my sourdough bread so dense", "A dense loaf is often under-proofed: give the dough more time in a warm "
     "place, until it has grown by half and wobbles when you shake the bowl.", 1),
]


def real(*folders):
    for folder in map(Path, folders):
        model, tokenizer = open_model(folder), open_tokenizer(folder)
        pairs = REAL_PAIRS if model.config.num_hidden_layers < 6 else REAL_PAIRS[:2]
        listed = [(at, "trapezoid", 16, "logit", "pad", pair[2]) for at, pair in enumerate(pairs)]
        rows, tensors = conductances(model, tokenizer, pairs, listed, torch.float32)
        write_json(HERE / "real" / f"{folder.name}.json",
                   {"model": folder.name, **forward(model, tokenizer, pairs), "cases": rows})
        save(tensors, HERE / "real" / f"{folder.name}.safetensors")
        print(folder.name, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    {"models": models, "fixture": fixture, "references": references, "real": real}[sys.argv[1]](*sys.argv[2:])
