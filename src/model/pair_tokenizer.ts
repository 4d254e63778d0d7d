/** What a tokenizer makes of a pair, and what a model asks of its tokenizer. */

import type { EncoderConfig } from "./config.ts";

/** What a token of a pair belongs to, in order. */
export const segments: readonly Segment[] = [
  "[CLS]",
  "query",
  "first [SEP]",
  "passage",
  "last [SEP]",
];

/** The same of a prompt: `template` is all of its own words. */
export const promptSegments: readonly Segment[] = ["start", "query", "template", "passage", "end"];

/** What a token of a pair, or of a prompt, belongs to. */
export type Segment =
  | "[CLS]"
  | "query"
  | "first [SEP]"
  | "passage"
  | "last [SEP]"
  | "start"
  | "template"
  | "end";

/** A tokenized pair of T tokens; of a bi-encoder [CLS] query [SEP], then [CLS] passage [SEP]. */
export interface EncodedPair {
  /** Word piece ids [T]. */
  readonly ids: Uint32Array;
  /** Token types [T]: 0 up to the first separator, 1 after it; all 0 in models of one type. */
  readonly types: Uint32Array;
  /** Index into {@linkcode PairTokenizer.segmentNames} [T]; a passage's own [CLS] counts for "first [SEP]". */
  readonly segments: Uint8Array;
  /** Word pieces [T]. */
  readonly tokens: readonly string[];
  /** Where the passage's text begins, in models that encode query and passage apart. */
  readonly second?: number;
  /** Of ColBERT: how many of the query's last tokens, its [MASK]s, no token attends to. */
  readonly unseen?: number;
  /** Of ColBERT: 0 for tokens that maxima over the passage's leave out, else 1 [T]. */
  readonly counted?: Uint8Array;
}

/** The texts of a pair that are encoded together: all its tokens, or query and passage apart. */
export function textsOf(
  { ids, second }: Pick<EncodedPair, "ids" | "second">,
): readonly { readonly first: number; readonly count: number }[] {
  if (second === undefined) return [{ first: 0, count: ids.length }];
  return [{ first: 0, count: second }, { first: second, count: ids.length - second }];
}

/** Options of {@linkcode PairTokenizer.encode}. */
export interface EncodeOptions {
  /** Longest pair, or text of a bi-encoder, in tokens; the model's own limit unless given, and never more. */
  readonly maxLength?: number;
  /** `pair`: the types that the tokenizer gives, 1 for passages. `zeros`: every token has type 0. */
  readonly segments?: "pair" | "zeros";
}

/** Makes pairs of tokens. */
export interface PairTokenizer {
  /** What the user should know of how the tokenizer's files were read. */
  readonly notes: readonly string[];
  /** What tokens belong to: five names, of which `segments` of a pair are indices. */
  readonly segmentNames: readonly Segment[];
  /** The id of a word piece; undefined where the vocabulary lacks it. */
  idOf(piece: string): number | undefined;
  /** The ids of all word pieces, special ones among them, by their text. */
  readonly pieces: ReadonlyMap<string, number>;
  /** The id of the padding token, where the files name one. */
  readonly padding?: number;
  /**
   * [CLS] query [SEP] passage [SEP] (`<s> query </s></s> passage </s>` in RoBERTa), cut to
   * `maxLength` from the longer side first, as Hugging Face's fast tokenizers do. With a
   * template the whole prompt, cut at the passage's end, then at the query's: its own words are `template`.
   * Of a bi-encoder [CLS] query [SEP] and [CLS] passage [SEP], each cut by itself, of type 0.
   */
  encode(query: string, passage: string, options?: EncodeOptions): EncodedPair;
}

/** What a model asks of its tokenizer. */
export type TokenizerLimits =
  & Pick<EncoderConfig, "family" | "maxTokens" | "vocabulary" | "types">
  & Partial<Pick<EncoderConfig, "padding" | "template" | "similarity" | "late">>;
