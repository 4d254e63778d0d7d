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


QWEN_PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
                r"|\s+(?!\S)|\s+")


def qwen_tokenizer():
    """Qwen's: its pattern, then bytes; nothing is put around a text. Its own tokens stand after all the others."""
    vocabulary, merges = byte_level([])
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN_PATTERN), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.add_special_tokens([AddedToken(each, normalized=False)
                                  for each in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")])
    tokenizer.add_tokens([AddedToken(each, normalized=False, special=False) for each in ("<think>", "</think>")])
    return tokenizer


def qwen(name, config_class, model_class, layers, width, heads, groups, inner, storage=None, pad=True, **more):
    """pad=False: config.json with the keys of Qwen3-Reranker's, whose padding token tokenizer_config.json alone names."""
    tokenizer = qwen_tokenizer()
    ids = {f"{role}_token_id": tokenizer.token_to_id(f"<|{token}|>") for role, token in
           (("bos", "endoftext"), ("eos", "im_end"), *([("pad", "endoftext")] if pad else []))}
    config = config_class(vocab_size=tokenizer.get_vocab_size() + 3, hidden_size=width, intermediate_size=inner,
                          num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=groups,
                          max_position_embeddings=512, max_window_layers=layers, **ids, **more)
    folder = checkpoint(name, model_class(config), **storage or {})
    if not pad:
        set_config(folder, remove=("rope_parameters", "layer_types"), rope_theta=1000000.0, rope_scaling=None)
    write_tokenizer(folder, tokenizer, tokenizer_class="Qwen2Tokenizer", model_max_length=512, add_prefix_space=False,
                    add_bos_token=False, bos_token=None, eos_token="<|im_end|>", pad_token="<|endoftext|>",
                    unk_token=None, clean_up_tokenization_spaces=False, errors="replace")
    write_pairs(folder)


# Unigram: T5 and DeBERTa


def unigram(specials, unknown, more=()):
    """(pieces with scores, tokenizer): words with their space before, parts of words, and single letters."""
    parts = ["s", "ed", "ing", "er", "ly", "un", "known"]
    letters = ["▁", *"abcdefghijklmnopqrstuvwxyzTSQDRZ0123456789.,?!;:'-é"]
    pieces = list(dict.fromkeys([*more, *("▁" + word for word in WORDS), *parts, *letters]))
    scores = [(special, 0.0) for special in specials]
    scores += [(piece, -2.0 - 0.01 * at - (6.0 if len(piece) == 1 else 0.0)) for at, piece in enumerate(pieces)]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=specials.index(unknown), byte_fallback=False))
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer


def t5(name, width, heads, size, inner, decoder_layers, encoder_layers=2, tied=True, storage=None, **more):
    """The vocabulary is as large as T5's is: a few rows more than the tokenizer has pieces."""
    extra = [f"<extra_id_{at}>" for at in (2, 1, 0)]
    own = ["▁true", "▁false", "▁Query", "▁Document", "▁Relevant", ":"]
    tokenizer = unigram(["<pad>", "</s>", "<unk>"], "<unk>", own)
    tokenizer.normalizer = normalizers.Precompiled(base64.b64decode(small_charsmap()))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>", *extra])
    config = T5Config(vocab_size=tokenizer.get_vocab_size() + 5, d_model=width, d_kv=size, d_ff=inner,
                      num_layers=encoder_layers, num_decoder_layers=decoder_layers, num_heads=heads,
                      decoder_start_token_id=0, tie_word_embeddings=tied, **more)
    model = T5ForConditionalGeneration(config)
    if not tied:  # transformers 5 ties at construction whatever the configuration says
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.shared.weight))
    folder = checkpoint(name, model, **storage or {})
    ours = ("scale_decoder_outputs", "is_decoder", "dense_act_fn", "is_gated_act", "tie_word_embeddings")
    set_config(folder, remove=(*ours, "feed_forward_proj") if tied else ours, **({} if tied else {"tie_word_embeddings": False}))
    write_tokenizer(folder, tokenizer, tokenizer_class="T5Tokenizer", model_max_length=512, extra_ids=3,
                    pad_token="<pad>", eos_token="</s>", unk_token="<unk>", additional_special_tokens=extra)
    write_pairs(folder)


