"""SPLADE in float64: weights of words, log(1 + relu) of the largest logit over a text's tokens, and their product."""
import json

import torch
from transformers import AutoConfig, BertForMaskedLM, PreTrainedTokenizerFast

from make_families import doubles


class Splade:
    """Word embeddings of a query and of a passage in, the product of their weights of words out."""

    similarity = "dot"

    def read(self, folder):
        self.kind, config = "bert", AutoConfig.from_pretrained(folder)
        self.tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
        self.model = BertForMaskedLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
        self.model = self.model.eval().requires_grad_(False).double()
        own = folder / "sentence_bert_config.json"
        own = json.loads(own.read_text())["max_seq_length"] if own.exists() else config.max_position_embeddings
        self.pad, self.longest, self.margin = config.pad_token_id, own, float("inf")

    def logits(self, x):
        """x [points, tokens, width] -> [points, tokens, words]"""
        with doubles(self.model):
            return self.model(inputs_embeds=x, attention_mask=torch.ones(x.shape[:2], dtype=torch.long)).logits

    def compare(self, x, _):
        """Word embeddings of the two texts -> [points, 1]"""
        logits = [self.logits(each) for each in x]
        u, v = (torch.log(1 + torch.relu(each)).max(1).values for each in logits)
        for each, other in zip(logits, (v, u)):  # how clear the maxima are, and how far from 0, where they count
            most = each.topk(2, 1).values.detach()
            counts = (other > 0) & (most[:, 0] > -1e-3)
            gaps = torch.minimum(most[:, 0] - most[:, 1], most[:, 0].abs())[counts]
            self.margin = min([self.margin, *gaps.tolist()])
        return (u * v).sum(-1, keepdim=True)
