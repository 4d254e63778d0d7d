"""Makes golden values of tokenizer.json's components by Hugging Face's tokenizers: *.jsonl, a case a line.

texts.txt: a text a line, with Python's escapes. Versions: see ../README.md. The map of characters is made of the
rules of SentencePiece's nmt_nfkc_cf whose characters occur in the texts, by its own compiler.

    python make_tokenizers.py
"""
import base64
import codecs
import io
import json
import re
import struct
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as protobuf
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
TEXTS = [re.sub(r"\\(?:u[0-9a-f]{4}|U[0-9a-f]{8}|[trn])", lambda m: codecs.decode(m[0], "unicode_escape"), line)
         for line in (HERE / "texts.txt").read_text(encoding="utf-8").split("\n")[:-1]] + [""]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
        r"\s+(?!\S)|\s+")
LLAMA = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"])
PATTERNS = [GPT2, QWEN, LLAMA, O200K, r"\d{1,3}", r"[\p{Han}\p{Hiragana}\p{Katakana}]", r"(?<=\d)(?=(?:\d{3})\b)", r"``|''",
            r"^\s|\s$", r"^", "$", r"\w+|[^\w\s]", r"\W", r"[^\w]", r"\bx|e\b", r".", r"x*", r"[a-c\-]+?[.\]]?", r"\p{Lu}?+\p{Ll}",
            r"l++o?", r"[\u4e00-\u9fff]", r"(?:ab|a)(?=b)[^\r\na]?", r"[\d,.]+", r"\x41|\x{1F44D}", r"\S", r"[\S]", r"[^\S\n]+", r"\D+",
            r"a{,2}n", r"\P{L}", r"(?<!\s)e(?!r)"]


def rules_of(charsmap):
    """The entries of a precompiled map: (UTF-8 key, text)."""
    size = struct.unpack("<I", charsmap[:4])[0]
    units = struct.unpack(f"<{size // 4}I", charsmap[4:4 + size])
    table = charsmap[4 + size:]

    def children(unit):
        return (unit >> 10) << ((unit & (1 << 9)) >> 6)

    found, open_nodes = [], [(b"", children(units[0]))]
    while open_nodes:
        key, at = open_nodes.pop()
        for byte in range(1, 256):
            if (at ^ byte) < len(units) and units[at ^ byte] & 0x800000FF == byte:
                unit = units[at ^ byte]
                below = at ^ byte ^ children(unit)
                if unit >> 8 & 1:
                    start = units[below] & 0x7FFFFFFF
                    found.append((key + bytes([byte]), table[start:table.index(0, start)]))
                open_nodes.append((key + bytes([byte]), below))
    return found


def charsmap_of(**options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["the river bank and the old town"] * 20), model_writer=model, vocab_size=20,
        minloglevel=2, **options)
    proto = protobuf.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


def small_charsmap():
    characters = set("".join(TEXTS))
    rules = [(key.decode(), value.decode()) for key, value in rules_of(charsmap_of(normalization_rule_name="nmt_nfkc_cf"))]
    rules = sorted((key, value) for key, value in rules if set(key) <= characters)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        for key, value in rules:
            file.write("\t".join(" ".join(f"{ord(c):X}" for c in text) for text in (key, value)) + "\n")
        file.flush()
        return base64.b64encode(charsmap_of(normalization_rule_tsv=file.name)).decode()


def write(name, cases):
    with open(HERE / f"{name}.jsonl", "w", encoding="utf-8") as file:
        for case in cases:
            file.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(name, len(cases))


def state_of(component):
    return json.loads(component.__getstate__())


def normalizer_cases():
    flags = [dict(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True),
             dict(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=False),
             dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=True),
             dict(clean_text=False, handle_chinese_chars=True, strip_accents=True, lowercase=False)]
    listed = [normalizers.BertNormalizer(**options) for options in flags]
    listed += [getattr(normalizers, name)() for name in
               ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel")]
    listed += [normalizers.Strip(left, right) for left, right in ((True, True), (True, False), (False, True))]
    listed += [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁"), normalizers.Replace(Regex(r" {2,}"), " "),
               normalizers.Replace(Regex("x*"), "-"), normalizers.Replace("", "-"), normalizers.Replace(Regex(r"\s"), "$&"),
               normalizers.Precompiled(base64.b64decode(small_charsmap())),
               normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()])]
    return [{"component": state_of(one), "results": [one.normalize_str(text) for text in TEXTS]} for one in listed]


def pre_tokenizer_cases():
    P = pre_tokenizers
    behaviors = ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous")
    listed = [P.BertPreTokenizer(), P.Whitespace(), P.WhitespaceSplit(), P.Digits(True), P.Digits(False),
              P.CharDelimiterSplit("a"), P.FixedLength(3)]
    listed += [P.Punctuation(behavior) for behavior in behaviors]
    listed += [P.ByteLevel(prefix, use_regex=regex) for prefix in (True, False) for regex in (True, False)]
    listed += [P.Metaspace("▁", scheme, split) for scheme in ("always", "never") for split in (True, False)]
    listed += [P.Split(Regex(r"\s+|,"), behavior, invert) for behavior in behaviors for invert in (False, True)]
    listed += [P.Split("an", "isolated"), P.Split(" ", "merged_with_previous")]
    listed += [P.Split(Regex(pattern), "isolated") for pattern in PATTERNS]
    listed += [P.Sequence([P.WhitespaceSplit(), P.Punctuation()]), P.Sequence([P.WhitespaceSplit(), P.Metaspace()]),
               P.Sequence([P.Split(Regex(QWEN), "isolated"), P.ByteLevel(False, use_regex=False)]),
               P.Sequence([P.Whitespace(), P.Digits(True), P.ByteLevel(True)])]
    return [{"component": state_of(one), "results": [[piece for piece, _ in one.pre_tokenize_str(text)] for text in TEXTS]}
            for one in listed]


