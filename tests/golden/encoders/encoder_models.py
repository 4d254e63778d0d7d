"""Makes models/: small random bi-encoders, saved by sentence-transformers.

    python encoder_models.py [NAME...]
"""
import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, ModernBertModel, XLMRobertaConfig, XLMRobertaModel

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "families"))
from family_models import (PAIRS, WORDS, fill, modernbert_config, modernbert_files, modernbert_tokenizer,  # noqa: E402
                           unigram, write_tokenizer)


def wordpiece_tokenizer():
    """BERT's: small letters, WordPiece, [CLS] text [SEP]."""
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = list("abcdefghijklmnopqrstuvwxyz0123456789.,?!;:-'")
    pieces = list(dict.fromkeys([*specials, *WORDS, *letters, *("##" + letter for letter in letters[:36]), "##ed", "##s"]))
    vocabulary = {piece: at for at, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", continuing_subword_prefix="##"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens([AddedToken(each, normalized=False) for each in specials])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(each, vocabulary[each]) for each in ("[CLS]", "[SEP]")])
    return tokenizer


def bert(layers, width, heads, inner, positions=64):
    tokenizer = wordpiece_tokenizer()
    config = BertConfig(vocab_size=tokenizer.get_vocab_size() + 2, hidden_size=width, num_hidden_layers=layers,
                        num_attention_heads=heads, intermediate_size=inner, max_position_embeddings=positions)
    files = {"tokenizer_class": "BertTokenizerFast", "do_lower_case": True, "model_max_length": positions,
             "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    return BertModel(config, add_pooling_layer=False), lambda folder: write_tokenizer(folder, tokenizer, **files)


def xlm_roberta(layers, width, heads, inner):
    """Positions are counted from the padding id + 1, for each text by itself."""
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = unigram(specials, "<unk>")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens([*specials, "<mask>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    config = XLMRobertaConfig(vocab_size=tokenizer.get_vocab_size(), hidden_size=width, num_hidden_layers=layers,
                              num_attention_heads=heads, intermediate_size=inner, max_position_embeddings=130,
                              type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2)
    files = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 128, "pad_token": "<pad>", "unk_token": "<unk>",
             "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>", "bos_token": "<s>", "eos_token": "</s>"}
    return (XLMRobertaModel(config, add_pooling_layer=False),
            lambda folder: write_tokenizer(folder, tokenizer, **files))


def modernbert(layers, width, heads, inner):
    tokenizer = modernbert_tokenizer()
    config = modernbert_config(layers, width, heads, inner, tokenizer, local_attention=8)
    return ModernBertModel(config), lambda folder: modernbert_files(folder, tokenizer)


def save(name, encoder, write_files, modules, pooling, similarity=None, longest=None, stir=1.0):
    """`modules` follow the pooling; `stir` scales what attention adds to the first token, else much alike in all texts."""
    with tempfile.TemporaryDirectory() as plain:
        fill(encoder, name)
        for key, parameter in encoder.named_parameters():
            if key.endswith(("self.value.weight", "attention.output.dense.weight")):
                parameter.data.mul_(stir)
        encoder.save_pretrained(plain)
        write_files(Path(plain))
        # tokenizer.json as it stands, whatever classes AutoTokenizer would rebuild
        model = SentenceTransformer(modules=[Transformer(plain), Pooling(encoder.config.hidden_size, pooling), *modules],
                                    similarity_fn_name=similarity, device="cpu")
        if longest:
            model.max_seq_length = longest
        for at, module in enumerate(modules):
            fill(module, f"{name}{at}")
        folder = HERE / "models" / name
        shutil.rmtree(folder, ignore_errors=True)
        model.save(str(folder), create_model_card=False)
        for file in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(Path(plain) / file, folder / file)
    for extra in ("README.md", "vocab.txt", "special_tokens_map.json"):
        (folder / extra).unlink(missing_ok=True)
    if longest:  # as checkpoints of before sentence-transformers 5 have it
        file = folder / "sentence_bert_config.json"
        file.write_text(json.dumps({"max_seq_length": longest, "do_lower_case": False}))
    (folder / "pairs.tsv").write_text("".join(f"{q}\t{d}\t{label}\n" for q, d, label in PAIRS), encoding="utf-8")


def main(*only):
    def dense(inputs, outputs, activation):
        return Dense(inputs, outputs, bias=True, activation_function=activation)
    made = {
        "bert-w36-mean": lambda name: save(name, *bert(3, 36, 3, 50), [Normalize()], "mean", longest=24),
        "bert-w30-cls-dot": lambda name: save(
            name, *bert(2, 30, 3, 41), [dense(30, 22, torch.nn.Tanh()), dense(22, 17, torch.nn.Identity())], "cls", "dot"),
        "xlmr-l1-w20-h1-cls": lambda name: save(name, *xlm_roberta(1, 20, 1, 31), [], "cls", "dot", stir=3.0),
        "modernbert-w36-mean": lambda name: save(name, *modernbert(4, 36, 3, 50), [], "mean"),
    }
    for name, make in made.items():
        if not only or name.startswith(only):
            make(name)
            print(name, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*sys.argv[1:])
