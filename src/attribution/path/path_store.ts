/** Evaluates points of paths and keeps every activation and gradient of as many as it has room for. */

import type { EndpointWeights, Ops, Tensor } from "../../compute/ops.ts";
import { backward } from "../../model/backward.ts";
import {
  freeSequences,
  type PathPair,
  type PathPoint,
  uploadSequences,
  uploadTokens,
  uploadWords,
  type WordTable,
} from "../../model/batch.ts";
import { type Encoder, forward, freeRun } from "../../model/forward.ts";
import type { Value } from "../../model/steps.ts";
import {
  type Capacity,
  type Kept,
  keptTensors,
  numbersPerToken,
  windowOf,
} from "../../model/kept.ts";
import { freeMasksOfRows, type Masks, masksOfRows } from "../../model/mask.ts";
import { numbersPerPass } from "../../model/memory.ts";
import { objectiveOf, type PathTarget } from "../target/objective.ts";

/** Where the store keeps one evaluated point. Of two pairs it is two sequences, which follow each other. */
export interface StoredPoint extends PathPoint {
  /** Its first token's line. */
  readonly token: number;
  /** Its place among the points that are kept. */
  readonly sequence: number;
}

/** A pair, its baseline and the class that F speaks for; or two pairs, whose tokens follow each other. */
export interface LabelledPath extends PathPair {
  /** Tokens of the first of two pairs. */
  readonly split?: number;
  /** 1 relevant, 0 non-relevant. */
  readonly label: 0 | 1;
}

/** An interval of a path; both ends are kept. */
export type Interval = readonly [StoredPoint, StoredPoint];

/** Holds points of pairs. */
export interface PathStore {
  /** Tokens, and points in place of sequences. */
  readonly capacity: Capacity;
  readonly encoder: Encoder;
  /** Sequences of a point: 2 where paths are of two pairs. */
  readonly sides: 1 | 2;
  /** Whether conductances are summed by the segment of tokens too. */
  readonly bySegment: boolean;
  /** The pairs; points name them by their place here. */
  readonly paths: readonly LabelledPath[];
  /** What the sites and cuts held at the kept points. */
  readonly values: Kept;
  /** Gradients of F with respect to them. */
  readonly gradients: Kept;
  /** Records the evaluation of `points`, to be kept from line `at`; F [points, 1] is to be freed. */
  evaluate(
    points: readonly PathPoint[],
    at: Capacity,
  ): { readonly places: StoredPoint[]; readonly F: Tensor };
  /** Records every interval's sum at every cut: [cuts, intervals], to be read and freed. */
  cutSums(intervals: readonly Interval[], pairing: EndpointWeights): Tensor;
  /**
   * Items of {@linkcode Ops.conductance}: for tensors with a line a token, and with a line a row; of all
   * sides of the points unless one is named.
   */
  itemsOf(intervals: readonly Interval[], side?: number): IntervalItems;
  /** Gives everything back. */
  close(): void;
}

/** Items of {@linkcode Ops.conductance} of the same intervals. */
export interface IntervalItems {
  /** For values with a line a token. */
  readonly byToken: Tensor;
  /** For values with a line a sequence. */
  readonly bySequence: Tensor;
  /** For values with a line a text of two. */
  readonly byText?: Tensor;
}

/** The pairs of a path, one or two. */
function pairsOf({ encoded, baseline, split }: LabelledPath): readonly PathPair[] {
  if (split === undefined) return [{ encoded, baseline }];
  const { ids, types, segments, tokens } = encoded;
  return [[0, split], [split, ids.length]].map(([from, to]) => ({
    encoded: {
      ids: ids.subarray(from, to),
      types: types.subarray(from, to),
      segments: segments.subarray(from, to),
      tokens: tokens.slice(from, to),
    },
    baseline: baseline.subarray(from, to),
  }));
}

/** The tokens of a path, or of one of its two pairs. */
export function tokensOf(
  { encoded: { ids }, split = ids.length }: LabelledPath,
  side: number | undefined,
) {
  if (side === undefined) return { first: 0, count: ids.length };
  return side === 0 ? { first: 0, count: split } : { first: split, count: ids.length - split };
}

/** The items that fit a value. */
export function itemsFor({ byToken, bySequence, byText }: IntervalItems, { lines }: Value): Tensor {
  return { token: byToken, sequence: bySequence, text: byText! }[lines];
}

/** Frees items. */
export function freeItems(ops: Ops, { byToken, bySequence, byText }: IntervalItems): void {
  ops.free(byToken, bySequence, ...(byText ? [byText] : []));
}

/** Bytes of a kept token: values and gradients of all sites and cuts. */
export function bytesPerKeptToken({ ops, graph }: Encoder): number {
  return 2 * ops.limits.floatBytes * numbersPerToken(graph);
}

