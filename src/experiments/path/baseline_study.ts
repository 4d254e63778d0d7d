/** Table 1: what is left of the relevance signal when inputs are replaced by baselines (C08). */

import { type Baseline, pathPair } from "../../attribution/baseline.ts";
import { type CrossEncoder, scorePaths, type TextPair } from "../../model/cross_encoder.ts";
import type { EncodeOptions } from "../../model/tokenizer.ts";
import { type ChunkOptions, inChunks } from "../ablation/chunks.ts";
import type { BaselineRow, BaselineStudy } from "../results/results.ts";

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

/** Options of {@linkcode baselineStudy}; chunks hold p(relevant) - p(non-relevant) of a pair by row. */
export interface BaselineStudyOptions extends EncodeOptions, ChunkOptions {
  /** The collection that the pairs are of. */
  readonly collection: string;
}

/** Mean p(relevant) - p(non-relevant) of the pairs as they are, and replaced by every baseline. */
export async function baselineStudy(
  encoder: CrossEncoder,
  pairs: readonly TextPair[],
  { collection, finished, onChunk: onChunk, ...encoding }: BaselineStudyOptions,
): Promise<BaselineStudy> {
  const work = { count: pairs.length, numbers: rows.length, finished, onChunk };
  const differences = await inChunks(work, async (first, end) => {
    const encoded = pairs.slice(first, end).map(({ query, passage }) =>
      encoder.tokenizer.encode(query, passage, encoding)
    );
    const found = new Float64Array(encoded.length * rows.length);
    for (const [row, [baseline]] of rows.entries()) {
      const paths = encoded.map((one) =>
        pathPair(one, baseline === "original" ? "pad" : baseline, encoder.config)
      );
      const scores = await scorePaths(encoder, paths, { t: baseline === "original" ? 1 : 0 });
      scores.forEach(({ probability }, i) => found[i * rows.length + row] = 2 * probability - 1);
    }
    return found;
  });
  const found = rows.map(([baseline, paper], row): BaselineRow => ({
    baseline,
    paper,
    ...meanAndError(Array.from(pairs, (_, i) => differences[i * rows.length + row])),
  }));
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
