/** Baselines: where the path to an input begins. */

import type { PathPair } from "../model/batch.ts";
import type { EncoderConfig } from "../model/config.ts";
import type { EncodedPair } from "../model/tokenizer.ts";

/**
 * `pad`: [PAD] at every position (the paper's); `pad-content`: [CLS] and [SEP] are kept;
 * `pad-query`: only the query becomes [PAD]; `zero`, `zero-query`: the zero vector instead of [PAD].
 * Positions and token types are those of the input in all of them.
 */
export const baselines = ["pad", "pad-content", "pad-query", "zero", "zero-query"] as const;

/** The name of a baseline. */
export type Baseline = typeof baselines[number];

const QUERY = 1; // indices into model/tokenizer.ts's segments
const PASSAGE = 3;

/** A pair with its baseline. */
export function pathPair(
  encoded: EncodedPair,
  baseline: Baseline,
  config: Pick<EncoderConfig, "padding">,
): PathPair {
  const word = baseline.startsWith("zero") ? -1 : config.padding;
  const replaced = (segment: number) => {
    if (baseline === "pad" || baseline === "zero") return true;
    return segment === QUERY || baseline === "pad-content" && segment === PASSAGE;
  };
  const { ids, segments } = encoded;
  return {
    encoded,
    baseline: Int32Array.from(ids, (id, i) => replaced(segments[i]) ? word : id),
  };
}
