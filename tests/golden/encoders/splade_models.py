"""Makes small random SPLADE checkpoints in models/: as `naver` has them, and saved by sentence-transformers.

    python splade_models.py [NAME...]
"""
import json
import sys
import tempfile
from pathlib import Path

import torch
from sentence_transformers import SparseEncoder
from sentence_transformers.base.modules import Transformer
from sentence_transformers.sparse_encoder.modules import SpladePooling
from transformers import BertConfig, BertForMaskedLM

from colbert_models import bert_files, fresh
from encoder_models import wordpiece_tokenizer
from family_models import fill


def masked_lm(name, tokenizer, layers, width, heads, inner, positions):
    config = BertConfig(vocab_size=tokenizer.get_vocab_size() + 1, hidden_size=width, num_hidden_layers=layers,
                        num_attention_heads=heads, intermediate_size=inner, max_position_embeddings=positions)
    model = fill(BertForMaskedLM(config), name)
    model.cls.predictions.bias.data.sub_(2)  # most words weigh nothing in a text
    model.tie_weights()
    return model


def plain(name, *sizes):
    folder, tokenizer = fresh(name), wordpiece_tokenizer()
    masked_lm(name, tokenizer, *sizes).save_pretrained(folder)
    bert_files(folder, tokenizer)


def sentence(name, *sizes, longest):
    folder, tokenizer = fresh(name), wordpiece_tokenizer()
    with tempfile.TemporaryDirectory() as plain_folder:
        masked_lm(name, tokenizer, *sizes).save_pretrained(plain_folder)
        bert_files(Path(plain_folder), tokenizer)
        module = Transformer(plain_folder, transformer_task="fill-mask")
        SparseEncoder(modules=[module, SpladePooling("max")], device="cpu").save(str(folder), create_model_card=False)
    for extra in ("vocab.txt", "special_tokens_map.json", "README.md"):
        (folder / extra).unlink(missing_ok=True)
    bert_files(folder, tokenizer)
    file = folder / "sentence_bert_config.json"  # as checkpoints of before sentence-transformers 6 have it
    file.write_text(json.dumps(json.loads(file.read_text()) | {"max_seq_length": longest}))


def main(*only):
    made = {
        "splade-l1-w36": lambda name: plain(name, 1, 36, 3, 50, 40),
        "splade-st-w30": lambda name: sentence(name, 2, 30, 3, 41, 64, longest=20),
    }
    for name, make in made.items():
        if not only or name.startswith(only):
            make(name)
            print(name, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*sys.argv[1:])
