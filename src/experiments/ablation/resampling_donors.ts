/** Which other pair each pair's neurons are taken from: one draw a pair, of its own. */

import { below, seededRandom, seedFor } from "../../ir/random.ts";
import type { Donor } from "../../model/donors.ts";
import type { Model, TextPair } from "../../model/cross_encoder.ts";
import type { EncodedPair, EncodeOptions } from "../../model/pair_tokenizer.ts";

/** Pairs that are scored: a list, or a function that tokenizes a part of one when it is needed. */
export type PairsToScore = Pick<readonly EncodedPair[], "length" | "slice">;

/** Texts that are tokenized when they are asked for: the tokens of all would take more memory than the texts. */
export function encodedWhenAsked(
  { tokenizer }: Pick<Model, "tokenizer">,
  pairs: readonly TextPair[],
  options: EncodeOptions,
): PairsToScore {
  return {
    length: pairs.length,
    slice: (first, end) =>
      pairs.slice(first, end).map(({ query, passage }) =>
        tokenizer.encode(query, passage, options)
      ),
  };
}

/** Options of {@linkcode donorOfPair}. */
export interface ResamplingOptions {
  /** The list that other pairs are drawn from; the pairs that are scored unless given. */
  readonly list?: PairsToScore;
  /** Of the draws; 0 unless given. */
  readonly seed?: number;
}

/**
 * For every pair another one of a list, each as likely. A pair's draw depends on the seed and its place
 * alone, and is the same for all sets, so that they are compared on the same draws.
 *
 * @throws {RangeError} where there is no other pair.
 */
export function donorOfPair(
  pairs: PairsToScore,
  { resampling: { list = pairs, seed = 0 } = {} }: { readonly resampling?: ResamplingOptions },
): (pair: number) => Donor {
  const others = list === pairs ? list.length - 1 : list.length;
  if (others < 1) {
    throw new RangeError(
      `Cannot resample neurons: expected another pair to take them from, got ${list.length} in all`,
    );
  }
  return (pair) => {
    const drawn = below(others, seededRandom(seedFor(seed, `donor ${pair}`)));
    const place = list === pairs && drawn >= pair ? drawn + 1 : drawn;
    const [encoded] = list.slice(place, place + 1);
    return { path: { encoded, baseline: Int32Array.from(encoded.ids) }, t: 1 };
  };
}
