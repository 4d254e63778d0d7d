"""Makes tests/golden/models/: small random checkpoints in the layouts that Hugging Face writes.

Weights are large enough that paths bend; biases and LayerNorm parameters are random too, so that nothing is
right by being zero or one.
"""
import base64
import json
import shutil
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (BertConfig, BertForSequenceClassification, CamembertConfig,
                          CamembertForSequenceClassification, ElectraConfig, ElectraForSequenceClassification,
                          RobertaConfig, RobertaForSequenceClassification, XLMRobertaConfig,
                          XLMRobertaForSequenceClassification)

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "tokenizers"))
from make_tokenizers import small_charsmap  # noqa: E402

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = """the a of and in is what how when river bank fish boat bridge stone water flow deep cold old town
market street light snow winter near under over cross build long span ##s ##ed ##ing ##er ##ly un ##known
. , ? ! ' - 1 2 19 ##84 é""".split()

PAIRS = [  # every model gets these
    ("river", "bank", 1),
    ("what is the old bridge", "The old stone bridge spans the cold river near the town market.", 1),
    ("how deep is the water?", "Snow in winter: the street lights, the market and the long old town.", 0),
    ("fishing boat", "A boat crossed the river in 1984, slowly; the fisher built it under the bridge.", 1),
    ("unknown Zebra crossing", "?", 0),
]
LONG = [  # truncated to 128 positions: a long passage, then both long
    ("when is the river cold", "The water flows deep and cold under the bridge in winter. " * 14, 1),
    ("how deep is the cold river near the old stone bridge " * 9,
     "the market street is long and the lights of the town flow over snow " * 9, 0),
]


def checkpoint(folder, model, dtype=torch.float32, shard=None):
    shutil.rmtree(folder, ignore_errors=True)
    generator = torch.Generator().manual_seed(sum(map(ord, folder.name)))
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "LayerNorm.weight" in name:
            noise = 1 + 0.3 * noise
        elif name.endswith("bias"):
            noise = 0.3 * noise
        elif "embeddings" in name and "project" not in name:
            noise = noise * (0.8 if "word" in name else 0.3)
        else:
            noise = noise * (1.6 if "query" in name or "key" in name else 1.2) / parameter.shape[1] ** 0.5
        parameter.data.copy_(noise)
    model.to(dtype).save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))


def write_pairs(folder, pairs):
    (folder / "pairs.tsv").write_text("".join(f"{q.strip()}\t{d.strip()}\t{label}\n" for q, d, label in pairs))


def wordpiece(folder, positions):
    (folder / "vocab.txt").write_text("\n".join(SPECIAL + WORDS) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": positions,
        "strip_accents": False, "tokenize_chinese_chars": True, "pad_token": "[PAD]", "unk_token": "[UNK]",
        "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}))


def shape(layers, width, heads, inner, labels, positions):
    return dict(vocab_size=len(SPECIAL + WORDS), hidden_size=width, num_hidden_layers=layers,
                num_attention_heads=heads, intermediate_size=inner, num_labels=labels,
                max_position_embeddings=positions)


def bert(name, layers, width, heads, inner, labels, positions=48, pairs=PAIRS, **storage):
    folder = HERE / "models" / name
    config = BertConfig(**shape(layers, width, heads, inner, labels, positions))
    checkpoint(folder, BertForSequenceClassification(config), **storage)
    wordpiece(folder, positions)
    write_pairs(folder, pairs)


def electra(name, embedding, labels):
    folder = HERE / "models" / name
    config = ElectraConfig(**shape(2, 36, 3, 50, labels, 48), embedding_size=embedding)
    checkpoint(folder, ElectraForSequenceClassification(config))
    wordpiece(folder, 48)
    write_pairs(folder, PAIRS)


ROBERTA_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def roberta(name, labels):
    """A byte-level BPE: the 256 bytes and a few merges."""
    folder = HERE / "models" / name
    pieces = ROBERTA_SPECIAL + sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [tuple(m.split()) for m in ("Ġ t", "h e", "Ġt he", "e r", "i n", "Ġ o", "Ġo l", "Ġol d", "Ġ b", "r i", "ri v",
                                         "riv er", "Ġb riv", "i s", "Ġ c", "o l", "Ġc ol", "Ġcol d", "Ġ w", "a t", "Ġw at",
                                         "Ġwat er", "s t", "e t", "r id", "Ġ a", "n d", "Ġa nd", "Ġ in", "in g")]
    merges = [m for m in merges if m != ("Ġb", "riv") and m != ("r", "id")]
    vocabulary = {piece: at for at, piece in enumerate(pieces + ["".join(m) for m in merges] + ["<mask>"])}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token=None, continuing_subword_prefix="", end_of_word_suffix=""))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    config = RobertaConfig(**shape(2, 36, 3, 50, labels, 66) | {"vocab_size": len(vocabulary)}, type_vocab_size=1)
    checkpoint(folder, RobertaForSequenceClassification(config))
    sentencepiece_like(folder, tokenizer, "RobertaTokenizer", 64)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(m) for m in merges) + "\n")
    write_pairs(folder, PAIRS)


