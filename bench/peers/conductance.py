"""Conductance of every linear output, written literally: float64 PyTorch, hooks and autograd, one pair at a time.

The project's tests compare against this program. It shares no code with the project, is slow on purpose, and
follows the definitions: a straight path on the word embeddings (position and segment embeddings kept, before
LayerNorm), attention mask all ones, F a function of the logits, and per linear output the sum over the path of
(gradient) x (change of activation), summed over the tokens.

    python conductance.py --model DIR --pairs FILE.tsv --rule trapezoid --steps 100 --output DIR
"""
import argparse
import re
from pathlib import Path

import torch
import torch.nn.functional as nn
from safetensors.torch import save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedTokenizerFast

COMPONENTS = {  # the linears of a layer by what follows "layer.<n>."
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "intermediate": "intermediate.dense",
    "ff_output": "output.dense",
}
TARGETS = ("logit", "probability", "log-probability", "margin")
BASELINES = ("pad", "pad-content", "pad-query", "zero", "zero-query")
CAPTUM = ("gausslegendre", "riemann_left", "riemann_middle", "riemann_right", "riemann_trapezoid")


def open_model(folder):
    model = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    return model.double().eval().requires_grad_(False)


def open_tokenizer(folder):
    """tokenizer.json as it stands where there is one: AutoTokenizer may rebuild parts of it by the model's type."""
    file = Path(folder) / "tokenizer.json"
    if not file.exists():
        return AutoTokenizer.from_pretrained(folder)
    return PreTrainedTokenizerFast(tokenizer_file=str(file),
                                   model_input_names=["input_ids", "token_type_ids", "attention_mask"])


def read_pairs(file):
    """[(query, passage, label)]; a line without a label is relevant."""
    fields = [line.split("\t") for line in Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(f[0], f[1], int(f[2]) if len(f) > 2 else 1) for f in fields]


class Input:
    """One tokenized pair."""

    def __init__(self, model, tokenizer, query, passage, length=512):
        positions = model.config.max_position_embeddings
        if model.config.model_type in ("roberta", "xlm-roberta", "camembert"):
            positions -= model.config.pad_token_id + 1  # these count positions from pad_token_id + 1
        encoded = tokenizer(query, passage, truncation="longest_first", max_length=min(length, positions))
        device = model.device
        self.ids = torch.tensor([encoded["input_ids"]], device=device)
        self.types = torch.tensor([encoded["token_type_ids"]], device=device)
        self.tokens = tokenizer.convert_ids_to_tokens(encoded["input_ids"])
        segments = encoded.sequence_ids(0)  # None for a special token, 0 for the query, 1 for the passage
        self.special = torch.tensor([segment is None for segment in segments], device=device)
        self.query = torch.tensor([segment == 0 for segment in segments], device=device)


def logits_of(model, x, types):
    """x [steps, tokens, width]: word embeddings in place of ids."""
    steps = x.shape[0]
    mask = torch.ones(steps, x.shape[1], dtype=torch.long, device=x.device)
    return model(inputs_embeds=x, attention_mask=mask, token_type_ids=types.expand(steps, -1)).logits


def target_of(logits, target, label):
    """F of each row."""
    if logits.shape[-1] == 1:
        s = logits[:, 0] if label == 1 else -logits[:, 0]
        return {"logit": s, "probability": torch.sigmoid(s),
                "log-probability": nn.logsigmoid(s), "margin": s}[target]
    if target == "logit":
        return logits[:, label]
    if target == "probability":
        return logits.softmax(-1)[:, label]
    if target == "log-probability":
        return logits.log_softmax(-1)[:, label]
    return logits[:, label] - logits[:, 1 - label]


def endpoints(model, pair, baseline):
    """The word embeddings of the baseline and of the input, [tokens, width] each."""
    table = model.get_input_embeddings().weight
    x = table[pair.ids[0]]
    if baseline in ("pad", "zero"):
        replaced = torch.ones_like(pair.query)
    elif baseline == "pad-content":
        replaced = ~pair.special
    else:
        replaced = pair.query
    filler = torch.zeros_like(x[0]) if baseline.startswith("zero") else table[model.config.pad_token_id]
    return torch.where(replaced[:, None], filler, x), x


