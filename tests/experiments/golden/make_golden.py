"""Golden values of the experiments, in float64 PyTorch: baselines, ablation, traces, segments.

    python make_golden.py     # needs torch and transformers; shares no code with the project
"""
import json
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench/peers"))
from conductance import COMPONENTS, BASELINES, Input, PairPath, endpoints, linears, logits_of, open_model, open_tokenizer, read_pairs  # noqa: E402

FIXTURE = ROOT / "fixtures/tiny-cross-encoder"
NEURONS = ["0.query.3", "0.value.17", "1.key.5", "1.intermediate.200", "2.attention_output.64", "2.ff_output.9",
           "3.value.100", "3.intermediate.11", "3.ff_output.127", "3.query.2"]
SEGMENTS = ["[CLS]", "query", "first [SEP]", "passage", "last [SEP]"]


def baseline_study(model, inputs):
    found = {}
    for baseline in ("original",) + BASELINES:
        values = []
        for pair in inputs:
            start, end = endpoints(model, pair, "pad" if baseline == "original" else baseline)
            p = logits_of(model, (end if baseline == "original" else start)[None], pair.types).softmax(-1)[0]
            values.append(p[1] - p[0])
        values = torch.stack(values)
        found[baseline] = {"difference": values.mean().item(),
                           "standardError": (values.std() / len(values) ** 0.5).item()}
    return found


def ablated_logits(model, inputs):
    """Logits with the neurons' weight rows and biases zeroed."""
    kept = {}
    for component, layer, module in linears(model):
        kept[layer, component] = (module, module.weight.clone(), module.bias.clone())
        for name in NEURONS:
            at, of, unit = name.split(".")
            if (int(at), of) == (layer, component):
                module.weight[int(unit)] = 0
                module.bias[int(unit)] = 0
    logits = [logits_of(model, endpoints(model, pair, "pad")[1][None], pair.types)[0].tolist() for pair in inputs]
    for module, weight, bias in kept.values():
        module.weight.copy_(weight)
        module.bias.copy_(bias)
    return logits


def trace(model, pair, label, points):
    path = PairPath(model, pair, "logit", label, "pad")
    F, y, g = path.at(points)
    last = max(layer for _, layer, _ in path.linears)
    found = {"t": points, "F": F.tolist(), "neurons": {}}
    for name in NEURONS:
        at, of, unit = name.split(".")
        index = next(i for i, (c, l, _) in enumerate(path.linears) if (str(l), c) == (at, of))
        # in the last layer only [CLS] is computed of all but key and value
        tokens = slice(0, 1) if int(at) == last and of not in ("key", "value") else slice(None)
        a, b = y[index][:, tokens, int(unit)], g[index][:, tokens, int(unit)]
        steps = (0.5 * (b[1:] + b[:-1]) * (a[1:] - a[:-1])).sum(1)
        found["neurons"][name] = {"activation": a.sum(1).tolist(), "gradient": b.sum(1).tolist(),
                                  "conductance": [0.0] + torch.cumsum(steps, 0).tolist()}
    return found


def segments(model, pair, label, steps):
    """By layer, component, segment: trapezoid conductance, summed over units signed and absolute."""
    path = PairPath(model, pair, "logit", label, "pad")
    _, y, g = path.at([k / steps for k in range(steps + 1)])
    separators = [i for i in range(len(pair.tokens)) if pair.tokens[i] == "[SEP]"]
    of = [0 if i == 0 else 1 if i < separators[0] else 2 if i == separators[0] else 3 if i < separators[1] else 4
          for i in range(len(pair.tokens))]
    found = {"signed": {}, "absolute": {}, "tokens": [of.count(s) for s in range(5)]}
    for (component, layer, _), a, b in zip(path.linears, y, g):
        by_token = (0.5 * (b[1:] + b[:-1]) * (a[1:] - a[:-1])).sum(0)  # [tokens, units]
        by_segment = torch.stack([by_token[torch.tensor(of) == s].sum(0) for s in range(5)])
        found["signed"][f"{layer}.{component}"] = by_segment.sum(1).tolist()
        found["absolute"][f"{layer}.{component}"] = by_segment.abs().sum(1).tolist()
    return found


def main():
    model, tokenizer = open_model(FIXTURE), open_tokenizer(FIXTURE)
    pairs = read_pairs(ROOT / "fixtures/pairs.tsv")
    inputs = [Input(model, tokenizer, query, passage, 64) for query, passage, _ in pairs]
    relevant = [pair for pair, (_, _, label) in zip(inputs, pairs) if label == 1][:10]
    golden = {
        "baselines": baseline_study(model, relevant),
        "neurons": NEURONS,
        "ablated": ablated_logits(model, inputs[:12]),
        "trace": trace(model, inputs[0], pairs[0][2], [0, 0.1, 0.25, 0.5, 0.8, 1]),
        "segments": [segments(model, inputs[at], pairs[at][2], 8) for at in (0, 1)],
    }
    Path(__file__).with_name("experiments.json").write_text(json.dumps(golden, indent=1) + "\n")


main()
