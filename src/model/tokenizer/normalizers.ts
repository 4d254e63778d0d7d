/** Normalizers of tokenizer.json, as Hugging Face's tokenizers run them. */

import { byteCharacters } from "./byte_level.ts";
import { openCharsmap } from "./charsmap.ts";
import { compilePattern } from "./pattern.ts";
import { type Fields, fieldsOf, partsOf, unknownType } from "./read.ts";
import { spansOf } from "./split.ts";
import { lowercase, marks, nonspacing, normalForm, removed, space } from "./unicode.ts";

/** Rewrites a text before it is cut. */
export type Normalizer = (text: string) => string;

/** Ideographs that BERT sets apart; the block from U+2B820 only from U+2B920 on, as the tokenizers. */
const IDEOGRAPH =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

/** What Nmt removes, and what it makes a space of. */
// deno-lint-ignore no-control-regex
const NMT_REMOVED = /[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]/g;
const NMT_SPACE = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g;

/** Each type of normalizer that is known, from its fields. */
const makers: Readonly<Record<string, (fields: Fields, place: string) => Normalizer>> = {
  BertNormalizer: bertNormalizer,
  ByteLevel: () => byteCharacters,
  Lowercase: () => lowercase,
  NFC: () => (text) => normalForm(text, "NFC"),
  NFD: () => (text) => normalForm(text, "NFD"),
  NFKC: () => (text) => normalForm(text, "NFKC"),
  NFKD: () => (text) => normalForm(text, "NFKD"),
  Nmt: () => (text) => text.replace(NMT_REMOVED, "").replace(NMT_SPACE, " "),
  Precompiled: (fields) => openCharsmap(fields.text("precompiled_charsmap")),
  Prepend: (fields) => {
    const prefix = fields.text("prepend");
    return (text) => text === "" ? "" : prefix + text;
  },
  Replace: (fields, place) => {
    const pattern = compilePattern(fields.get("pattern"), place);
    const content = fields.text("content");
    return (text) =>
      spansOf(text, pattern).map(({ start, end, match }) =>
        match ? content : text.slice(start, end)
      ).join("");
  },
  Sequence: (fields, place) => {
    const parts = partsOf(fields, "normalizers", place).map((part) => makeNormalizer(...part));
    return (text) => parts.reduce((rewritten, part) => part(rewritten), text);
  },
  Strip: (fields) => {
    const left = fields.flag("strip_left");
    const right = fields.flag("strip_right");
    return (text) => {
      const stripped = left ? text.replace(/^\p{White_Space}+/u, "") : text;
      return right ? stripped.slice(0, endOf(stripped)) : stripped;
    };
  },
  StripAccents: () => (text) => text.replace(marks, ""),
};

/** Where a text ends without the white space at its end. */
function endOf(text: string): number {
  let end = text.length;
  while (end > 0 && /\p{White_Space}/u.test(text[end - 1])) end--;
  return end;
}

/** What nothing but lower-casing changes. */
const PLAIN = /^[ -~]*$/;

function bertNormalizer(fields: Fields): Normalizer {
  const clean = fields.flag("clean_text");
  const ideographs = fields.flag("handle_chinese_chars");
  const lower = fields.flag("lowercase");
  const strip = fields.flag("strip_accents", lower);
  return (text) => {
    if (PLAIN.test(text)) return lower ? text.toLowerCase() : text;
    if (clean) text = text.replace(removed, "").replace(space, " ");
    if (ideographs) text = text.replace(IDEOGRAPH, " $& ");
    if (strip) text = normalForm(text, "NFD").replace(nonspacing, "");
    return lower ? lowercase(text) : text;
  };
}

/** The normalizer that tokenizer.json describes; null is none. */
export function makeNormalizer(component: unknown, place = "normalizer"): Normalizer {
  if (component === null || component === undefined) return (text) => text;
  const fields = fieldsOf(component, place);
  const maker = Object.hasOwn(makers, fields.type) ? makers[fields.type] : undefined;
  return maker ? maker(fields, place) : unknownType(fields, place, Object.keys(makers));
}
