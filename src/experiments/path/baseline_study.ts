/** Table 1: what is left of the relevance signal when inputs are replaced by baselines. */

import { type Baseline, type MovingText, pathPair } from "../../attribution/target/baseline.ts";
import { checkPath } from "../../attribution/path/labelled_path.ts";
import type { EncoderConfig } from "../../model/config.ts";
import { type CrossEncoder, scorePaths, type TextPair } from "../../model/cross_encoder.ts";
import type { EncodeOptions } from "../../model/pair_tokenizer.ts";
import { clusteredMean, clustersOf } from "../../ir/clusters.ts";
import { type ChunkOptions, inChunks } from "../ablation/chunks.ts";
import { estimateOf } from "../schemes/estimate.ts";
import type { BaselineLead, BaselineRow, BaselineStudy } from "../results/results.ts";

/** Whose input a row has: the pair's own, that of a query with another's passage, or a baseline's. */
type Row = Baseline | "original" | "unrelated";

/** The rows of Table 1 with the paper's numbers, and one that it leaves open (A4). */
const paper: ReadonlyMap<Row, number | null> = new Map<Row, number | null>([
  ["original", 1],
  ["pad", 0.21],
  ["pad-query", 1],
  ["zero", 0.67],
  ["zero-query", 1],
  ["pad-content", null],
]);

/** Number of rows of a cross-encoder, each a forward pass over every pair. */
export const BASELINE_ROWS: number = paper.size;

/**
 * The rows of a model's table: of a bi-encoder also unrelated texts, which show what is neutral, and no
 * baseline of the query where that does not move.
 */
export function baselineRows(
  { similarity }: Pick<EncoderConfig, "similarity">,
  path?: MovingText,
): readonly Row[] {
  if (!similarity) return [...paper.keys()];
  const [original, ...others] = paper.keys();
  const moving = others.filter((row) => path !== "passage" || !row.endsWith("-query"));
  return [original, "unrelated", ...moving];
}

/** Options of {@linkcode baselineStudy}; chunks hold p(relevant) - p(non-relevant) of a pair by row. */
export interface BaselineStudyOptions extends EncodeOptions, ChunkOptions {
  /** The collection that the pairs are of. */
  readonly collection: string;
  /** Which texts of a bi-encoder baselines replace; both unless given. */
  readonly path?: MovingText;
}

/**
 * Mean p(relevant) - p(non-relevant) of the pairs as they are, and replaced by every baseline; of a
 * bi-encoder the mean similarity.
 *
 * @throws {RangeError} where a bi-encoder's pairs are all of one query: nothing is unrelated then.
 */
export async function baselineStudy(
  encoder: CrossEncoder,
  pairs: readonly TextPair[],
  { collection, path, finished, onChunk, ...encoding }: BaselineStudyOptions,
): Promise<BaselineStudy> {
  const { tokenizer, config } = encoder;
  checkPath(config, { path });
  const rows = baselineRows(config, path);
  const unrelated = rows.includes("unrelated") ? unrelatedPassages(pairs) : [];
  const work = { count: pairs.length, numbers: rows.length, finished, onChunk };
  const all = await inChunks(work, async (first, end) => {
    const own = pairs.slice(first, end);
    const found = new Float64Array(own.length * rows.length);
    for (const [at, row] of rows.entries()) {
      const isBaseline = row !== "original" && row !== "unrelated";
      const paths = own.map(({ query, passage }, i) => {
        const text = row === "unrelated" ? unrelated[first + i] : passage;
        const encoded = tokenizer.encode(query, text, encoding);
        return pathPair(encoded, isBaseline ? row : "pad", config, path);
      });
      const scores = await scorePaths(encoder, paths, { t: isBaseline ? 0 : 1 });
      scores.forEach(({ logits, probability }, i) =>
        found[i * rows.length + at] = config.similarity ? logits[0] : 2 * probability - 1
      );
    }
    return found;
  });
  const queries = pairs.map(({ query }) => query);
  const column = (row: number) => Array.from(pairs, (_, i) => all[i * rows.length + row]);
  const found = rows.map((baseline, row): BaselineRow => {
    const { mean, error, clusters } = clusteredMean(clustersOf(column(row), queries));
    const standardError = clusters > 1 ? error : 0;
    const ofPaper = config.similarity ? null : paper.get(baseline)!;
    return { baseline, paper: ofPaper, difference: mean, standardError };
  });
  const neutral = found.find(({ baseline }) => baseline === "unrelated")?.difference ?? 0;
  const from = (row: BaselineRow) => ({ ...row, difference: row.difference - neutral });
  const closest = (some: readonly BaselineRow[]) =>
    some.reduce((best, row) =>
      Math.abs(from(row).difference) < Math.abs(from(best).difference) ? row : best
    );
  const replaced = found.filter(({ baseline }) => !/^(original|unrelated)$/.test(baseline));
  const [pad, ...others] = replaced;
  const side = (row: BaselineRow) => ({
    row: from(row),
    values: column(found.indexOf(row)).map((value) => value - neutral),
  });
  return {
    ...{ collection, pairs: pairs.length, rows: found },
    ...(config.similarity ? { score: "similarity", neutral } : {}),
    queries: new Set(queries).size,
    choice: closest(replaced).baseline,
    padAhead: baselineLead(side(pad), side(closest(others)), queries),
  };
}

/** For every pair the passage of the next one whose query is another. */
function unrelatedPassages(pairs: readonly TextPair[]): readonly string[] {
  return pairs.map(({ query }, i) => {
    const after = [...pairs.slice(i + 1), ...pairs.slice(0, i)];
    const other = after.find((one) => one.query !== query);
    if (other) return other.passage;
    throw new RangeError(
      "Cannot say what is neutral for a bi-encoder: expected pairs of two or more queries, got one",
    );
  });
}

/** A baseline, and p(relevant) - p(non-relevant) of every pair, or its similarity less what is neutral. */
export interface BaselineSide {
  readonly row: BaselineRow;
  readonly values: readonly number[];
}

/** How much closer one baseline is to what is neutral than another, pair by pair; queries are the sample. */
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
