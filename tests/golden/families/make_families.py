"""Makes the golden values of the families that are not BERT: forward passes, masked ones, and conductance, in float64.

    python family_models.py       # the checkpoints
    python make_families.py [NAME...] && deno fmt .

The models are transformers' own, attention eager. Where their code asks for float32 (softmax, norms, rotation) it
gets float64. The rules and targets are those of bench/peers/conductance.py.
"""
import contextlib
import importlib
import json
import re
import sys
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast
import transformers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "bench" / "peers"))
from conductance import read_pairs, sum_of, target_of  # noqa: E402

from family_models import TEMPLATES  # noqa: E402

CLS, QUERY, BETWEEN, PASSAGE, LAST = range(5)  # segments
LABELS = {  # the words whose logits at the last token are the two labels, non-relevant and relevant
    "qwen3-w32-reranker": ("no", "yes"), "t5-w32": ("▁false", "▁true"), "t5v1_1-w30": ("▁false", "▁true")}

# The linears of a layer: component -> path in the layer, and which part of its output (part, of how many).
COMPONENTS = {
    "modernbert": {
        "query": ("attn.Wqkv", 0, 3), "key": ("attn.Wqkv", 1, 3), "value": ("attn.Wqkv", 2, 3),
        "attention_output": ("attn.Wo", 0, 1), "intermediate": ("mlp.Wi", 0, 2), "gate": ("mlp.Wi", 1, 2),
        "ff_output": ("mlp.Wo", 0, 1)},
    "qwen": {
        "query": ("self_attn.q_proj", 0, 1), "key": ("self_attn.k_proj", 0, 1), "value": ("self_attn.v_proj", 0, 1),
        "attention_output": ("self_attn.o_proj", 0, 1), "gate": ("mlp.gate_proj", 0, 1), "up": ("mlp.up_proj", 0, 1),
        "ff_output": ("mlp.down_proj", 0, 1)},
    "t5": {
        **{name: (f"SelfAttention.{linear}", 0, 1) for name, linear in
           (("query", "q"), ("key", "k"), ("value", "v"), ("attention_output", "o"))},
        **{f"cross_{name}": (f"EncDecAttention.{linear}", 0, 1) for name, linear in
           (("query", "q"), ("key", "k"), ("value", "v"), ("output", "o"))},
        "intermediate": ("DenseReluDense.wi", 0, 1), "gate": ("DenseReluDense.wi_0", 0, 1),
        "up": ("DenseReluDense.wi_1", 0, 1), "ff_output": ("DenseReluDense.wo", 0, 1)},
    "deberta": {
        "query": ("attention.self.query_proj", 0, 1), "key": ("attention.self.key_proj", 0, 1),
        "value": ("attention.self.value_proj", 0, 1), "attention_output": ("attention.output.dense", 0, 1),
        "intermediate": ("intermediate.dense", 0, 1), "ff_output": ("output.dense", 0, 1)},
}
LAYER = {"modernbert": r"(?:^|\.)layers\.(\d+)\.(.+)$", "qwen": r"\.layers\.(\d+)\.(.+)$",
         "t5": r"^(?:encoder|decoder)\.block\.(\d+)\.layer\.\d\.(.+)$", "deberta": r"\.layer\.(\d+)\.(.+)$"}


class Doubles:
    """The module torch, with float64 in place of float32."""

    float32 = float = torch.float64

    def __getattr__(self, name):
        return getattr(torch, name)


@contextlib.contextmanager
def doubles(model):
    """Inside, the model's code computes in float64 where it asks for float32."""
    code = importlib.import_module(type(model).__module__)
    rotary, own = model.config.model_type in ("modernbert", "qwen2", "qwen3"), torch.Tensor.float
    code.torch = Doubles()
    if rotary:  # T5 has .float() in its buckets of positions, and there it is right
        torch.Tensor.float = torch.Tensor.double
    try:
        yield
    finally:
        code.torch, torch.Tensor.float = torch, own


