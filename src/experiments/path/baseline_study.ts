/** Table 1: what is left of the relevance signal when inputs are replaced by baselines (C08). */

import { type Baseline, pathPair } from "../../attribution/baseline.ts";
import { type CrossEncoder, scorePaths, type TextPair } from "../../model/cross_encoder.ts";
import type { EncodeOptions } from "../../model/tokenizer.ts";
import { clusteredMean, clustersOf } from "../../ir/clusters.ts";
import { type ChunkOptions, inChunks } from "../ablation/chunks.ts";
import { estimateOf } from "../schemes/estimate.ts";
import type { BaselineLead, BaselineRow, BaselineStudy } from "../results/results.ts";

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
  { collection, finished, onChunk, ...encoding }: BaselineStudyOptions,
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
  const queries = pairs.map(({ query }) => query);
  const column = (row: number) => Array.from(pairs, (_, i) => differences[i * rows.length + row]);
  const found = rows.map(([baseline, paper], row): BaselineRow => {
    const { mean, error, clusters } = clusteredMean(clustersOf(column(row), queries));
    return { baseline, paper, difference: mean, standardError: clusters > 1 ? error : 0 };
  });
  const closest = (some: readonly BaselineRow[]) =>
    some.reduce((best, row) => Math.abs(row.difference) < Math.abs(best.difference) ? row : best);
  const [, pad, ...others] = found;
  return {
    ...{ collection, pairs: pairs.length, rows: found },
    queries: new Set(queries).size,
    choice: closest(found.slice(1)).baseline,
    padAhead: baselineLead(
      { row: pad, values: column(1) },
      { row: closest(others), values: column(found.indexOf(closest(others))) },
      queries,
    ),
  };
}

/** A baseline, and p(relevant) - p(non-relevant) of every pair. */
export interface BaselineSide {
  readonly row: BaselineRow;
  readonly values: readonly number[];
}

/** How much closer one baseline is to 0 than another, pair by pair; queries are the sample. */
export function baselineLead(
  first: BaselineSide,
  second: BaselineSide,
  queries: readonly string[],
): BaselineLead {
  const sign = ({ row }: BaselineSide) => Math.sign(row.difference) || 1;
  const leads = first.values.map((value, i) =>
    sign(second) * second.values[i] - sign(first) * value
  );
  const { mean, error, clusters } = clusteredMean(clustersOf(leads, queries));
  const runnerUp = second.row.baseline;
  if (clusters < 2) return { runnerUp, value: mean, interval: null, p: null };
  const { interval, p } = estimateOf(mean, error, clusters - 1);
  return { runnerUp, value: mean, interval, p };
}
