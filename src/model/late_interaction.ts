/**
 * ColBERT (Khattab and Zaharia 2020, arXiv:2004.12832; v2 arXiv:2112.01488): every token of a text keeps a
 * vector of its own, and the score is the sum over the query's tokens of the largest cosine with a token of
 * the passage. How texts are read stands in artifact.metadata, or in PyLate's
 * config_sentence_transformers.json.
 */

import { loadJsonObject } from "../formats/json_file.ts";
import type { Load } from "../formats/load.ts";
import type { Similarity } from "../compute/ops.ts";

/** How two texts are compared: their vectors, or the vectors of their tokens. */
export type Comparison = Similarity | "max-sim";

/** How ColBERT reads texts. */
export interface LateInteraction {
  /** Longest query in tokens. */
  readonly queryTokens: number;
  /** Longest passage in tokens. */
  readonly passageTokens: number;
  /** The token that follows [CLS] in queries; none where it is absent. */
  readonly queryMarker?: string;
  /** The token that follows [CLS] in passages. */
  readonly passageMarker?: string;
  /** Words whose first token is left out of the maxima where it occurs in a passage. */
  readonly skipped: readonly string[];
  /** Whether queries are filled up to `queryTokens` with [MASK]. */
  readonly expands: boolean;
  /** Whether tokens attend to those; they attend to the others in any case. */
  readonly attendsToMasks: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** Python's string.punctuation. */
const punctuation: readonly string[] = [..."!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"];

/** Reads keys of a file, each checked. */
function keysOf(json: Json, file: string) {
  const wrong = (key: string, wanted: string): never => {
    const found = JSON.stringify(json[key]);
    throw new TypeError(`Cannot use ${key} of ${file}: expected ${wanted}, got ${found}`);
  };
  return {
    wrong,
    size(key: string, fallback: number): number {
      const value = json[key] ?? fallback;
      return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 2 ** 24
        ? value
        : wrong(key, "a positive integer");
    },
    flag(key: string, fallback: boolean): boolean {
      const value = json[key] ?? fallback;
      return typeof value === "boolean" ? value : wrong(key, "true or false");
    },
    text(key: string, fallback: string): string {
      const value = json[key] ?? fallback;
      return typeof value === "string" ? value : wrong(key, "a token");
    },
  };
}

/** Values of artifact.metadata that are computed here; the first is what an absent key stands for. */
const only: Readonly<Record<string, readonly unknown[]>> = {
  similarity: ["cosine"],
  interaction: ["colbert"],
  reranker: [false],
  relu: [false],
};

/**
 * artifact.metadata of the checkpoints of `colbert-ir`, and the width that `linear.weight` gives vectors.
 *
 * @throws {RangeError} where there is none, {@linkcode TypeError} where a key asks for something else.
 */
export async function readArtifact(
  load: Load,
): Promise<{ readonly late: LateInteraction; readonly width: number }> {
  const file = "artifact.metadata";
  const json = await loadJsonObject(load, file);
  if (!json) {
    throw new RangeError(
      `Cannot use architecture HF_ColBERT: expected ${file} with query_maxlen and doc_maxlen, found none`,
    );
  }
  const { size, flag, text, wrong } = keysOf(json, file);
  for (const [key, values] of Object.entries(only)) {
    if (!values.includes(json[key] ?? values[0])) wrong(key, JSON.stringify(values[0]));
  }
  return {
    width: size("dim", 128),
    late: {
      queryTokens: size("query_maxlen", 32),
      passageTokens: size("doc_maxlen", 220),
      queryMarker: text("query_token_id", "[unused0]"),
      passageMarker: text("doc_token_id", "[unused1]"),
      skipped: flag("mask_punctuation", true) ? punctuation : [],
      expands: true,
      attendsToMasks: flag("attend_to_mask_tokens", false),
    },
  };
}

/** The same of PyLate's config_sentence_transformers.json. */
export function readPyLate(json: Json): LateInteraction {
  const { size, flag, text, wrong } = keysOf(json, "config_sentence_transformers.json");
  const similarity = String(json.similarity_fn_name ?? "MaxSim");
  if (similarity !== "MaxSim") wrong("similarity_fn_name", '"MaxSim" of a model without pooling');
  const words = json.skiplist_words ?? punctuation;
  const skipped = Array.isArray(words) && words.every((word) => typeof word === "string")
    ? words
    : wrong("skiplist_words", "a list of words");
  const expands = flag("do_query_expansion", true);
  return {
    queryTokens: size("query_length", 32),
    passageTokens: size("document_length", 180),
    queryMarker: text("query_prefix", "[Q] ") || undefined,
    passageMarker: text("document_prefix", "[D] ") || undefined,
    ...{ skipped, expands },
    attendsToMasks: expands && flag("attend_to_expansion_tokens", false),
  };
}