def linears(model):
    """[(component, layer, module)] in the order of the layers."""
    found = []
    for name, module in model.named_modules():
        match = re.search(r"\.layer\.(\d+)\.(.+)$", name)
        for component, path in COMPONENTS.items():
            if match and match.group(2) == path:
                found.append((component, int(match.group(1)), module))
    return found


class PairPath:
    """F, the outputs of every linear, and dF/d(those outputs), at any points of one pair's path."""

    def __init__(self, model, pair, target="logit", label=1, baseline="pad"):
        self.model, self.pair, self.target, self.label = model, pair, target, label
        self.start, self.end = endpoints(model, pair, baseline)
        self.linears = linears(model)

    def at(self, points, chunk=16):
        """points [n] -> F [n], y and g: one [n, tokens, units] a linear."""
        parts = [self._chunk(points[i:i + chunk]) for i in range(0, len(points), chunk)]
        F = torch.cat([part[0] for part in parts])
        y = [torch.cat(each) for each in zip(*(part[1] for part in parts))]
        g = [torch.cat(each) for each in zip(*(part[2] for part in parts))]
        return F, y, g

    def _chunk(self, points):
        t = torch.as_tensor(points, dtype=torch.float64)[:, None, None]
        x = (self.start + t * (self.end - self.start)).requires_grad_()
        outputs = {}
        hooks = [module.register_forward_hook(lambda _, __, output, at=at: outputs.__setitem__(at, output))
                 for at, (_, _, module) in enumerate(self.linears)]
        try:
            F = target_of(logits_of(self.model, x, self.pair.types), self.target, self.label)
        finally:
            for hook in hooks:
                hook.remove()
        y = [outputs[at] for at in range(len(self.linears))]
        g = torch.autograd.grad(F.sum(), y)
        return F.detach(), [each.detach() for each in y], list(g)


def gauss_legendre(count):
    import numpy
    return (0.5 * (1 + numpy.polynomial.legendre.leggauss(count)[0])).tolist()


def captum_points(method, steps):
    """Captum's LayerConductance asks its approximation method for steps + 1 points."""
    n = steps + 1
    if method == "gausslegendre":
        return gauss_legendre(n)
    if method == "riemann_trapezoid":
        return [k / (n - 1) for k in range(n)]
    offset = {"riemann_left": 0, "riemann_middle": 0.5, "riemann_right": 1}[method]
    return [(k + offset) / n for k in range(n)]


def sum_of(y, g, rule):
    """The rule's sum over the path, and then over the tokens. y, g [points, tokens, units]."""
    step = y[1:] - y[:-1]
    if rule == "right":
        each = step * g[1:]
    elif rule == "trapezoid":
        each = step * 0.5 * (g[1:] + g[:-1])
    else:  # left, and every method of Captum, whose last gradient is unused
        each = step * g[:-1]
    return each.sum((0, 1))


def stack(path, rows):
    """One vector a linear -> {component: [layers, units]}."""
    return {component: torch.stack([row for row, (c, _, _) in zip(rows, path.linears) if c == component])
            for component in COMPONENTS}


def conductance(path, rule, steps):
    if rule == "reference":
        return reference(path)[0]
    points = captum_points(rule.split(":")[1], steps) if rule.startswith("captum:") else [k / steps for k in range(steps + 1)]
    _, y, g = path.at(points)
    return stack(path, [sum_of(y[at], g[at], rule) for at in range(len(y))])


