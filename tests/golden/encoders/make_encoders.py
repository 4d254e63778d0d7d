"""Makes the golden values of bi-encoders: similarities, masked ones, and conductance, in float64.

    python encoder_models.py; python colbert_models.py; python splade_models.py  # the checkpoints
    python make_encoders.py [NAME...] && deno fmt .

Encoders are transformers' own, attention eager; what follows them is written out from the modules' folders. A
point of the path is one t of two texts; a component's conductance is the sum over the tokens of those that are
encoded, whether they move or not.
"""
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "families"))
import make_families as families  # noqa: E402
from make_families import (BETWEEN, CLS, COMPONENTS, LAST, LAYER, PASSAGE, QUERY, check_completeness, conductance,  # noqa: E402
                           doubles, endpoints, exact_frequencies, masked, neurons_of, read_pairs, target_of, write_json)

from colbert import Colbert, ColbertText  # noqa: E402
from splade import Splade  # noqa: E402

COMPONENTS["bert"] = {
    "query": ("attention.self.query", 0, 1), "key": ("attention.self.key", 0, 1),
    "value": ("attention.self.value", 0, 1), "attention_output": ("attention.output.dense", 0, 1),
    "intermediate": ("intermediate.dense", 0, 1), "ff_output": ("output.dense", 0, 1)}
LAYER["bert"] = r"encoder\.layer\.(\d+)\.(.+)$"


class BiEncoder(families.Model):
    """Word embeddings of a query and of a passage in, their similarity out."""

    def __init__(self, folder):
        self.name, self.exact = folder.name, True
        self.read(folder)
        self.sites = list(self._sites())
        self.components = list(dict.fromkeys(component for component, *_ in self.sites))

    def text(self, text, segment):
        return Text(self, text, segment)

    def read(self, folder):
        config = AutoConfig.from_pretrained(folder)
        self.kind = "modernbert" if config.model_type == "modernbert" else "bert"
        self.tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
        self.pad = config.pad_token_id
        self.model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
        self.model = self.model.eval().requires_grad_(False).double()
        for module in self.model.modules():
            exact_frequencies(module)
        own = json.loads((folder / "sentence_bert_config.json").read_text()).get("max_seq_length")
        self.longest = own or json.loads((folder / "tokenizer_config.json").read_text())["model_max_length"]
        self.similarity = json.loads((folder / "config_sentence_transformers.json").read_text())["similarity_fn_name"]
        self.head = [self.module(folder, entry) for entry in json.loads((folder / "modules.json").read_text())[1:]]

    ties = False  # whether all tokens of a baseline are alike, so that maxima are anyone's

    def extra(self, q, d):
        return {}

    @staticmethod
    def module(folder, entry):
        kind, inner = entry["type"].split(".")[-1], folder / entry["path"]
        if kind == "Normalize":
            return lambda x: torch.nn.functional.normalize(x, dim=-1)
        config = json.loads((inner / "config.json").read_text())
        if kind == "Pooling":
            return {"cls": lambda x: x[:, 0], "mean": lambda x: x.mean(1)}[config["pooling_mode"]]
        linear = torch.nn.Linear(config["in_features"], config["out_features"], bias=config["bias"])
        weights = load_file(inner / "model.safetensors")
        linear.load_state_dict({name.split(".", 1)[1]: tensor for name, tensor in weights.items()})
        activation = getattr(torch.nn, config["activation_function"].split(".")[-1])()
        return torch.nn.Sequential(linear, activation).double().requires_grad_(False)

    def vector(self, x):
        """x [points, tokens, width] -> [points, outputs]"""
        with doubles(self.model):
            out = self.model(inputs_embeds=x, attention_mask=torch.ones(x.shape[:2], dtype=torch.long)).last_hidden_state
        for module in self.head:
            out = module(out)
        return out

    def compare(self, x, _):
        """Word embeddings of the two texts -> [points, 1]"""
        u, v = map(self.vector, x)
        if self.similarity == "cosine":
            u, v = (torch.nn.functional.normalize(each, dim=-1) for each in (u, v))
        return (u * v).sum(-1, keepdim=True)