def trained(model, trainer, normalizer, pre_tokenizer):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator([text for text in TEXTS[:20] for _ in range(3)], trainer)
    return tokenizer


def bert_normalizer():
    return normalizers.BertNormalizer()


def word_piece(size=260, **options):
    # built by hand, as its trainer is of BPE's kind and its order is not the same every time
    words = re.findall(r"\w+|[^\w\s]", bert_normalizer().normalize_str(" ".join(TEXTS[:20])))
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [word for word in dict.fromkeys(words) if len(word) < 5][:size // 2]
    pieces += ["##" + word[-2:] for word in dict.fromkeys(words)][:size // 4] + ["##" + c for c in "abcdeinorstxσ"] + list("abxtοσ")
    vocab = {piece: at for at, piece in enumerate(dict.fromkeys(special + pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", **options))
    tokenizer.normalizer, tokenizer.pre_tokenizer = bert_normalizer(), pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(special)
    cls, sep = ("[CLS]", 2), ("[SEP]", 3)
    tokenizer.post_processor = processors.BertProcessing(sep, cls)
    return tokenizer


def unigram(normalizer, pre_tokenizer, size=700):
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = trained(models.Unigram(), trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token="<unk>",
                                                                  show_progress=False), normalizer, pre_tokenizer)
    state = json.loads(tokenizer.to_str())
    state["model"]["vocab"] = [[piece, round(score, 4)] for piece, score in state["model"]["vocab"]]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def bpe(normalizer, pre_tokenizer, size=400, byte_level=False, **options):
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    suffix = {key: options[key] for key in options if key == "end_of_word_suffix"}
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False, **suffix,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()) if byte_level else [])
    tokenizer = trained(models.BPE(**options), trainer, normalizer, pre_tokenizer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def with_tokens(tokenizer, *tokens):
    tokenizer.add_tokens(list(tokens))
    return tokenizer


def tokenizer_cases():
    P, N = pre_tokenizers, normalizers
    charsmap = N.Precompiled(base64.b64decode(small_charsmap()))
    xlm = P.Sequence([P.WhitespaceSplit(), P.Metaspace()])
    template = word_piece()
    template.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:0 [SEP]:0", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    roberta = bpe(None, P.ByteLevel(False), byte_level=True)
    roberta.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    sequence = bpe(N.NFC(), P.Sequence([P.Split(Regex(QWEN), "isolated"), P.ByteLevel(False, use_regex=False)]), byte_level=True,
                   ignore_merges=True)
    sequence.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", 0), ("</s>", 2)])])
    listed = {
        "WordPiece, BertProcessing": word_piece(),
        "WordPiece, TemplateProcessing with types 0, words of at most 7": template,
        "WordPiece of at most 7 characters": word_piece(max_input_chars_per_word=7),
        "WordPiece with added tokens": with_tokens(
            word_piece(), AddedToken("tok", single_word=True), AddedToken("<new>", lstrip=True, rstrip=True),
            AddedToken("Wolni", normalized=True), AddedToken("Menschen", normalized=False), AddedToken("star")),
        "Unigram, charsmap, as XLM-RoBERTa": unigram(charsmap, xlm),
        "Unigram without pre-tokenizer": unigram(None, None),
        "Unigram, NFKC, Metaspace": unigram(N.NFKC(), P.Metaspace()),
        "byte-level BPE, as RoBERTa": roberta,
        "byte-level BPE with a prefix space": bpe(None, P.ByteLevel(True), byte_level=True),
        "byte-level BPE by Qwen's pattern, ignore_merges, template": sequence,
        "BPE with unknown characters": bpe(N.Lowercase(), P.Whitespace(), size=150, unk_token="<unk>"),
        "BPE with unknown characters, fused": bpe(N.NFKC(), P.Whitespace(), size=150, unk_token="<unk>", fuse_unk=True),
        "BPE with a word's end": bpe(N.NFKC(), P.BertPreTokenizer(), size=250, unk_token="<unk>", end_of_word_suffix="</w>"),
    }
    cases = []
    for name, tokenizer in listed.items():
        pairs = [tokenizer.encode(TEXTS[at], TEXTS[at - 1]) for at in range(0, len(TEXTS), 8)]
        cases.append({
            "name": name, "definition": json.loads(tokenizer.to_str()),
            "ids": [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS],
            "pairs": [{"query": 8 * at, "ids": pair.ids, "types": pair.type_ids} for at, pair in enumerate(pairs)]})
    return cases


if __name__ == "__main__":
    write("normalizers", normalizer_cases())
    write("pre_tokenizers", pre_tokenizer_cases())
    write("tokenizers", tokenizer_cases())
