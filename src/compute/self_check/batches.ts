/** Operations on a batch of rows of different lengths: the embedding and attention. */

import type { Attention, Embedding, Ops, RelativePositions } from "../ops.ts";
import { type CheckCase, CURVED, type Draw, SUMMED, unset } from "./check_case.ts";

/** What attention may do otherwise; `bias` and `relative` stand for tables of drawn numbers. */
export type AttentionOptions =
  & Pick<Attention, "scale" | "keyHeads" | "causal" | "window" | "queriesAre">
  & { readonly bias?: boolean; readonly relative?: "plain" | "masked" };

/** Heads, depth and options: each alone, then as models have them together. */
const choices: readonly (readonly [heads: number, depth: number, AttentionOptions])[] = [
  [2, 7, { scale: 0.2 }],
  [2, 7, { causal: true, queriesAre: "last" }],
  [3, 12, { window: 3 }],
  [4, 12, { keyHeads: 2 }],
  [2, 7, { bias: true }],
  [3, 12, { scale: 0.25, bias: true, queriesAre: "last" }],
  [6, 12, { keyHeads: 2, causal: true, queriesAre: "last" }],
  [4, 12, { keyHeads: 1, causal: true, window: 40, queriesAre: "last", bias: true }],
  [3, 7, { relative: "plain", scale: 0.2 }],
  [2, 12, { relative: "masked", queriesAre: "last" }],
];

/** What some models' embeddings go without. */
const partial: readonly (readonly (keyof Embedding | "bias")[])[] = [
  ["positions"],
  ["types", "bias"],
  ["positions", "types", "bias"],
  ["positions", "types", "norm"],
];

/** Lengths of the rows of a batch: odd, one token, a tile, longer than a tile. */
const batches = [[5], [1, 7, 2, 13], [33, 130, 64, 31, 32]];

/** Cases of `embed`, `attention` and its gradients. */
export function* batched(draw: Draw): Generator<CheckCase> {
  for (const lengths of batches) {
    yield embed(lengths, 20, draw);
    yield embed(lengths, 67, draw);
    for (const [heads, depth] of [[1, 3], [2, 10], [3, 32], [2, 64]]) {
      for (const queries of ["every token", "[CLS]"] as const) {
        yield* attention(lengths, { heads, depth, queries }, draw);
      }
    }
  }
}

/** Cases of attention to keys that no query sees: every second row has keys alone, those after another's. */
export function* unseen(draw: Draw): Generator<CheckCase> {
  for (const [heads, depth] of [[2, 10], [2, 64]]) {
    for (const options of [{}, { window: 30 }]) {
      const queries = "every token of two rows" as const;
      yield* attention([5, 27, 40, 13], { heads, depth, queries, options }, draw);
    }
  }
}

/** Cases of the same with options. */
export function* batchedOtherwise(draw: Draw): Generator<CheckCase> {
  for (const lengths of batches) {
    for (const without of partial) yield embed(lengths, 67, draw, without);
    for (const [heads, depth, options] of choices) {
      for (const queries of ["every token", "[CLS]"] as const) {
        yield* attention(lengths, { heads, depth, queries, options }, draw);
      }
    }
  }
}

function embed(
  lengths: readonly number[],
  width: number,
  { normal, below }: Draw,
  without: readonly string[] = [],
): CheckCase {
  const pairTokens = Math.max(...lengths);
  const [words, positions, types] = [11, pairTokens, 2].map((rows) => normal(rows * width));
  const [gain, bias] = [normal(width), normal(width)];
  // Two pairs, one after the other: rows take turns.
  const tokens = new Uint32Array(8 * pairTokens);
  below(2 * pairTokens, 11).forEach((word, i) => {
    tokens.set([word, (7 * i) % 11, i % pairTokens, i & 1], 4 * i);
  });
  const { rows, rowOf } = laidOut(lengths);
  for (let r = 0; r < lengths.length; r++) rows.set([(r & 1) * pairTokens, 0], 4 * r + 2);
  const t = Float32Array.from(lengths, (_, r) => r / lengths.length);
  return {
    operation: "embed",
    shape: [`rows of ${lengths.join(", ")} tokens, width ${width}`, ...without].join(", no "),
    bound: SUMMED,
    run(ops: Ops) {
      const out = unset(ops, rowOf.length, width);
      const norm = { gain: ops.floats(1, width, gain), epsilon: 1e-12 };
      const added = {
        positions: ops.floats(pairTokens, width, positions),
        types: ops.floats(2, width, types),
        norm: without.includes("bias") ? norm : { ...norm, bias: ops.floats(1, width, bias) },
      };
      const given = Object.entries(added).filter(([name]) => !without.includes(name));
      ops.embed(out, {
        words: ops.floats(11, width, words),
        ...Object.fromEntries(given),
        tokens: ops.indices(2 * pairTokens, 4, tokens),
        rows: ops.indices(lengths.length, 4, rows),
        rowOf: ops.indices(rowOf.length, 1, rowOf),
        t: ops.floats(lengths.length, 1, t),
      });
      return [out];
    },
  };
}

/** Lines (first, length, first, length) of rows that follow one another, and the row of each token. */
function laidOut(lengths: readonly number[]) {
  const rows: number[] = [];
  const rowOf: number[] = [];
  lengths.forEach((length, r) => {
    rows.push(rowOf.length, length, rowOf.length, length);
    for (let i = 0; i < length; i++) rowOf.push(r);
  });
  return { rows: Uint32Array.from(rows), rowOf: Uint32Array.from(rowOf) };
}