class ColbertEncoder(Colbert, BiEncoder):
    """The same of ColBERT."""

    def text(self, text, segment):
        return ColbertText(self, text, segment)

    def extra(self, q, d):
        return {"unseen": int((q.seen == 0).sum()), "counted": q.counts + d.counts}


class SpladeEncoder(Splade, BiEncoder):
    """The same of SPLADE."""


class Text:
    """One encoded text: ids, tokens and segments."""

    def __init__(self, model, text, segment):
        ids = model.tokenizer(text, truncation=True, max_length=model.longest)["input_ids"]
        first, last = (CLS, BETWEEN) if segment == QUERY else (BETWEEN, LAST)
        self.segments = [first, *[segment] * (len(ids) - 2), last]
        self.ids = torch.tensor(ids)
        self.tokens = model.tokenizer.convert_ids_to_tokens(ids)


def texts_of(model, query, passage):
    return model.text(query, QUERY), model.text(passage, PASSAGE)


class TwoTextPath:
    """F, outputs of every linear and dF/d(those outputs) at points of a path; the texts lie one after the other."""

    def __init__(self, model, texts, target, label, baseline, path):
        self.model, self.target, self.label, self.texts = model, target, label, texts
        ends = [endpoints(model, text, baseline) for text in texts]
        fixed = {"both": (), "passage": (0,), "query": (1,)}[path]
        self.ends = [(end, end) if at in fixed else (start, end) for at, (start, end) in enumerate(ends)]
        self.start, self.end = (torch.cat(each) for each in zip(*self.ends))

    def at(self, points):
        t = torch.as_tensor(points, dtype=torch.float64)[:, None, None]
        x = [(start + t * (end - start)).requires_grad_() for start, end in self.ends]
        outputs = {}

        def keep(module, _, output):
            outputs.setdefault(module, []).append(output)
        hooks = [module.register_forward_hook(keep) for module in {module for _, _, module, *_ in self.model.sites}]
        F = target_of(self.model.compare(x, self.texts), self.target, self.label)
        [hook.remove() for hook in hooks]
        flat = [output for both in outputs.values() for output in both]
        grads = torch.autograd.grad(F.sum(), [*x, *flat])
        pairs = zip(grads[2::2], grads[3::2])
        y = {module: torch.cat([each.detach() for each in both], 1) for module, both in outputs.items()}
        g = {module: torch.cat(both, 1) for module, both in zip(outputs, pairs)}
        return F.detach(), y, g, torch.cat(grads[:2], 1)


def forward(model, pairs):
    def similarity(texts):
        return model.compare([model.embed(text.ids)[None] for text in texts], texts)[0].tolist()
    rows = []
    for query, passage, label in pairs:
        q, d = texts = texts_of(model, query, passage)
        rows.append({"query": query, "passage": passage, "label": label, "tokens": q.tokens + d.tokens,
                     "ids": [*q.ids.tolist(), *d.ids.tolist()], "segments": q.segments + d.segments,
                     "second": len(q.ids), **model.extra(q, d), "logits": similarity(texts)})
    neurons = neurons_of(model)
    with masked(model, neurons):
        logits = [similarity(texts_of(model, *pair[:2])) for pair in pairs]
    return {"pairs": rows, "masked": {"neurons": neurons, "logits": logits}}


def cases(pairs):
    """(pair, rule, steps, baseline, path, label, masked)"""
    for at, (_, _, label) in enumerate(pairs):
        yield at, "trapezoid", 6, "pad", "both", label, False
    yield 1, "trapezoid", 6, "pad", "passage", 1, False
    yield 1, "trapezoid", 6, "pad", "query", 1, False
    yield 2, "right", 6, "zero", "passage", 1, False
    yield 1, "trapezoid", 6, "pad-content", "both", 0, False
    yield 2, "trapezoid", 6, "pad-query", "query", 1, False
    yield 1, "trapezoid", 6, "pad", "both", 1, True