def xlm_roberta(name, labels):
    """A unigram model over a few words, their parts and single letters."""
    pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    fairseq_unigram(name, labels, XLMRobertaConfig, XLMRobertaForSequenceClassification, pre_tokenizer)


def camembert(name, labels):
    """CamemBERT keeps RoBERTa's names of weights; this one's tokenizer rewrites characters, as the real ones do."""
    pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(),
                                             pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")])
    normalizer = normalizers.Precompiled(base64.b64decode(small_charsmap()))
    fairseq_unigram(name, labels, CamembertConfig, CamembertForSequenceClassification, pre_tokenizer, normalizer)


def fairseq_unigram(name, labels, config_class, model_class, pre_tokenizer, normalizer=None):
    folder = HERE / "models" / name
    words = ["▁" + word for word in WORDS if word[0] != "#"] + [word[2:] for word in WORDS if word.startswith("##")]
    letters = ["▁", *"abcdefghijklmnopqrstuvwxyzTASZ0123456789.,?!;:'"]
    pieces = list(dict.fromkeys(words + letters))
    scores = [(special, 0.0) for special in ROBERTA_SPECIAL]
    scores += [(piece, -2.0 - 0.01 * at - (6.0 if len(piece) == 1 else 0.0)) for at, piece in enumerate(pieces)]
    scores += [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    config = config_class(**shape(2, 36, 3, 50, labels, 66) | {"vocab_size": len(scores)}, type_vocab_size=1)
    checkpoint(folder, model_class(config))
    sentencepiece_like(folder, tokenizer, model_class.__name__.replace("ForSequenceClassification", "Tokenizer"), 64)
    write_pairs(folder, PAIRS)


def sentencepiece_like(folder, tokenizer, name, length):
    tokenizer.add_special_tokens(ROBERTA_SPECIAL + ["<mask>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": name, "model_max_length": length, "add_prefix_space": False, "bos_token": "<s>",
        "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "<unk>", "pad_token": "<pad>",
        "mask_token": "<mask>"}))


def main():
    bert("l1-w20-h2-f36-labels1", 1, 20, 2, 36, 1)
    bert("l2-w36-h3-f50-labels2", 2, 36, 3, 50, 2)
    bert("l3-w72-h6-f100-labels2-f16", 3, 72, 6, 100, 2, dtype=torch.float16)
    bert("l3-w72-h6-f100-labels2-bf16", 3, 72, 6, 100, 2, dtype=torch.bfloat16)
    bert("l3-w72-h6-f100-labels2-sharded", 3, 72, 6, 100, 2, shard="150KB")
    bert("l12-w24-h2-f40-labels1", 12, 24, 2, 40, 1)
    bert("l2-w30-h3-f37-labels2", 2, 30, 3, 37, 2, positions=128, pairs=PAIRS + LONG)
    electra("electra-w36-e36-labels2", 36, 2)
    electra("electra-w36-e20-labels1", 20, 1)
    roberta("roberta-w36-labels2", 2)
    xlm_roberta("xlm-roberta-w36-labels1", 1)
    camembert("camembert-w36-labels2", 2)


if __name__ == "__main__":
    main()