class Model:
    """A checkpoint: word embeddings of one input in, logits of the labels out."""

    def __init__(self, folder, exact=True):
        self.name, self.exact = folder.name, exact
        config = AutoConfig.from_pretrained(folder)
        self.kind = {"qwen2": "qwen", "qwen3": "qwen", "deberta-v2": "deberta"}.get(config.model_type, config.model_type)
        self.tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
        named = json.loads((folder / "tokenizer_config.json").read_text())["pad_token"]
        self.pad = self.tokenizer.convert_tokens_to_ids(named)
        assert config.pad_token_id in (None, self.pad)
        kind = getattr(transformers, config.architectures[0])
        self.model = kind.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
        self.model = self.model.eval().requires_grad_(False)
        if exact:
            self.model.double()
            for module in self.model.modules():
                exact_frequencies(module)
        self.template = TEMPLATES.get(self.name)
        self.labels = LABELS.get(self.name)
        self.label_ids = self.labels and [self.tokenizer.convert_tokens_to_ids(each) for each in self.labels]
        self.modules = sentence_modules(folder, self.model.dtype) if (folder / "modules.json").exists() else None
        self.sites = list(self._sites())
        self.components = list(dict.fromkeys(component for component, *_ in self.sites))

    def _sites(self):
        """(component, layer, module, first unit, end of units), layer by layer."""
        encoder = self.model.config.num_layers if self.kind == "t5" else 0
        for name, module in self.model.named_modules():
            match = re.search(LAYER[self.kind], name)
            for component, (path, part, parts) in COMPONENTS[self.kind].items():
                if match and match.group(2) == path:
                    layer = int(match.group(1)) + (encoder if name.startswith("decoder") else 0)
                    size = module.out_features // parts
                    yield component, layer, module, part * size, (part + 1) * size

    def embed(self, ids):
        return self.model.get_input_embeddings().weight[ids]

    def logits(self, x):
        """x [points, tokens, width] -> [points, labels]"""
        with doubles(self.model) if self.exact else contextlib.nullcontext():
            mask = torch.ones(x.shape[:2], dtype=torch.long)
            if self.kind == "t5":
                start = torch.full((len(x), 1), self.model.config.decoder_start_token_id)
                out = self.model(inputs_embeds=x, attention_mask=mask, decoder_input_ids=start, use_cache=False)
            else:
                caching = {"use_cache": False} if self.kind == "qwen" else {}
                out = self.model(inputs_embeds=x, attention_mask=mask, **caching)
            if self.modules:
                return self.modules(out.last_hidden_state[:, 0])
            return out.logits[:, -1, self.label_ids] if self.labels else out.logits


def exact_frequencies(module):
    """The frequencies of a rotation are buffers in float32, made from the configuration."""
    if not hasattr(module, "compute_default_rope_parameters"):
        return
    config = module.config
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    exponents = torch.arange(0, size, 2, dtype=torch.float64) / size
    kinds = [f"{kind}_" for kind in module.layer_types] if hasattr(module, "layer_types") else [""]
    for kind in kinds:
        parameters = config.rope_parameters[kind[:-1]] if kind else config.rope_parameters
        exact = parameters["rope_theta"] ** -exponents
        assert torch.allclose(exact, getattr(module, f"{kind}inv_freq"), rtol=1e-6)
        setattr(module, f"{kind}inv_freq", exact)


def sentence_modules(folder, dtype):
    """The modules of sentence-transformers after the encoder and its pooling (the first token): a function."""
    layers = []
    for entry in json.loads((folder / "modules.json").read_text())[1:]:
        inner = folder / entry["path"]
        config = json.loads((inner / "config.json").read_text())
        kind = entry["type"].split(".")[-1]
        if kind == "Pooling":
            assert config["pooling_mode"] == "cls"
            continue
        if kind == "LayerNorm":
            module, following = torch.nn.LayerNorm(config["dimension"]), []
        else:
            module = torch.nn.Linear(config["in_features"], config["out_features"], bias=config["bias"])
            following = [getattr(torch.nn, config["activation_function"].split(".")[-1])()]
        weights = load_file(inner / "model.safetensors")
        module.load_state_dict({name.split(".", 1)[1]: tensor for name, tensor in weights.items()})
        layers += [module, *following]
    return torch.nn.Sequential(*layers).to(dtype).requires_grad_(False)


class Input:
    """One tokenized pair: ids, tokens and segments."""

    def __init__(self, model, query, passage):
        tokenizer = model.tokenizer
        if model.template:
            text, spans = filled(model.template, query, passage)
            encoded = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True)
            self.segments = [segment_of(text, spans, begin, end) for begin, end in encoded["offset_mapping"]]
            if model.kind == "t5":
                assert encoded["input_ids"][-1] == tokenizer.convert_tokens_to_ids("</s>")
                self.segments[-1] = LAST
        else:
            encoded = tokenizer(query, passage)
            self.segments = [{None: BETWEEN, 0: QUERY, 1: PASSAGE}[part] for part in encoded.sequence_ids(0)]
            self.segments[0], self.segments[-1] = CLS, LAST
        self.ids = torch.tensor(encoded["input_ids"])
        self.tokens = tokenizer.convert_ids_to_tokens(encoded["input_ids"])


