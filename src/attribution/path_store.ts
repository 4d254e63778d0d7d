/** Evaluates points of paths and keeps every activation and gradient of as many as it has room for. */

import type { EndpointWeights, Target, Tensor } from "../compute/ops.ts";
import { backward } from "../model/backward.ts";
import {
  freeSequences,
  type PathPair,
  type PathPoint,
  uploadSequences,
  uploadTokens,
  uploadWords,
  type WordTable,
} from "../model/batch.ts";
import { type Encoder, forward, freeRun } from "../model/forward.ts";
import type { Value } from "../model/graph.ts";
import { type Capacity, type Kept, keptTensors, numbersPerToken, windowOf } from "../model/kept.ts";
import { type Masks } from "../model/mask.ts";
import { numbersPerPass } from "../model/memory.ts";
import { objectiveOf } from "./objective.ts";
import type { UnitTarget } from "./towards.ts";

/** Where the store keeps one evaluated point. */
export interface StoredPoint extends PathPoint {
  /** Its first token's line. */
  readonly token: number;
  /** Its row's line. */
  readonly sequence: number;
}

/** A pair, its baseline and the class that F speaks for. */
export interface LabelledPath extends PathPair {
  /** 1 relevant, 0 non-relevant. */
  readonly label: 0 | 1;
}

/** An interval of a path; both ends are kept. */
export type Interval = readonly [StoredPoint, StoredPoint];

/** Holds points of pairs. */
export interface PathStore {
  readonly capacity: Capacity;
  readonly encoder: Encoder;
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
  /** Items of {@linkcode Ops.conductance}: for tensors with a line a token, and with a line a row. */
  itemsOf(intervals: readonly Interval[]): IntervalItems;
  /** Gives everything back. */
  close(): void;
}

/** Items of {@linkcode Ops.conductance} of the same intervals. */
export interface IntervalItems {
  /** For values with a line a token. */
  readonly byToken: Tensor;
  /** For values with a line a sequence. */
  readonly bySequence: Tensor;
}

/** The items that fit a value. */
export function itemsFor({ byToken, bySequence }: IntervalItems, { lines }: Value): Tensor {
  return lines === "token" ? byToken : bySequence;
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
  /** What F is; a unit's activation only where the encoder's graph ends at it. */
  readonly target: Target | UnitTarget;
  readonly masks?: Masks;
  /** The words of all paths, where several stores share them; whoever gives them frees them. */
  readonly words?: WordTable;
}

/** Opens a store. */
export function openPathStore(
  encoder: Encoder,
  { paths, capacity, target, masks, words }: StoreOptions,
): PathStore {
  const { ops, config, graph, weights } = encoder;
  const table = words ?? uploadWords(ops, config, weights, paths);
  const values = keptTensors(ops, graph, capacity);
  const gradients = keptTensors(ops, graph, capacity);
  const lengthOf = ({ pair }: PathPoint) => paths[pair].encoded.ids.length;
  const zeros = (count: number) => ops.indices(count, 1, new Uint32Array(count));

  function itemsOf(intervals: readonly Interval[]) {
    const byToken = intervals.flatMap(([a, b]) => [a.token, b.token, lengthOf(a)]);
    const bySequence = intervals.flatMap(([a, b]) => [a.sequence, b.sequence, 1]);
    return {
      byToken: ops.indices(intervals.length, 3, Uint32Array.from(byToken)),
      bySequence: ops.indices(intervals.length, 3, Uint32Array.from(bySequence)),
    };
  }
  return {
    ...{ capacity, encoder, paths, values, gradients, itemsOf },
    evaluate(points, at) {
      const own = [...new Set(points.map(({ pair }) => pair))];
      const place = new Map(own.map((pair, i) => [pair, i]));
      const pairs = uploadTokens(ops, config, table, own.map((pair) => paths[pair]));
      const sequences = uploadSequences(
        ops,
        graph,
        pairs,
        points.map(({ pair, t }) => ({ pair: place.get(pair)!, t })),
      );
      const { tokens, count } = sequences;
      const lines = { tokens, sequences: count };
      const here = { from: at, capacity: lines };
      const ofRows = masks && { masks, ofToken: zeros(tokens), ofSequence: zeros(count) };
      const pass = { pairs, sequences, masks: ofRows };
      const run = forward(encoder, pass, windowOf(ops, values, here));
      const rows = points.map(({ pair }) => paths[pair]);
      const { F, gradient } = objectiveOf(encoder, run, { rows, target });
      backward(encoder, { run, gradients: windowOf(ops, gradients, here) }, gradient);
      freeRun(encoder, run);
      freeSequences(ops, sequences);
      ops.free(
        gradient,
        pairs.tokens,
        ...(ofRows ? [ofRows.ofToken, ofRows.ofSequence] : []),
      );
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
      ops.free(items.byToken, items.bySequence);
      return out;
    },
    close() {
      ops.free(...values.values(), ...gradients.values(), ...(words ? [] : [table.words]));
    },
  };
}