def conductances(model, pairs, neurons):
    rows, tensors = [], {}
    for at, rule, steps, baseline, path, label, is_masked in cases(pairs):
        if model.ties:  # at the baseline: nothing is read there
            rule = "right"
        name = str(len(rows))
        texts = texts_of(model, *pairs[at][:2])
        with masked(model, neurons if is_masked else []):
            found, F_baseline, F_input = conductance(
                TwoTextPath(model, texts, "logit", label, baseline, path), rule, steps)
        tensors |= {f"{name}/{component}": tensor.contiguous() for component, tensor in found.items()}
        rows.append({"case": name, "pair": at, "rule": rule, "steps": steps, "target": "logit", "baseline": baseline,
                     "path": path, "masked": is_masked, "label": label, "F_baseline": F_baseline, "F_input": F_input})
    return rows, tensors


def check_kinks(model, pairs):
    """F is continuous where its gradient jumps: the sums over the path come near its change as intervals shrink."""
    margin = model.margin
    assert margin > 1e-6, margin  # at no point of a case is a maximum so near another that float32 takes that
    path = TwoTextPath(model, texts_of(model, *pairs[1][:2]), "logit", 1, "pad", "both")
    gaps = [check_completeness(path, intervals) for intervals in (32, 512)]
    assert gaps[1] < min(2e-3, gaps[0] / 4), gaps
    return gaps[1], margin


def check_sparse(folder, rows):
    """sentence-transformers' SparseEncoder is near, in float32."""
    from sentence_transformers import SparseEncoder
    plain = SparseEncoder(str(folder), device="cpu")
    for row in rows:
        u, v = (plain.encode([row[text]], convert_to_sparse_tensor=False) for text in ("query", "passage"))
        far = abs((u @ v.T).item() - row["logits"][0])
        assert far < 1e-5 * max(1, row["logits"][0]), far


def check(folder, model, pairs, rows):
    """Completeness, and that sentence-transformers itself is near, in float32; returns both differences."""
    from sentence_transformers import SentenceTransformer
    gap = check_completeness(TwoTextPath(model, texts_of(model, *pairs[1][:2]), "logit", 1, "pad", "both"), 64)
    assert gap < 1e-6, gap
    plain, far = SentenceTransformer(str(folder), device="cpu"), 0.0
    for row in rows:
        u, v = plain.encode([row["query"]]), plain.encode([row["passage"]])
        far = max(far, abs(plain.similarity(u, v).item() - row["logits"][0]) / max(1.0, abs(row["logits"][0])))
    assert far < 1e-5, far
    return gap, far


def make(name):
    folder = HERE / "models" / name
    pairs = read_pairs(folder / "pairs.tsv")
    kind = {"colbert": ColbertEncoder, "splade": SpladeEncoder}.get(name.split("-")[0], BiEncoder)
    model = kind(folder)
    values = forward(model, pairs)
    write_json(HERE / "forward" / f"{name}.json", {"model": name, "similarity": model.similarity, **values})
    rows, tensors = conductances(model, pairs, values["masked"]["neurons"])
    write_json(HERE / "conductance" / f"{name}.json", {"model": name, "cases": rows})
    save_file(tensors, HERE / "conductance" / f"{name}.safetensors")
    checks = check(folder, model, pairs, values["pairs"]) if kind is BiEncoder else check_kinks(model, pairs)
    if kind is SpladeEncoder:
        check_sparse(folder, values["pairs"])
    print(f"{name}: {len(rows)} cases, completeness, and distance from sentence-transformers or least margin",
          *(f"{each:.1e}" for each in checks), "tokens",
          [len(row["ids"]) for row in values["pairs"]], "similarities", [round(row["logits"][0], 3) for row in values["pairs"]],
          "masked", [round(each[0], 3) for each in values["masked"]["logits"]], flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in sys.argv[1:] or sorted(folder.name for folder in (HERE / "models").iterdir()):
        make(each)