def filled(template, query, passage):
    """The text, and the characters [first, end) of query and passage in it."""
    spans, text = {}, ""
    for part in re.split(r"(\{query\}|\{document\})", template):
        value = {"{query}": query, "{document}": passage}.get(part, part)
        if part != value or part in ("{query}", "{document}"):
            spans[QUERY if part == "{query}" else PASSAGE] = (len(text), len(text) + len(value))
        text += value
    return text, spans


def segment_of(text, spans, begin, end):
    """Where the first character of a token lies that is not white space: " river" belongs to the query "river"."""
    piece = text[begin:end]
    first = begin + (len(piece) - len(piece.lstrip()) if piece.strip() else 0)
    return next((segment for segment, (a, b) in spans.items() if a <= first < b), BETWEEN)


def endpoints(model, pair, baseline):
    """Word embeddings of the baseline and of the input, [tokens, width] each."""
    x = model.embed(pair.ids)
    segments = torch.tensor(pair.segments)
    moved = {"pad": segments >= 0, "zero": segments >= 0, "pad-query": segments == QUERY, "zero-query": segments == QUERY,
             "pad-content": (segments == QUERY) | (segments == PASSAGE)}[baseline]
    filler = torch.zeros_like(x[0]) if baseline.startswith("zero") else model.embed(torch.tensor(model.pad))
    return torch.where(moved[:, None], filler, x), x


class PairPath:
    """F, the outputs of every linear and dF/d(those outputs), at points of one pair's path."""

    def __init__(self, model, pair, target, label, baseline):
        self.model, self.target, self.label = model, target, label
        self.start, self.end = endpoints(model, pair, baseline)

    def at(self, points):
        t = torch.as_tensor(points, dtype=torch.float64)[:, None, None]
        x = (self.start + t * (self.end - self.start)).requires_grad_()
        outputs = {}

        def keep(module, _, output):
            if module not in outputs:  # DeBERTa's query and key projections see the positions after the tokens
                outputs[module] = output.requires_grad_()  # constant at the start of T5's decoder
        hooks = [module.register_forward_hook(keep) for module in {module for _, _, module, *_ in self.model.sites}]
        F = target_of(self.model.logits(x), self.target, self.label)
        [hook.remove() for hook in hooks]
        grads = torch.autograd.grad(F.sum(), [x, *outputs.values()])
        y = {module: output.detach() for module, output in outputs.items()}
        return F.detach(), y, dict(zip(outputs, grads[1:])), grads[0]


def conductance(path, rule, steps):
    """{component: [layers that have it, units]}, F at both ends"""
    F, y, g, _ = path.at([k / steps for k in range(steps + 1)])
    found = {component: [] for component in path.model.components}
    for component, _, module, first, end in path.model.sites:
        found[component].append(sum_of(y[module][..., first:end], g[module][..., first:end], rule))
    return {component: torch.stack(rows) for component, rows in found.items()}, F[0].item(), F[-1].item()


def check_completeness(path, intervals):
    """The integral of the gradient on the word embeddings is the change of F."""
    nodes, weights = numpy.polynomial.legendre.leggauss(8)
    F, _, _, _ = path.at([0.0, 1.0])
    total = 0.0
    for k in range(intervals):
        _, _, _, g = path.at((k + (nodes + 1) / 2) / intervals)
        total += (torch.as_tensor(weights / 2 / intervals) * (g * (path.end - path.start)).sum((1, 2))).sum().item()
    return abs(total - (F[1] - F[0]).item()) / max(1.0, abs((F[1] - F[0]).item()))


def neurons_of(model):
    """One neuron a component, in different layers: ["1.key.3", ...]."""
    chosen = []
    for at, component in enumerate(model.components):
        of = [site for site in model.sites if site[0] == component]
        _, layer, _, first, end = of[(2 * at + 1) % len(of)]
        chosen.append(f"{layer}.{component}.{(5 * at + 3) % (end - first)}")
    return chosen


@contextlib.contextmanager
def masked(model, neurons):
    """Inside, the outputs of these neurons are zero, wherever their linear is used."""
    hooks = []
    for neuron in neurons:
        layer, component, unit = neuron.split(".")
        module, first = next((module, first) for name, at, module, first, _ in model.sites
                             if (name, at) == (component, int(layer)))

        def zero(_, __, output, at=first + int(unit)):
            output = output.clone()
            output[..., at] = 0
            return output
        hooks.append(module.register_forward_hook(zero))
    try:
        yield
    finally:
        [hook.remove() for hook in hooks]


