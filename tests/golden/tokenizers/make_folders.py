"""Makes folders.jsonl: small tokenizer folders and what transformers makes of them, a case a line.

    python make_folders.py
"""
import json
import tempfile
from pathlib import Path

from tokenizers import Tokenizer
from transformers import BertTokenizer, PreTrainedTokenizerFast, RobertaTokenizer

from make_tokenizers import HERE, bpe, pre_tokenizers, word_piece, write

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ab", "Ab", "é", "e", "É", "ο", "##σ", "##ς", "abc", "##𠮷", "𠮷", "def",
         "##def", "new", "[", "]", "!", "<unknown>", "<cls>", "<sep>", "<pad>", "the", "old"]
TEXTS = ["Ab é É", "ΟΣ ος", "abc𠮷def", "the [NEW] old!", "xyz the", "[CLS] Ab <cls> [MASK] new", "北the", "old [new]New", ""]


def folder_cases():
    vocab = "\n".join(WORDS) + "\n"
    bert = json.loads(word_piece().to_str())
    bert["model"]["vocab"] = {word: at for at, word in enumerate(WORDS)}
    new = dict(content="[NEW]", lstrip=False, normalized=False, rstrip=False, single_word=False, special=True)
    word = dict(content="new", lstrip=False, normalized=True, rstrip=False, single_word=True, special=False)
    roberta = json.loads(bpe(None, pre_tokenizers.ByteLevel(False), byte_level=True, size=265).to_str())
    roberta_names = dict(cls_token="<s>", sep_token="</s>", unk_token="<unk>", pad_token="<pad>", mask_token="<mask>",
                         bos_token="<s>", eos_token="</s>")
    plain = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
             "pad_token": "[PAD]", "mask_token": "[MASK]"}
    listed = {
        "vocab.txt alone": (BertTokenizer, {"vocab.txt": vocab}),
        "vocab.txt, cased": (BertTokenizer, {"vocab.txt": vocab, "tokenizer_config.json": {"do_lower_case": False}}),
        "vocab.txt, accents kept": (BertTokenizer, {"vocab.txt": vocab, "tokenizer_config.json": {"strip_accents": False}}),
        "vocab.txt, ideographs not set apart": (
            BertTokenizer, {"vocab.txt": vocab, "tokenizer_config.json": {"tokenize_chinese_chars": False}}),
        "vocab.txt, an unknown token of another name": (
            BertTokenizer, {"vocab.txt": vocab, "tokenizer_config.json": {"unk_token": "<unknown>"}}),
        "vocab.txt, special tokens of other names": (BertTokenizer, {"vocab.txt": vocab, "special_tokens_map.json": {
            "cls_token": "<cls>", "sep_token": {**new, "content": "<sep>"}, "pad_token": "<pad>", "unk_token": "<unknown>"}}),
        "vocab.txt with added_tokens.json": (
            BertTokenizer, {"vocab.txt": vocab, "added_tokens.json": {"[NEW]": len(WORDS), "xyz": len(WORDS) + 1}}),
        "vocab.txt with added_tokens_decoder": (BertTokenizer, {"vocab.txt": vocab, "tokenizer_config.json": {
            "added_tokens_decoder": {str(len(WORDS)): new, "18": word}}}),
        "tokenizer.json, cased by its neighbour": (
            BertTokenizer, {"tokenizer.json": bert, "tokenizer_config.json": {"do_lower_case": False}}),
        "tokenizer.json, accents kept by its neighbour": (BertTokenizer, {"tokenizer.json": bert, "tokenizer_config.json": {
            "do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": True}}),
        "tokenizer.json, ideographs not set apart by its neighbour": (
            BertTokenizer, {"tokenizer.json": bert, "tokenizer_config.json": {"tokenize_chinese_chars": False}}),
        "tokenizer.json of no class": (PreTrainedTokenizerFast, {"tokenizer.json": bert, "tokenizer_config.json": {
            **plain, "do_lower_case": False}}),
        "tokenizer.json with added_tokens_decoder": (BertTokenizer, {"tokenizer.json": bert, "tokenizer_config.json": {
            "added_tokens_decoder": {str(len(WORDS)): new}}}),
        "tokenizer.json of RoBERTa, a prefix space by its neighbour": (RobertaTokenizer, {
            "tokenizer.json": roberta, "tokenizer_config.json": {"add_prefix_space": True, **roberta_names}}),
    }
    cases = []
    for name, (kind, files) in listed.items():
        with tempfile.TemporaryDirectory() as folder:
            for file, content in files.items():
                (Path(folder) / file).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
            tokenizer = kind.from_pretrained(folder)
            pairs = [tokenizer(text, TEXTS[0])["input_ids"] for text in TEXTS]
        cases.append({"name": name, "files": files, "ids": pairs})
    return cases


if __name__ == "__main__":
    (HERE / "folder_texts.json").write_text(json.dumps(TEXTS, ensure_ascii=False) + "\n", encoding="utf-8")
    write("folders", folder_cases())