/** Cases of `attention` and its gradients on rows of these lengths. */
export function* attention(
  lengths: readonly number[],
  { heads, depth, queries, options: { bias: biased, relative, ...options } = {} }: {
    readonly heads: number;
    readonly depth: number;
    readonly queries: "every token" | "[CLS]" | "every token of two rows";
    readonly options?: AttentionOptions;
  },
  draw: Draw,
): Generator<CheckCase> {
  const { normal } = draw;
  const { rows, rowOf } = laidOut(lengths);
  const [keyCount, width] = [rowOf.length, heads * depth];
  let rowOfQuery = queries === "[CLS]" ? Uint32Array.from(lengths.keys()) : rowOf;
  if (queries === "[CLS]") lengths.forEach((_, r) => rows.set([r, 1], 4 * r + 2));
  const isUnseen = queries === "every token of two rows";
  if (isUnseen) { // tokens of every second row are queries of the one before it
    rowOfQuery = rowOf.map((r) => r - r % 2);
    lengths.forEach((length, r) => {
      const both = r % 2 === 0 ? length + lengths[r + 1] : 0;
      rows.set([rows[4 * (r - r % 2)], both], 4 * r + 2);
    });
  }
  const queryCount = rowOfQuery.length;
  const keyWidth = (options.keyHeads ?? heads) * depth;
  const [query, dout] = [0, 0].map(() => normal(queryCount * width));
  const [key, value] = [0, 0].map(() => normal(keyCount * keyWidth));
  const biasLines = 2 * Math.max(...lengths) + 1; // one more each way than any row reaches
  const bias = biased ? normal(biasLines * heads) : undefined;
  const positions = relative &&
    relativePositions({ longest: Math.max(...lengths), width, queryCount, keyCount }, {
      masked: relative === "masked",
      draw,
    });
  const shape = [
    `rows of ${lengths.join(", ")}, ${heads} heads of ${depth}, ${queries}`,
    ...Object.entries({ ...options, ...(biased ? { bias: "" } : {}), relative })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => value === true ? name : `${name} ${value}`.trim()),
  ].join(", ");
  const inputs = (ops: Ops): Attention => ({
    query: ops.floats(queryCount, width, query),
    key: ops.floats(keyCount, keyWidth, key),
    value: ops.floats(keyCount, keyWidth, value),
    rows: ops.indices(lengths.length, 4, rows),
    rowOfQuery: ops.indices(queryCount, 1, rowOfQuery),
    rowOfKey: ops.indices(keyCount, 1, rowOf),
    heads,
    longest: {
      queries: Math.max(...lengths.map((_, r) => rows[4 * r + 3])),
      keys: Math.max(...lengths),
    },
    ...options,
    ...(bias ? { bias: ops.floats(biasLines, heads, bias) } : {}),
    ...(positions ? { relative: positions(ops) } : {}),
  });
  const forward = (ops: Ops, given: Attention) => {
    const out = unset(ops, queryCount, width);
    const lse = unset(ops, queryCount, heads);
    ops.attention(out, lse, given);
    return [out, lse];
  };
  yield { operation: "attention", shape, bound: CURVED, run: (ops) => forward(ops, inputs(ops)) };
  yield {
    operation: "attentionBackward",
    shape,
    bound: CURVED,
    run(ops) {
      const given = inputs(ops);
      const [out, lse] = forward(ops, given);
      const gradient = {
        query: unset(ops, queryCount, width),
        key: unset(ops, keyCount, keyWidth),
        value: unset(ops, keyCount, keyWidth),
      };
      ops.attentionBackward(gradient, ops.floats(queryCount, width, dout), out, lse, given);
      return [gradient.query, gradient.key, gradient.value];
    },
  };
}

/** Tables of relative positions and masks of theirs: neighbours apart, those far away by threes. */
function relativePositions(
  { longest, width, queryCount, keyCount }: Readonly<
    Record<"longest" | "width" | "queryCount" | "keyCount", number>
  >,
  { masked, draw: { normal, below } }: { readonly masked: boolean; readonly draw: Draw },
): (ops: Ops) => RelativePositions {
  const bucketOf = Uint32Array.from({ length: 2 * longest + 1 }, (_, line) => {
    const distance = line - longest;
    const near = Math.min(5, Math.abs(distance));
    return 20 + Math.sign(distance) * Math.min(17, near + Math.floor(Math.abs(distance) / 3));
  });
  const buckets = 41;
  const [key, query] = [normal(buckets * width), normal(buckets * width)];
  const keeps = [0, 0].map(() => Float32Array.from(below(2 * width, 2)));
  const [byQuery, byKey] = [below(queryCount, 2), below(keyCount, 2)];
  return (ops) => ({
    key: ops.floats(buckets, width, key),
    query: ops.floats(buckets, width, query),
    bucketOf: ops.indices(2 * longest + 1, 1, bucketOf),
    ...(masked
      ? {
        keep: {
          key: {
            keep: ops.floats(2, width, keeps[0]),
            maskOf: ops.indices(queryCount, 1, byQuery),
          },
          query: { keep: ops.floats(2, width, keeps[1]), maskOf: ops.indices(keyCount, 1, byKey) },
        },
      }
      : {}),
  });
}
