"""Makes models/: small random checkpoints of ModernBERT, Qwen, T5 and DeBERTa, in the layouts that Hugging Face writes.

Weights are large enough that paths bend; norms are not one and biases not zero. Tokenizers have the parts of the
families' own ones (normalizer, pre-tokenizer, kind of model, template), with a vocabulary of a few words.
"""
import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (DebertaV2Config, DebertaV2ForSequenceClassification, ModernBertConfig,
                          ModernBertForSequenceClassification, ModernBertModel, Qwen2Config,
                          Qwen2ForSequenceClassification, Qwen3Config, Qwen3ForCausalLM,
                          Qwen3ForSequenceClassification, T5Config, T5ForConditionalGeneration)

HERE = Path(__file__).parent
MODELS = HERE / "models"
sys.path.insert(0, str(HERE.parent / "tokenizers"))
from make_tokenizers import small_charsmap  # noqa: E402

PAIRS = [  # short, medium, long, nearly empty
    ("river", "bank", 1),
    ("what is the old bridge", "The old stone bridge spans the cold river near the town market.", 1),
    ("how deep is the water?", "Snow in winter: the street lights, the market and the long old town.  The fish swim under "
     "the cold water near the stone bridge - the boat, built in 1984, is old; the café on the bank is new!", 0),
    ("unknown Zebra", "?", 0),
]
WORDS = """the a of and in is what how river bank fish boat bridge stone water cold old town market street light snow
winter near under long deep yes no query document search web given passages answer""".split()
PROMPT = ("<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
          "provided. Note that the answer can only be \"yes\" or \"no\".<|im_end|>\n<|im_start|>user\n<Instruct>: Given a "
          "web search query, retrieve relevant passages that answer the query\n<Query>: {query}\n<Document>: "
          "{document}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n")
TEMPLATES = {  # of the models whose input is one text
    "qwen3-w32-reranker": PROMPT,
    "qwen3-w32-labels1": "query: {query} document: {document}",
    "qwen2-w30-labels2": "query: {query} document: {document}",
    "t5-w32": "Query: {query} Document: {document} Relevant:",
    "t5v1_1-w30": "Query: {query} Document: {document} Relevant:",
}


def fill(model, name):
    """Random weights by the model's name."""
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    for key, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if key.endswith("bias"):
            noise = 0.3 * noise
        elif parameter.ndim == 1:
            noise = 1 + 0.3 * noise
        elif "relative_attention_bias" in key:
            noise = 0.8 * noise
        elif "embed" in key or "shared" in key:
            noise = 0.6 * noise
        else:
            wide = any(part in key for part in ("query", "key", "Wqkv", "q_proj", "k_proj"))
            noise = (1.6 if wide else 1.2) * noise / parameter.shape[1] ** 0.5
            if "Attention.q" in key:  # T5 does not scale its attention
                noise = noise * model.config.d_kv ** -0.5
        parameter.data.copy_(noise)
    return model


def checkpoint(name, model, dtype=torch.float32, shard=None):
    folder = MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    fill(model, name).to(dtype).save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    (folder / "generation_config.json").unlink(missing_ok=True)
    return folder


def write_tokenizer(folder, tokenizer, **config):
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def write_pairs(folder):
    (folder / "pairs.tsv").write_text("".join(f"{q}\t{d}\t{label}\n" for q, d, label in PAIRS), encoding="utf-8")


def set_config(folder, remove=(), **values):
    """Rewrites config.json as the Hub's checkpoints have it."""
    file = folder / "config.json"
    config = {key: value for key, value in json.loads(file.read_text()).items() if key not in remove}
    file.write_text(json.dumps(config | values, indent=2) + "\n")


# Byte-level BPE: ModernBERT and Qwen


def byte_level(specials):
    """(vocabulary, merges): special tokens, the 256 bytes, and words merged from left to right."""
    merges = []
    for word in WORDS:
        for text in ("Ġ" + word, word):
            merges += [(text[:at], text[at]) for at in range(1, len(text))]
    merges = list(dict.fromkeys(merges))
    pieces = specials + sorted(pre_tokenizers.ByteLevel.alphabet()) + ["".join(merge) for merge in merges]
    return {piece: at for at, piece in enumerate(pieces)}, merges


