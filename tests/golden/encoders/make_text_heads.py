"""Makes heads/: conductance of attention heads where two texts are encoded apart, and scores with heads zeroed.

    python make_text_heads.py [NAME...] && deno fmt .

A head's unit is a pair of segments, as in ../make_heads.py; its conductance is the sum over both texts. Needs models/.
"""
import sys

import torch
from safetensors.torch import save_file

from make_encoders import HERE, BiEncoder, ColbertEncoder, SpladeEncoder, TwoTextPath, read_pairs, target_of, texts_of, write_json

NAMES = ["cls", "query", "sep1", "passage", "sep2"]
MODELS = {  # model: zeroed heads
    "bert-w36-mean": ["0.head.1.query>cls", "2.head.2"],
    "colbert-l1-w36": ["0.head.1.sep1>query", "0.head.2.passage>sep1", "0.head.0.query>sep1"],
    "colbert-pylate-w30": ["0.head.1.query>sep1", "1.head.2"],
    "splade-l1-w36": ["0.head.2.passage>passage"],
}


class Watched:
    """Inside, the probabilities of every softmax are kept in order, and multiplied by factors."""

    def __init__(self, factors=None):
        self.seen, self.factors, self.own = [], factors, torch.nn.functional.softmax

    def __enter__(self):
        def softmax(scores, *args, **kwargs):
            kwargs.pop("dtype", None)
            A = self.own(scores, *args, **kwargs)
            if self.factors:
                A = A * self.factors(len(self.seen), *A.shape[-3:])
            self.seen.append(A.requires_grad_())
            return A
        torch.nn.functional.softmax = softmax
        return self.seen

    def __exit__(self, *_):
        torch.nn.functional.softmax = self.own


def one_hot(segments):
    return torch.eye(len(NAMES), dtype=torch.float64)[segments]


def layers_of(model):
    return 1 + max(layer for _, layer, *_ in model.sites)


def conductance(model, texts, rule, steps, baseline):
    """[layers, heads * 25], F at both ends; the query's layers run first, then the passage's."""
    path, layers = TwoTextPath(model, texts, "logit", 1, baseline, "both"), layers_of(model)
    t = torch.arange(steps + 1, dtype=torch.float64)[:, None, None] / steps
    x = [(start + t * (end - start)).requires_grad_() for start, end in path.ends]
    with Watched() as seen:
        F = target_of(model.compare(x, texts), "logit", 1)
    assert len(seen) == 2 * layers
    grads = torch.autograd.grad(F.sum(), seen)
    a, b = {"trapezoid": (0.5, 0.5), "right": (0.0, 1.0)}[rule]
    found = []
    for layer in range(layers):
        total = 0
        for text, at in zip(texts, (layer, layers + layer)):
            A, g, s = seen[at].detach(), grads[at], one_hot(text.segments)
            total = total + torch.einsum("hij,is,jr->hsr", ((a * g[:-1] + b * g[1:]) * (A[1:] - A[:-1])).sum(0), s, s)
        found.append(total.flatten())
    return torch.stack(found), F[0].item(), F[-1].item()


def zeroed_score(model, texts, names):
    layers = layers_of(model)

    def factors(at, heads, queries, keys):
        keep, segments = torch.ones(heads, queries, keys, dtype=torch.float64), texts[at // layers].segments
        for name in names:
            layer, _, head, *pair = name.split(".")
            if int(layer) != at % layers:
                continue
            for i, attending in enumerate(segments):
                for j, attended in enumerate(segments):
                    if not pair or pair[0] == f"{NAMES[attending]}>{NAMES[attended]}":
                        keep[int(head), i, j] = 0
        return keep
    with torch.no_grad(), Watched(factors):
        return model.compare([model.embed(text.ids)[None] for text in texts], texts)[0].item()


def make(name):
    folder = HERE / "models" / name
    model = {"colbert": ColbertEncoder, "splade": SpladeEncoder}.get(name.split("-")[0], BiEncoder)(folder)
    pairs, rows, tensors = read_pairs(folder / "pairs.tsv"), [], {}
    for at, rule, baseline in ((1, "trapezoid", "pad"), (2, "right", "pad-content")):
        texts = texts_of(model, *pairs[at][:2])
        found, start, end = conductance(model, texts, rule, 6, baseline)
        tensors[f"{len(rows)}/heads"] = found.contiguous()
        rows.append({"case": str(len(rows)), "pair": at, "rule": rule, "steps": 6, "baseline": baseline, "F_baseline": start,
                     "F_input": end})
    zeroed = [zeroed_score(model, texts_of(model, *pair[:2]), MODELS[name]) for pair in pairs]
    write_json(HERE / "heads" / f"{name}.json",
               {"model": name, "pairs": [{"query": q, "passage": d} for q, d, _ in pairs], "cases": rows,
                "masked": {"heads": MODELS[name], "scores": zeroed}})
    save_file(tensors, HERE / "heads" / f"{name}.safetensors")
    print(name, zeroed, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in sys.argv[1:] or MODELS:
        make(each)
