"""Makes small random ColBERT checkpoints in models/: as `colbert-ir` has them, and as PyLate saves them.

    python colbert_models.py [NAME...]
"""
import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken
from transformers import BertConfig, BertModel, ModernBertModel

HERE = Path(__file__).parent
from encoder_models import wordpiece_tokenizer  # noqa: E402  (finds ../families too)
from family_models import PAIRS, fill, modernbert_config, modernbert_files, modernbert_tokenizer, write_tokenizer  # noqa: E402


def bert(tokenizer, layers, width, heads, inner, positions):
    return BertModel(BertConfig(
        vocab_size=tokenizer.get_vocab_size() + 1, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=inner, max_position_embeddings=positions), add_pooling_layer=False)


def bert_files(folder, tokenizer):
    write_tokenizer(folder, tokenizer, tokenizer_class="BertTokenizerFast", do_lower_case=True, model_max_length=512,
                    pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")


def linear(name, inputs, outputs, bias):
    return fill(torch.nn.Linear(inputs, outputs, bias=bias), name)


def fresh(name):
    folder = HERE / "models" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "pairs.tsv").write_text("".join(f"{q}\t{d}\t{label}\n" for q, d, label in PAIRS), encoding="utf-8")
    return folder


def stanford(name, layers, width, heads, inner, vector, **metadata):
    """model.safetensors with `bert.` and `linear.weight`, config.json of the class HF_ColBERT, artifact.metadata."""
    folder, tokenizer = fresh(name), wordpiece_tokenizer()
    tokenizer.add_special_tokens([AddedToken(each, normalized=False) for each in ("[unused0]", "[unused1]")])
    encoder = fill(bert(tokenizer, layers, width, heads, inner, 40), name)
    head = linear(f"{name}-linear", width, vector, bias=False)
    tensors = {f"bert.{key}": value.contiguous() for key, value in encoder.state_dict().items()}
    save_file(tensors | {"linear.weight": head.weight.data}, folder / "model.safetensors", metadata={"format": "pt"})
    config = encoder.config.to_dict() | {"architectures": ["HF_ColBERT"]}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "artifact.metadata").write_text(json.dumps({
        "query_token_id": "[unused0]", "doc_token_id": "[unused1]", "query_token": "[Q]", "doc_token": "[D]",
        "similarity": "cosine", "relu": False, "reranker": False, "interaction": "colbert", "dim": vector, **metadata}))
    bert_files(folder, tokenizer)


def pylate(name, encoder, tokenizer, write_files, vector, bias, **settings):
    """A Transformer and PyLate's Dense; how texts are read stands in config_sentence_transformers.json."""
    folder = fresh(name)
    fill(encoder, name).save_pretrained(folder)
    head = linear(f"{name}-dense", encoder.config.hidden_size, vector, bias)
    (folder / "1_Dense").mkdir()
    (folder / "1_Dense" / "config.json").write_text(json.dumps({
        "in_features": encoder.config.hidden_size, "out_features": vector, "bias": bias,
        "activation_function": "torch.nn.modules.linear.Identity", "use_residual": False}))
    save_file({f"linear.{key}": value for key, value in head.state_dict().items()},
              folder / "1_Dense" / "model.safetensors", metadata={"format": "pt"})
    (folder / "modules.json").write_text(json.dumps([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Dense", "type": "pylate.models.Dense.Dense"}]))
    (folder / "sentence_bert_config.json").write_text(
        json.dumps({"max_seq_length": settings["document_length"] - 1, "do_lower_case": False}))
    (folder / "config_sentence_transformers.json").write_text(json.dumps({
        "prompts": {"query": "", "document": ""}, "default_prompt_name": None, "similarity_fn_name": "MaxSim",
        "query_prefix": "[Q] ", "document_prefix": "[D] ", "do_query_expansion": True, **settings}))
    write_files(folder, tokenizer)


def marked(tokenizer):
    tokenizer.add_tokens([AddedToken(each, normalized=False) for each in ("[Q] ", "[D] ")])
    return tokenizer


def main(*only):
    words, bytes_ = marked(wordpiece_tokenizer()), marked(modernbert_tokenizer())
    modern = modernbert_config(2, 36, 3, 50, bytes_, local_attention=26)
    made = {
        "colbert-l1-w36": lambda name: stanford(name, 1, 36, 3, 50, 13, query_maxlen=12, doc_maxlen=24,
                                                mask_punctuation=True, attend_to_mask_tokens=False),
        "colbert-pylate-w30": lambda name: pylate(
            name, bert(words, 2, 30, 3, 41, 64), words, bert_files, 22, True, query_length=11, document_length=30,
            attend_to_expansion_tokens=True, skiplist_words=["the", "."]),
        "colbert-modernbert-w36": lambda name: pylate(
            name, ModernBertModel(modern), bytes_, modernbert_files, 17, False, query_length=13, document_length=60,
            attend_to_expansion_tokens=False, skiplist_words=[",", ":"]),
    }
    for name, make in made.items():
        if not only or name.startswith(only):
            make(name)
            print(name, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*sys.argv[1:])
