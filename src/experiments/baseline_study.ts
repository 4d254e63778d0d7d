/** Table 1: what is left of the relevance signal when inputs are replaced by baselines (C08). */

import { type Baseline, pathPair } from "../attribution/baseline.ts";
import { type CrossEncoder, scorePaths, type TextPair } from "../model/cross_encoder.ts";
import type { EncodeOptions } from "../model/tokenizer.ts";
import type { BaselineRow, BaselineStudy } from "./results.ts";

/** The rows of Table 1 with the paper's numbers, and one that it leaves open (A4). */
const rows: readonly (readonly [Baseline | "original", number | null])[] = [
  ["original", 1],
  ["pad", 0.21],
  ["pad-query", 1],
  ["zero", 0.67],
  ["zero-query", 1],
  ["pad-content", null],
];

/** Number of rows, each a forward pass over every pair. */
export const BASELINE_ROWS: number = rows.length;

/** Pairs scored between two reports of progress. */
const PIECE = 256;

/** Options of {@linkcode baselineStudy}. */
export interface BaselineStudyOptions extends EncodeOptions {
  /** The collection that the pairs are of. */
  readonly collection: string;
  /** Called with the number of inputs scored, and of how many. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** Mean p(relevant) - p(non-relevant) of the pairs as they are, and replaced by every baseline. */
export async function baselineStudy(
  encoder: CrossEncoder,
  pairs: readonly TextPair[],
  { collection, onProgress, ...encoding }: BaselineStudyOptions,
): Promise<BaselineStudy> {
  const encoded = pairs.map(({ query, passage }) =>
    encoder.tokenizer.encode(query, passage, encoding)
  );
  const found: BaselineRow[] = [];
  let done = 0;
  for (const [baseline, paper] of rows) {
    const differences: number[] = [];
    for (let at = 0; at < encoded.length; at += PIECE) {
      const paths = encoded.slice(at, at + PIECE).map((one) =>
        pathPair(one, baseline === "original" ? "pad" : baseline, encoder.config)
      );
      const scores = await scorePaths(encoder, paths, { t: baseline === "original" ? 1 : 0 });
      differences.push(...scores.map(({ probability }) => 2 * probability - 1));
      onProgress?.(done += paths.length, rows.length * encoded.length);
    }
    found.push({ baseline, paper, ...meanAndError(differences) });
  }
  const choice = found.slice(1).reduce((best, row) =>
    Math.abs(row.difference) < Math.abs(best.difference) ? row : best
  );
  return { collection, pairs: pairs.length, rows: found, choice: choice.baseline };
}

function meanAndError(values: readonly number[]) {
  const difference = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - difference) ** 2, 0);
  return {
    difference,
    standardError: values.length > 1 ? Math.sqrt(squares / (values.length - 1) / values.length) : 0,
  };
}
