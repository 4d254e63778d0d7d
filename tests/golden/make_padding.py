"""Makes padding.json: logits of RoBERTas for texts that hold padding tokens, which get no position of their own.

Unlike make_golden.py it gives ids, not embeddings: transformers counts positions from ids.

    python make_padding.py
"""
import sys

import torch

from make_golden import HERE, open_model, open_tokenizer, write_json

PAIRS = [("the old<pad> bridge", "<pad>The river<pad><pad> is cold."), ("<pad>", "river"), ("river", "bank<pad>")]


def main():
    rows = []
    for name in ("roberta-w36-labels2", "xlm-roberta-w36-labels1", "camembert-w36-labels2"):
        model, tokenizer = open_model(HERE / "models" / name), open_tokenizer(HERE / "models" / name)
        for query, passage in PAIRS:
            ids = torch.tensor([tokenizer(query, passage)["input_ids"]])
            logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0]
            rows.append({"model": name, "query": query, "passage": passage, "ids": ids[0].tolist(), "logits": logits.tolist()})
    write_json(HERE / "padding.json", rows)


if __name__ == "__main__":
    sys.exit(main())