def modernbert_tokenizer():
    """ModernBERT's: NFC, GPT-2's pattern, runs of spaces as tokens, [CLS] query [SEP] passage [SEP]."""
    specials = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    vocabulary, merges = byte_level(specials)
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(each, normalized=False, lstrip=each == "[MASK]") for each in specials])
    tokenizer.add_tokens([AddedToken(" " * count, normalized=True) for count in (4, 3, 2)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(each, vocabulary[each]) for each in ("[CLS]", "[SEP]")])
    return tokenizer


def modernbert_config(layers, width, heads, inner, tokenizer, **more):
    ids = {f"{role}_token_id": tokenizer.token_to_id(f"[{token}]") for role, token in
           (("pad", "PAD"), ("cls", "CLS"), ("sep", "SEP"), ("bos", "CLS"), ("eos", "SEP"))}
    return ModernBertConfig(vocab_size=tokenizer.get_vocab_size(), hidden_size=width, intermediate_size=inner,
                            num_hidden_layers=layers, num_attention_heads=heads, max_position_embeddings=192,
                            **ids, **more)


def modernbert_files(folder, tokenizer):
    write_tokenizer(folder, tokenizer, tokenizer_class="PreTrainedTokenizerFast", model_max_length=192,
                    model_input_names=["input_ids", "attention_mask"], clean_up_tokenization_spaces=True,
                    pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")


def modernbert(name, layers, width, heads, inner, labels, old_keys=False, storage=None, **more):
    """old_keys: config.json with the keys that checkpoints of before transformers 5 have."""
    tokenizer = modernbert_tokenizer()
    config = modernbert_config(layers, width, heads, inner, tokenizer, num_labels=labels, **more)
    folder = checkpoint(name, ModernBertForSequenceClassification(config), **storage or {})
    if old_keys:
        set_config(folder, remove=("rope_parameters", "layer_types"), global_attn_every_n_layers=3,
                   global_rope_theta=160000.0, local_rope_theta=10000.0)
    modernbert_files(folder, tokenizer)
    write_pairs(folder)


def ettin(name):
    """A plain encoder with the modules of sentence-transformers, saved by sentence-transformers."""
    from sentence_transformers import CrossEncoder
    from sentence_transformers.base.modules import Dense, Transformer
    from sentence_transformers.sentence_transformer.modules import LayerNorm, Pooling

    tokenizer = modernbert_tokenizer()
    encoder = fill(ModernBertModel(modernbert_config(4, 36, 3, 50, tokenizer, local_attention=8)), name)
    with tempfile.TemporaryDirectory() as plain:
        encoder.save_pretrained(plain)
        modernbert_files(Path(plain), tokenizer)
        width = encoder.config.hidden_size
        model = CrossEncoder(modules=[
            Transformer(plain), Pooling(width, "cls"),
            Dense(width, width, bias=False, activation_function=torch.nn.GELU()), LayerNorm(width),
            Dense(width, 1, bias=True, activation_function=torch.nn.Identity(), module_output_name="scores")],
            activation_fn=torch.nn.Identity())
        for at in (2, 3, 4):
            fill(model[at], f"{name}{at}")
        folder = MODELS / name
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(str(folder), create_model_card=False)
    write_pairs(folder)


def main():
    modernbert("modernbert-w36-labels1", 4, 36, 3, 50, 1, old_keys=True, local_attention=8)
    modernbert("modernbert-w36-mean-labels2", 4, 36, 3, 50, 2, classifier_pooling="mean", attention_bias=True,
               mlp_bias=True, norm_bias=True, classifier_bias=True, local_attention=384)
    modernbert("modernbert-l1-w20-h1-labels1", 1, 20, 1, 30, 1)
    ettin("ettin-w36")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