/** Bytes that a token takes only while its batch is evaluated. */
export function bytesPerPassingToken({ ops, graph }: Encoder): number {
  return ops.limits.floatBytes * numbersPerPass(graph).gradients;
}

/** Options of {@linkcode openPathStore}. */
export interface StoreOptions {
  readonly paths: readonly LabelledPath[];
  /** How many lines there is room for. */
  readonly capacity: Capacity;
  /** What F is; a unit's activation only where the encoder's graph ends at it, `pairwise` of two pairs. */
  readonly target: PathTarget;
  readonly masks?: Masks;
  /** Whether conductances are summed by the segment of tokens too. */
  readonly bySegment?: boolean;
  /** The words of all paths, where several stores share them; whoever gives them frees them. */
  readonly words?: WordTable;
}

/** Opens a store. */
export function openPathStore(
  encoder: Encoder,
  { paths, capacity, target, masks, bySegment = false, words }: StoreOptions,
): PathStore {
  const { ops, config, graph, weights } = encoder;
  const table = words ?? uploadWords(ops, config, weights, paths);
  const sides = target === "pairwise" ? 2 : 1;
  const linesAt = ({ tokens, sequences }: Capacity): Capacity => (
    { tokens, sequences: sides * sequences }
  );
  const values = keptTensors(ops, graph, linesAt(capacity));
  const gradients = keptTensors(ops, graph, linesAt(capacity));
  const lengthOf = ({ pair }: PathPoint) => paths[pair].encoded.ids.length;

  function itemsOf(intervals: readonly Interval[], side?: number): IntervalItems {
    const byToken = intervals.flatMap(([a, b]) => {
      const { first, count } = tokensOf(paths[a.pair], side);
      return [a.token + first, b.token + first, count];
    });
    const bySequence = intervals.flatMap(([a, b]) => {
      const [from, to] = [a, b].map(({ sequence }) => sides * sequence + (side ?? 0));
      return [from, to, side === undefined ? sides : 1];
    });
    const upload = (items: readonly number[]) =>
      ops.indices(intervals.length, 3, Uint32Array.from(items));
    // a sequence's two texts lie one after the other; then a point has one side
    const byText = graph.texts === 2 &&
      intervals.flatMap(([a, b]) => [2 * a.sequence, 2 * b.sequence, 2]);
    return {
      byToken: upload(byToken),
      bySequence: upload(bySequence),
      ...(byText ? { byText: upload(byText) } : {}),
    };
  }
  return {
    ...{ capacity, encoder, sides, bySegment, paths, values, gradients, itemsOf },
    evaluate(points, at) {
      const own = [...new Set(points.map(({ pair }) => pair))];
      const place = new Map(own.map((pair, i) => [pair, sides * i]));
      const pairs = uploadTokens(ops, config, table, own.flatMap((pair) => pairsOf(paths[pair])));
      const sequences = uploadSequences(
        ops,
        graph,
        pairs,
        points.flatMap(({ pair, t }) =>
          Array.from({ length: sides }, (_, side) => ({ pair: place.get(pair)! + side, t }))
        ),
      );
      const { tokens, count } = sequences;
      const lines = { tokens, sequences: count };
      const here = { from: linesAt(at), capacity: lines };
      const encoded = points.flatMap(({ pair }) => pairsOf(paths[pair]).map((one) => one.encoded));
      const of = encoded.map(() => 0);
      const ofRows = masks && masksOfRows(ops, masks, { graph, pairs: encoded, of });
      const pass = { pairs, sequences, masks: ofRows };
      const run = forward(encoder, pass, windowOf(ops, values, here));
      const rows = points.map(({ pair }) => paths[pair]); // a row a point
      const { F, gradient } = objectiveOf(encoder, run, { rows, target });
      backward(encoder, { run, gradients: windowOf(ops, gradients, here) }, gradient);
      freeRun(encoder, run);
      freeSequences(ops, sequences);
      ops.free(gradient, pairs.tokens);
      if (ofRows) freeMasksOfRows(ops, ofRows);
      let token = at.tokens;
      const places = points.map((point, r) => {
        const stored = { ...point, token, sequence: at.sequences + r };
        token += lengthOf(point);
        return stored;
      });
      return { places, F };
    },
    cutSums(intervals, pairing) {
      const items = itemsOf(intervals);
      const out = ops.empty(graph.cuts.length * intervals.length, 1);
      graph.cuts.forEach(({ value }, cut) => {
        const part = ops.empty(intervals.length, value.width);
        const [y, g] = [values.get(value)!, gradients.get(value)!];
        ops.conductance(part, y, g, itemsFor(items, value), pairing);
        ops.sumColumns(out, part, { at: cut * intervals.length });
        ops.free(part);
      });
      freeItems(ops, items);
      return out;
    },
    close() {
      ops.free(...values.values(), ...gradients.values(), ...(words ? [] : [table.words]));
    },
  };
}