def forward(model, pairs):
    rows = []
    for query, passage, label in pairs:
        pair = Input(model, query, passage)
        logits = model.logits(model.embed(pair.ids)[None])[0]
        probability = logits.softmax(0)[1] if len(logits) == 2 else logits[0].sigmoid()
        rows.append({"query": query, "passage": passage, "label": label, "tokens": pair.tokens,
                     "ids": pair.ids.tolist(), "types": [0] * len(pair.ids), "segments": pair.segments,
                     "logits": logits.tolist(), "probability": probability.item()})
    neurons = neurons_of(model)
    with masked(model, neurons):
        logits = [model.logits(model.embed(torch.tensor(row["ids"]))[None])[0].tolist() for row in rows]
    prompt = {"template": model.template} if model.template else {}
    if model.labels:
        prompt["labels"] = [{"token": token, "id": at} for token, at in zip(model.labels, model.label_ids)]
    return {**prompt, "pairs": rows, "masked": {"neurons": neurons, "logits": logits}}


def cases(pairs, labels):
    """(pair, rule, steps, target, baseline, label)"""
    own = [label for _, _, label in pairs]
    for at in range(len(pairs)):
        yield at, "trapezoid", 6, "logit", "pad", own[at]
    yield 1, "right", 6, "logit", "pad", 1 - own[1]
    yield 2, "trapezoid", 6, "probability", "pad-content", own[2]
    yield 1, "trapezoid", 6, "logit", "zero-query", own[1]
    yield 1, "trapezoid", 6, "logit", "pad-query", own[1]
    if labels == 2:
        yield 0, "trapezoid", 6, "margin", "pad", own[0]


def conductances(model, pairs):
    rows, tensors = [], {}
    labels = len(model.labels or ()) or (1 if model.modules else model.model.config.num_labels)
    for at, rule, steps, target, baseline, label in cases(pairs, labels):
        name = str(len(rows))
        path = PairPath(model, Input(model, *pairs[at][:2]), target, label, baseline)
        found, F_baseline, F_input = conductance(path, rule, steps)
        tensors |= {f"{name}/{component}": tensor.contiguous() for component, tensor in found.items()}
        rows.append({"case": name, "pair": at, "rule": rule, "steps": steps, "target": target,
                     "baseline": baseline, "label": label, "F_baseline": F_baseline, "F_input": F_input})
    return rows, tensors


def write_json(file, value):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def check(model, plain, pairs, rows):
    """Completeness, and that transformers' own float32 run from ids agrees; returns both differences."""
    path = PairPath(model, Input(model, *pairs[1][:2]), "logit", 1, "pad")
    relu = getattr(model.model.config, "dense_act_fn", None) == "relu"  # the gradient jumps
    gap = check_completeness(path, 1024 if relu else 64)
    assert gap < (1e-4 if relu else 1e-6), gap
    far = 0.0
    for row in rows:
        ids = torch.tensor(row["ids"])[None]
        with torch.no_grad():
            if model.kind == "t5":
                start = torch.tensor([[plain.model.config.decoder_start_token_id]])
                out = plain.model(input_ids=ids, decoder_input_ids=start)
            else:
                out = plain.model(input_ids=ids)
        logits = (plain.modules(out.last_hidden_state[:, 0]) if plain.modules else
                  out.logits[:, -1, plain.label_ids] if plain.labels else out.logits)[0]
        far = max(far, (logits - torch.tensor(row["logits"])).abs().max().item())
    assert far < 1e-4, far
    return gap, far


def make(name):
    folder = HERE / "models" / name
    pairs = read_pairs(folder / "pairs.tsv")
    model = Model(folder)
    values = forward(model, pairs)
    gap, far = check(model, Model(folder, exact=False), pairs, values["pairs"])
    write_json(HERE / "forward" / f"{name}.json", {"model": name, **values})
    rows, tensors = conductances(model, pairs)
    layers = {component: [layer for each, layer, *_ in model.sites if each == component] for component in model.components}
    write_json(HERE / "conductance" / f"{name}.json", {"model": name, "layers": layers, "cases": rows})
    file = HERE / "conductance" / f"{name}.safetensors"
    save_file(tensors, file)
    print(f"{name}: {len(rows)} cases, completeness {gap:.1e}, from float32 {far:.1e}, tokens",
          [len(row["ids"]) for row in values["pairs"]], "logits", [[round(l, 3) for l in row["logits"]] for row in values["pairs"]],
          "masked", [[round(l, 3) for l in each] for each in values["masked"]["logits"]], flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in sys.argv[1:] or sorted(folder.name for folder in (HERE / "models").iterdir()):
        make(each)