def reference(path, tolerance=3e-4, start=64, most=60000):
    """Adaptive bisection with the trapezoid pairing and Richardson's correction.

    Bisecting an interval changes its sum by three quarters of its error, so the halves together are wrong by a
    third of the change. An interval is done once that is below its share of `tolerance` (relative L2 over
    all units); the third is then added, which makes the result far better than the tolerance: measured on the
    fixture, 3e-4 and 1e-5 differ by about 1e-7, relative.
    Returns ({component: [layers, units]}, points used, relative error before the correction).
    """
    nodes = [k / start for k in range(start + 1)]
    F, y, g = path.at(nodes)

    def row(at):
        return [each[at] for each in y], [each[at] for each in g]

    def rule(a, b):
        return torch.cat([(0.5 * (ga + gb) * (yb - ya)).sum(0) for ya, ga, yb, gb in zip(a[0], a[1], b[0], b[1])])

    work = [(nodes[k], nodes[k + 1], row(k), row(k + 1), rule(row(k), row(k + 1))) for k in range(start)]
    total = sum(item[4] for item in work)
    done, error, used = torch.zeros_like(total), 0.0, len(nodes)
    while work:
        _, y, g = path.at([0.5 * (a + b) for a, b, *_ in work])
        used += len(work)
        following = []
        scale = total.norm()
        for at, (a, b, left, right, parent) in enumerate(work):
            middle, m = row(at), 0.5 * (a + b)
            halves = rule(left, middle), rule(middle, right)
            change = halves[0] + halves[1] - parent
            total += change
            if change.norm() / 3 <= tolerance * scale * max(b - a, 1 / 2000) or used > most or b - a < 1e-9:
                # Errors of the second order: Richardson's correction is a third of the change.
                done += halves[0] + halves[1] + change / 3
                error += float(change.norm() / 3)
            else:
                following += [(a, m, left, middle, halves[0]), (m, b, middle, right, halves[1])]
        work = following
    rows, offset = [], 0
    for _, _, module in path.linears:
        rows.append(done[offset:offset + module.out_features])
        offset += module.out_features
    return stack(path, rows), used, error / float(done.norm())


def ends(path):
    with torch.no_grad():
        x = torch.stack([path.start, path.end])
        F = target_of(logits_of(path.model, x, path.pair.types), path.target, path.label)
    return F[0].item(), F[1].item()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--pairs", required=True, help="TSV: query, passage, label")
    arguments.add_argument("--rule", default="trapezoid", help="right, left, trapezoid, captum:<method> or reference")
    arguments.add_argument("--steps", type=int, default=100)
    arguments.add_argument("--target", choices=TARGETS, default="logit")
    arguments.add_argument("--baseline", choices=BASELINES, default="pad")
    arguments.add_argument("--tolerance", type=float, default=3e-4, help="of the rule `reference`, before correction")
    arguments.add_argument("--max-length", type=int, default=512)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--output", type=Path, required=True)
    options = arguments.parse_args()
    rules = ("right", "left", "trapezoid", "reference", *(f"captum:{method}" for method in CAPTUM))
    if options.rule not in rules:
        arguments.error(f"--rule must be one of {', '.join(rules)}; found {options.rule}")
    torch.set_num_threads(options.threads)
    model, tokenizer = open_model(options.model), open_tokenizer(options.model)
    options.output.mkdir(parents=True, exist_ok=True)
    for number, (query, passage, label) in enumerate(read_pairs(options.pairs)):
        pair = Input(model, tokenizer, query, passage, options.max_length)
        path = PairPath(model, pair, options.target, label, options.baseline)
        note = ""
        if options.rule == "reference":
            result, used, error = reference(path, options.tolerance)
            note = f", {used} points, error {error:.1e} before the correction"
        else:
            result = conductance(path, options.rule, options.steps)
        F_baseline, F_input = ends(path)
        save_file({name: tensor.contiguous() for name, tensor in result.items()},
                  options.output / f"{number}.safetensors",
                  metadata={"F_baseline": repr(F_baseline), "F_input": repr(F_input)})
        print(f"{number}: {pair.ids.shape[1]} tokens, F {F_baseline:.6f} -> {F_input:.6f}{note}", flush=True)


if __name__ == "__main__":
    main()
