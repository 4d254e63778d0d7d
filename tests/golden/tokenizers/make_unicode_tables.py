"""Makes src/model/tokenizer/unicode_tables.ts: which characters Hugging Face's tokenizers treat how.

Their Rust libraries hold tables of several Unicode versions, none of which is JavaScript's. So every code point
is put to the library itself. Needs tokenizers, sentencepiece with
protobuf, and unicodedata2 (a Unicode version at least as new as JavaScript's).

    python make_unicode_tables.py && deno fmt ../../../src/model/tokenizer/unicode_tables.ts
"""
import tempfile
import unicodedata
from pathlib import Path

import tokenizers
import unicodedata2 as unicode
from make_tokenizers import charsmap_of
from tokenizers import normalizers, pre_tokenizers

TARGET = Path(__file__).parents[3] / "src" / "model" / "tokenizer" / "unicode_tables.ts"
CHARACTERS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def bert(**options):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**(off | options)).normalize_str


def pieces(pre_tokenizer, text):
    return [piece for piece, _ in pre_tokenizer.pre_tokenize_str(text)]


def ranges(belongs):
    """Code points, as hexadecimal numbers and ranges."""
    found = []
    for character in CHARACTERS:
        if belongs(character):
            c = ord(character)
            if found and found[-1][1] == c - 1:
                found[-1][1] = c
            else:
                found.append([c, c])
    return " ".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in found)


def inert_to_normalizer():
    """Those that this program must keep from String.normalize: younger than the library's tables."""
    forms = {form: getattr(normalizers, form)().normalize_str for form in ("NFC", "NFD", "NFKC", "NFKD")}
    inert = set()
    for c in CHARACTERS:
        for form, normalize in forms.items():
            # as they stand, and among marks of low and high combining classes
            for text in (c, f"{c}\u0334", f"\u0345{c}", f"\u0323{c}\u0323", f"\u0301{c}\u0301"):
                if normalize(text) != unicode.normalize(form, text):
                    inert.add(c)
        if c in inert:
            decomposed = unicode.normalize("NFD", c)
            if len(decomposed) > 1:  # its parts must not be composed
                inert.add(decomposed[0])
    return inert


def young_lowercase():
    """Capitals whose small letter Python does not know: JavaScript engines may not either."""
    lower = normalizers.Lowercase().normalize_str
    young = {c: lower(c) for c in CHARACTERS if lower(c) != c.lower() and lower(c) != c}
    assert all(len(small) == 1 for small in young.values())
    return " ".join(f"{ord(c):x}:{ord(small):x}" for c, small in young.items())


def young_marks():
    """Marks that join the grapheme before them, which Python does not know: JavaScript engines may not either."""
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.write("45\t65\n")  # a grapheme of few bytes becomes what its first character becomes
        file.flush()
        rewrite = normalizers.Precompiled(charsmap_of(normalization_rule_tsv=file.name)).normalize_str
    return ranges(lambda c: rewrite(f"E{c}") == "e" and unicodedata.category(c) == "Cn")


def main():
    clean, strip = bert(clean_text=True), bert(strip_accents=True)
    marks = normalizers.StripAccents().normalize_str
    inert = inert_to_normalizer()
    nonspacing = ranges(lambda c: strip(f"a{c}b") == "ab")
    tables = {
        "removed": ("what BertNormalizer's clean_text removes", ranges(lambda c: clean(f"a{c}b") == "ab")),
        "punctuation": ("punctuation, ASCII's symbols included", ranges(
            lambda c: pieces(pre_tokenizers.Punctuation(), f"a{c}b") == ["a", c, "b"])),
        "nonspacing": ("nonspacing marks, as BertNormalizer strips them", nonspacing),
        "marks": ("combining marks, as StripAccents strips them", ranges(lambda c: marks(f"a{c}b") == "ab")),
        "numeric": ("numeric characters, as Digits splits them", ranges(
            lambda c: pieces(pre_tokenizers.Digits(), f"a{c}b") == ["a", c, "b"])),
        "inert": ("what normal forms leave as it is: younger than their tables", ranges(lambda c: c in inert)),
        "youngMarks": ("marks that a JavaScript engine may not know", young_marks()),
        "youngLowercase": ("capitals that a JavaScript engine may not know, and their small letters",
                           young_lowercase()),
    }
    lines = [
        f"/** Unicode as tokenizers {tokenizers.__version__} has it, by tests/golden/tokenizers/make_unicode_tables.py. */",
        "",
    ]
    for name, (what, table) in tables.items():
        words = table.split(" ")
        lines += [f"/** {what[0].upper()}{what[1:]}. */", f"export const {name} ="]
        rows, row = [], ""
        for word in words:
            if len(row) + len(word) > 90:
                rows.append(row)
                row = ""
            row += word + " "
        rows.append(row.strip())
        lines += [f'  "{row}" +' for row in rows[:-1]] + [f'  "{rows[-1]}";', ""]
    TARGET.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
