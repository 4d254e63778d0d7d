/** Words in the space of a model's word embeddings. */

import { normOf, product } from "./vectors.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";

/** Words as vectors; each is made once. */
export interface WordVectors {
  /** A word's vector [E] of length 1, the mean of its word pieces'; undefined where that is zero. */
  vectorOf(word: string): Float64Array | undefined;
  /** The cosine of two words; NaN where one has no vector. */
  similarity(a: string, b: string): number;
}

/** The word vectors of a model: its embeddings before position, type and LayerNorm. */
export function wordVectors(
  { tokenizer, weights, config }: Pick<CrossEncoder, "tokenizer" | "weights" | "config">,
): WordVectors {
  const { embeddingWidth: width } = config;
  const known = new Map<string, Float64Array | undefined>();
  const make = (word: string) => {
    // the word is encoded as within a text: byte-level tokenizers treat the first word of a text differently
    const { ids, segments } = tokenizer.encode(` ${word}`, "");
    const pieces = ids.filter((_, i) => segments[i] === QUERY);
    const vector = new Float64Array(width);
    for (const id of pieces) {
      for (let i = 0; i < width; i++) vector[i] += weights.words[id * width + i] / pieces.length;
    }
    const norm = normOf(vector);
    return norm > 0 ? vector.map((value) => value / norm) : undefined;
  };
  const vectorOf = (word: string) => {
    if (!known.has(word)) known.set(word, make(word));
    return known.get(word);
  };
  return {
    vectorOf,
    similarity(a, b) {
      const [x, y] = [vectorOf(a), vectorOf(b)];
      return x && y ? product(x, y) : NaN;
    },
  };
}

const QUERY = 1; // index into model/tokenizer.ts's segments