def deberta(name, labels, buckets, positions, storage=None):
    """DeBERTa-v3's settings; `positions` as in the original is the reach of the logarithmic buckets."""
    specials = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
    tokenizer = unigram(specials, "[UNK]")
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Strip(left=True, right=True), normalizers.Precompiled(base64.b64decode(small_charsmap())),
        normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    tokenizer.add_special_tokens([*specials, "[MASK]"])
    config = DebertaV2Config(
        vocab_size=tokenizer.get_vocab_size() + 3, hidden_size=36, num_hidden_layers=3, num_attention_heads=3,
        intermediate_size=50, num_labels=labels, max_position_embeddings=positions, type_vocab_size=0,
        relative_attention=True, max_relative_positions=-1, position_buckets=buckets, norm_rel_ebd="layer_norm",
        share_att_key=True, pos_att_type="p2c|c2p", position_biased_input=False, pooler_dropout=0,
        pooler_hidden_act="gelu")
    folder = checkpoint(name, DebertaV2ForSequenceClassification(config), **storage or {})
    if labels == 1:
        set_config(folder, pos_att_type="p2c|c2p")  # as DeBERTa-v3's own have it
    write_tokenizer(folder, tokenizer, tokenizer_class="DebertaV2Tokenizer", do_lower_case=False, split_by_punct=False,
                    vocab_type="spm", sp_model_kwargs={}, model_max_length=positions, bos_token="[CLS]", eos_token="[SEP]",
                    pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")
    write_pairs(folder)


def main(*only):
    """All models, or those whose names begin with one of `only`."""
    rope = {"rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}}
    made = {
        "modernbert-w36-labels1": lambda name: modernbert(name, 4, 36, 3, 50, 1, old_keys=True, local_attention=8),
        "modernbert-w36-mean-labels2": lambda name: modernbert(
            name, 4, 36, 3, 50, 2, classifier_pooling="mean", attention_bias=True, mlp_bias=True, norm_bias=True,
            classifier_bias=True, local_attention=384),
        "modernbert-l1-w20-h1-labels1": lambda name: modernbert(name, 1, 20, 1, 30, 1),
        "ettin-w36": ettin,
        "qwen3-w32-reranker": lambda name: qwen(
            name, Qwen3Config, Qwen3ForCausalLM, 3, 32, 4, 2, 44, head_dim=10, tie_word_embeddings=True, pad=False, **rope),
        "qwen3-w32-labels1": lambda name: qwen(
            name, Qwen3Config, Qwen3ForSequenceClassification, 3, 32, 4, 2, 44, head_dim=10, num_labels=1,
            storage={"dtype": torch.bfloat16}, **rope),
        "qwen2-w30-labels2": lambda name: qwen(
            name, Qwen2Config, Qwen2ForSequenceClassification, 3, 30, 3, 1, 41, num_labels=2, **rope),
        "t5-w32": lambda name: t5(name, 32, 4, 6, 44, 3, relative_attention_num_buckets=8,
                                  relative_attention_max_distance=20, storage={"shard": "60KB"}),
        "t5v1_1-w30": lambda name: t5(name, 30, 3, 8, 41, 2, tied=False, feed_forward_proj="gated-gelu",
                                      relative_attention_num_buckets=12, relative_attention_max_distance=40),
        "debertav2-w36-labels1": lambda name: deberta(name, 1, 24, 256),
        "debertav2-w36-labels2": lambda name: deberta(name, 2, 8, 120),
    }
    for name, make in made.items():
        if not only or name.startswith(only):
            make(name)
            print(name, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*sys.argv[1:])
