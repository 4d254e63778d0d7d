/** What a batch brings to the operations' memory: the tokens of its pairs, and rows along their paths. */

import type { Ops, Tensor } from "../compute/ops.ts";
import type { EncoderConfig } from "./config.ts";
import type { EncodedPair } from "./tokenizer.ts";
import type { Weights } from "./weights.ts";

/** A pair with the word at each position of its baseline. */
export interface PathPair {
  /** The input, T tokens. */
  readonly encoded: EncodedPair;
  /** Word piece ids [T]; -1 is the zero vector. */
  readonly baseline: Int32Array;
}

/** The pairs of a batch. */
export interface PairTensors {
  readonly words: Tensor; // [W, E], the word embeddings that occur
  readonly tokens: Tensor; // index [n, 4], of all pairs: input word, baseline word, position, type
  /** First line of each pair in `tokens`. */
  readonly first: readonly number[];
  /** Tokens of each pair. */
  readonly lengths: readonly number[];
}

/** One row of a batch: a point of a pair's path. */
export interface PathPoint {
  /** Which of the batch's pairs. */
  readonly pair: number;
  /** 0 the baseline, 1 the input. */
  readonly t: number;
}

/** The rows of a batch: M tokens of R rows. */
export interface RowTensors {
  readonly tokens: number; // M
  readonly count: number; // R
  readonly longest: number; // tokens of the longest row
  readonly embedRows: Tensor; // index [R, 4], see Embedding.rows
  readonly rowOfToken: Tensor; // index [M, 1]
  readonly t: Tensor; // [R, 1]
  readonly attentionRows: Tensor; // index [R, 4], every token a query
  readonly lastRows: Tensor; // index [R, 4], [CLS] the only query
  readonly rowOfRow: Tensor; // index [R, 1], 0 … R - 1
  readonly cls: Tensor; // index [R, 1], each row's first token
}

/** Brings pairs to memory. */
export function uploadPairs(
  ops: Ops,
  config: EncoderConfig,
  weights: Weights,
  pairs: readonly PathPair[],
): PairTensors {
  const lineOf = new Map<number, number>();
  const line = (word: number) => {
    if (!lineOf.has(word)) lineOf.set(word, lineOf.size);
    return lineOf.get(word)!;
  };
  const tokens: number[] = [];
  const first: number[] = [];
  for (const { encoded: { ids, types }, baseline } of pairs) {
    first.push(tokens.length / 4);
    const positions = positionsOf(ids, config);
    ids.forEach((id, i) => tokens.push(line(id), line(baseline[i]), positions[i], types[i]));
  }
  const width = config.embeddingWidth;
  const words = new Float32Array(lineOf.size * width);
  for (const [word, at] of lineOf) {
    if (word >= 0) words.set(weights.words.subarray(word * width, (word + 1) * width), at * width);
  }
  return {
    words: ops.floats(lineOf.size, width, words),
    tokens: ops.indices(tokens.length / 4, 4, Uint32Array.from(tokens)),
    first,
    lengths: pairs.map(({ encoded }) => encoded.ids.length),
  };
}

/**
 * Lines of the position table [T]. In the families of fairseq they count from the padding id + 1, a
 * padding token in the text has the padding id's line and is not counted.
 */
export function positionsOf(
  ids: Uint32Array,
  { family, padding }: Pick<EncoderConfig, "family" | "padding">,
): Uint32Array {
  if (!family.positionsAfterPadding) return ids.map((_, i) => i);
  let last = padding;
  return ids.map((id) => id === padding ? padding : ++last);
}

/** Brings rows to memory. */
export function uploadRows(
  ops: Ops,
  { first, lengths }: PairTensors,
  points: readonly PathPoint[],
): RowTensors {
  const count = points.length;
  const embedRows = new Uint32Array(4 * count);
  const attentionRows = new Uint32Array(4 * count);
  const lastRows = new Uint32Array(4 * count);
  const cls = new Uint32Array(count);
  let tokens = 0;
  points.forEach(({ pair }, r) => {
    const length = lengths[pair];
    embedRows.set([tokens, length, first[pair], 0], 4 * r);
    attentionRows.set([tokens, length, tokens, length], 4 * r);
    lastRows.set([tokens, length, r, 1], 4 * r);
    cls[r] = tokens;
    tokens += length;
  });
  const rowOfToken = new Uint32Array(tokens);
  points.forEach(({ pair }, r) => rowOfToken.fill(r, cls[r], cls[r] + lengths[pair]));
  return {
    tokens,
    count,
    longest: Math.max(...points.map(({ pair }) => lengths[pair])),
    embedRows: ops.indices(count, 4, embedRows),
    rowOfToken: ops.indices(tokens, 1, rowOfToken),
    t: ops.floats(count, 1, Float64Array.from(points, ({ t }) => t)),
    attentionRows: ops.indices(count, 4, attentionRows),
    lastRows: ops.indices(count, 4, lastRows),
    rowOfRow: ops.indices(count, 1, Uint32Array.from(points, (_, r) => r)),
    cls: ops.indices(count, 1, cls),
  };
}

/** Gives a batch's rows back. */
export function freeRows(ops: Ops, rows: RowTensors): void {
  const { embedRows, rowOfToken, t, attentionRows, lastRows, rowOfRow, cls } = rows;
  ops.free(embedRows, rowOfToken, t, attentionRows, lastRows, rowOfRow, cls);
}
