/** Baselines: where the path to an input begins. */

import type { PathPair } from "../../model/batch.ts";
import type { EncoderConfig } from "../../model/config.ts";
import type { EncodedPair } from "../../model/pair_tokenizer.ts";

/**
 * `pad`: [PAD] at every position (the paper's); `pad-content`: [CLS] and [SEP] are kept;
 * `pad-query`: only the query becomes [PAD]; `zero`, `zero-query`: the zero vector instead of [PAD].
 * Positions and token types are those of the input in all of them.
 */
export const baselines = ["pad", "pad-content", "pad-query", "zero", "zero-query"] as const;

/** The name of a baseline. */
export type Baseline = typeof baselines[number];

/** Which texts of a bi-encoder move along the path; a text that does not stays the input. */
export const movingTexts = ["both", "passage", "query"] as const;

/** What moves. */
export type MovingText = typeof movingTexts[number];

/** Refuses a text that moves alone where the model reads both together. */
export function checkMoving(path: MovingText | undefined, apart: boolean): void {
  if (apart || path === undefined || path === "both") return;
  throw new TypeError(
    `Cannot use path ${path} with this model: expected both, as it reads query and passage together`,
  );
}

const QUERY = 1; // indices into the segments of model/pair_tokenizer.ts
const PASSAGE = 3;

/**
 * A pair with its baseline.
 *
 * @throws {TypeError} | {RangeError} where `path` is for a bi-encoder, or nothing would move.
 */
export function pathPair(
  encoded: EncodedPair,
  baseline: Baseline,
  config: Pick<EncoderConfig, "padding">,
  path?: MovingText,
): PathPair {
  const word = baseline.startsWith("zero") ? -1 : config.padding;
  const replaced = (segment: number) => {
    if (baseline === "pad" || baseline === "zero") return true;
    return segment === QUERY || baseline === "pad-content" && segment === PASSAGE;
  };
  const { ids, segments, second } = encoded;
  checkMoving(path, second !== undefined);
  if (path === "passage" && baseline.endsWith("-query")) {
    throw new RangeError(
      `Cannot use baseline ${baseline} with path passage: expected one that changes the passage`,
    );
  }
  const moves = (i: number) =>
    second === undefined || path === undefined || path === "both" ||
    (path === "query") === (i < second);
  return {
    encoded,
    baseline: Int32Array.from(ids, (id, i) => moves(i) && replaced(segments[i]) ? word : id),
  };
}
