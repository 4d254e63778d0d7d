/** Characters as Hugging Face's tokenizers sort, lower-case and normalize them. */

import * as tables from "./unicode_tables.ts";

/** The inside of a regular expression's class that holds the characters of a table. */
export function classOf(table: string): string {
  return table.split(" ").map((range) => range.split("-").map((code) => `\\u{${code}}`).join("-"))
    .join("");
}

const some = (table: string) => new RegExp(`[${classOf(table)}]`, "gu");

/** Control characters that BertNormalizer's clean_text removes. */
export const removed: RegExp = some(tables.removed);
/** Punctuation, and ASCII's symbols. */
export const punctuation: RegExp = some(tables.punctuation);
/** Nonspacing marks, as BertNormalizer strips them. */
export const nonspacing: RegExp = some(tables.nonspacing);
/** Combining marks, as StripAccents strips them. */
export const marks: RegExp = some(tables.marks);
/** Numeric characters, as Digits splits them. */
export const numeric: RegExp = some(tables.numeric);
/** White space of Rust's and of regular expressions: no U+FEFF, but U+0085. */
export const space = /\p{White_Space}/gu;

const youngLowercase = new Map(
  tables.youngLowercase.split(" ").map((pair) =>
    pair.split(":").map((code) => String.fromCodePoint(parseInt(code, 16))) as [string, string]
  ),
);
const young = new RegExp(`[${Array.from(youngLowercase.keys()).join("")}]`, "gu");

/** Small letters, each character by itself: Σ becomes σ at a word's end, too. */
export function lowercase(text: string): string {
  const known = text.replaceAll("Σ", "σ").toLowerCase(); // alone it depends on no neighbour
  return known.replace(young, (letter) => youngLowercase.get(letter)!);
}

/** A normal form of Unicode. */
export type NormalForm = "NFC" | "NFD" | "NFKC" | "NFKD";

const inert = new RegExp(`([${classOf(tables.inert)}]+)`, "u");

/** A normal form by the tables of Hugging Face's tokenizers, which leave younger characters alone. */
export function normalForm(text: string, form: NormalForm): string {
  // an inert character neither moves nor joins, so what stands around it is normalized by itself
  return text.split(inert).map((part, i) => i % 2 === 1 ? part : part.normalize(form)).join("");
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const youngMark = new RegExp(`^[${classOf(tables.youngMarks)}]`, "u");
const CONTROL = /^[\p{Cc}\p{Zl}\p{Zp}]/u; // nothing joins these

/** A text's graphemes; marks that are younger than the engine join what is before them. */
export function graphemesOf(text: string): string[] {
  const graphemes: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    const before = graphemes.at(-1);
    if (before !== undefined && youngMark.test(segment) && !CONTROL.test(before)) {
      graphemes[graphemes.length - 1] = before + segment;
    } else graphemes.push(segment);
  }
  return graphemes;
}
