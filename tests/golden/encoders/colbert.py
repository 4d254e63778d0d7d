"""ColBERT in float64: how it reads texts, and the sum of its largest cosines.

Written from the code of ColBERT (colbert/modeling: QueryTokenizer, DocTokenizer, `query`, `doc`, `colbert_score`)
and of PyLate 1.x (models/colbert.py), on transformers' own encoders.
"""
import json
import string

import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, BertModel, PreTrainedTokenizerFast

from make_families import BETWEEN, CLS, LAST, PASSAGE, QUERY, doubles, exact_frequencies


class Settings:
    """What artifact.metadata, or PyLate's configuration, says."""

    def __init__(self, folder):
        artifact = folder / "artifact.metadata"
        if artifact.exists():
            known = json.loads(artifact.read_text())
            self.lengths = known["query_maxlen"], known["doc_maxlen"]
            self.markers = known["query_token_id"], known["doc_token_id"]
            self.skipped = list(string.punctuation) if known["mask_punctuation"] else []
            self.attends = known["attend_to_mask_tokens"]
        else:
            known = json.loads((folder / "config_sentence_transformers.json").read_text())
            self.lengths = known["query_length"], known["document_length"]
            self.markers = known["query_prefix"], known["document_prefix"]
            self.skipped, self.attends = known["skiplist_words"], known["attend_to_expansion_tokens"]


def encoder_of(folder):
    """The encoder and the linear behind it, in float64."""
    config = AutoConfig.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    weights = load_file(folder / "model.safetensors")
    if (folder / "artifact.metadata").exists():
        encoder = BertModel(config, add_pooling_layer=False)
        encoder.load_state_dict({key[5:]: value for key, value in weights.items() if key.startswith("bert.")})
        head = {"weight": weights["linear.weight"]}
    else:
        encoder = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
        dense = load_file(folder / "1_Dense" / "model.safetensors")
        head = {key.split(".", 1)[1]: value for key, value in dense.items()}
    linear = torch.nn.Linear(*reversed(head["weight"].shape), bias="bias" in head)
    linear.load_state_dict(head)
    return encoder.eval().requires_grad_(False).double(), linear.double().requires_grad_(False)


class ColbertText:
    """[CLS] marker text [SEP], and [MASK]s up to the length of queries."""

    def __init__(self, model, text, segment):
        settings, tokenizer, is_query = model.settings, model.tokenizer, segment == QUERY
        longest, marker = settings.lengths[not is_query], settings.markers[not is_query]
        own = tokenizer(text, add_special_tokens=False)["input_ids"][: longest - 3]
        ids = [*map(tokenizer.convert_tokens_to_ids, ("[CLS]", marker)), *own, tokenizer.convert_tokens_to_ids("[SEP]")]
        fill = longest - len(ids) if is_query else 0
        first, last = (CLS, BETWEEN) if is_query else (BETWEEN, LAST)
        self.segments = [first, first, *[segment] * len(own), *[last] * (1 + fill)]
        self.seen = torch.tensor([1] * len(ids) + [int(settings.attends)] * fill)
        ids += [tokenizer.convert_tokens_to_ids("[MASK]")] * fill
        self.ids, self.tokens = torch.tensor(ids), tokenizer.convert_ids_to_tokens(ids)
        skipped = {tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in settings.skipped}
        self.counted = torch.tensor([is_query or each not in skipped for each in ids])
        self.counts = self.counted.int().tolist()


class Colbert:
    """Word embeddings of a query and of a passage in, the sum of their largest cosines out."""

    similarity = "max-sim"

    def read(self, folder):
        self.settings = Settings(folder)
        self.tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]")
        self.model, self.linear = encoder_of(folder)
        for module in self.model.modules():
            exact_frequencies(module)
        self.kind = "modernbert" if self.model.config.model_type == "modernbert" else "bert"
        self.pad, self.margin = self.model.config.pad_token_id, float("inf")
        self.ties = self.kind == "modernbert"  # no positions are added to words: equal words are equal vectors

    def vectors(self, x, text):
        mask = text.seen.expand(x.shape[:2])
        with doubles(self.model):
            out = self.model(inputs_embeds=x, attention_mask=mask).last_hidden_state
        return torch.nn.functional.normalize(self.linear(out), dim=-1)

    def compare(self, x, texts):
        """Word embeddings of the two texts -> [points, 1]"""
        q, d = (self.vectors(*each) for each in zip(x, texts))
        cosines = (q @ d.transpose(1, 2)).masked_fill(~texts[1].counted, -9999)
        read = cosines[int(self.ties and len(cosines) > 1):]
        most = read.topk(min(2, cosines.shape[-1]), -1).values.detach()
        self.margin = min(self.margin, (most[..., 0] - most[..., -1]).min().item())  # how clear the maxima are
        return cosines.max(-1).values.sum(-1, keepdim=True)
