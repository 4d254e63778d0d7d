/** Evaluates points of paths and keeps every activation and gradient of as many as it has room for. */

import type { EndpointWeights, Target, Tensor } from "../compute/ops.ts";
import {
  type Activations,
  activationsWindow,
  type Capacity,
  isPerSequence,
  keptActivations,
  numbersPerToken,
  tensorsOf,
} from "../model/activations.ts";
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
import { type Encoder, forward, freeForwardCache } from "../model/forward.ts";
import { type Masks } from "../model/mask.ts";

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
  /** Activations of the kept points. */
  readonly values: Activations;
  /** Gradients of F with respect to them. */
  readonly gradients: Activations;
  /** Records the evaluation of `points`, to be kept from line `at`; F [points, 1] is to be freed. */
  evaluate(
    points: readonly PathPoint[],
    at: Capacity,
  ): { readonly places: StoredPoint[]; readonly F: Tensor };
  /** Records every interval's sum at every cut: [cuts, intervals], to be read and freed. */
  cutSums(intervals: readonly Interval[], pairing: EndpointWeights): Tensor;
  /** Items of {@linkcode Ops.conductance}: for tensors with a line a token, and with a line a row. */
  itemsOf(
    intervals: readonly Interval[],
  ): { readonly byToken: Tensor; readonly bySequence: Tensor };
  /** Gives everything back. */
  close(): void;
}

/** Bytes of a kept token: activations and gradients of all layers. */
export function bytesPerKeptToken({ ops, config }: Encoder): number {
  return 2 * ops.limits.floatBytes * numbersPerToken(config);
}

/** Bytes that a token takes only while its batch is evaluated. */
export function bytesPerPassingToken({ ops, config }: Encoder): number {
  const { layers, width, heads, inner } = config;
  return ops.limits.floatBytes * (layers * (width + heads) + 2 * inner + 4 * width);
}

/** Options of {@linkcode openPathStore}. */
export interface StoreOptions {
  readonly paths: readonly LabelledPath[];
  /** How many lines there is room for. */
  readonly capacity: Capacity;
  readonly target: Target;
  readonly masks?: Masks;
  /** The words of all paths, where several stores share them; whoever gives them frees them. */
  readonly words?: WordTable;
}

/** Opens a store. */
export function openPathStore(
  encoder: Encoder,
  { paths, capacity, target, masks, words }: StoreOptions,
): PathStore {
  const { ops, config, weights } = encoder;
  const table = words ?? uploadWords(ops, config, weights, paths);
  const values = keptActivations(ops, config, capacity);
  const gradients = keptActivations(ops, config, capacity);
  const window = (activations: Activations, from: Capacity, lines: Capacity) =>
    activationsWindow(ops, config, activations, { from, capacity: lines });
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
        pairs,
        points.map(({ pair, t }) => ({ pair: place.get(pair)!, t })),
      );
      const { tokens, count } = sequences;
      const lines = { tokens, sequences: count };
      const activations = window(values, at, lines);
      const ofRows = masks && { masks, ofToken: zeros(tokens), ofSequence: zeros(count) };
      const pass = { pairs, sequences, masks: ofRows };
      const cache = forward(encoder, activations, pass);
      const F = ops.empty(count, 1);
      const dlogits = ops.empty(count, config.labels);
      const labels = Float64Array.from(points, ({ pair }) => paths[pair].label);
      const label = ops.floats(count, 1, labels);
      ops.objective(F, dlogits, cache.logits, label, target);
      const both = { activations, gradients: window(gradients, at, lines) };
      backward(encoder, both, dlogits, { pass, cache });
      freeForwardCache(ops, cache);
      freeSequences(ops, sequences);
      ops.free(
        dlogits,
        label,
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
      const out = ops.empty((2 * config.layers + 1) * intervals.length, 1);
      let at = 0;
      const cut = (y: Tensor, g: Tensor, perSequence: boolean) => {
        const part = ops.empty(intervals.length, y.width);
        ops.conductance(part, y, g, perSequence ? items.bySequence : items.byToken, pairing);
        ops.sumColumns(out, part, { at });
        ops.free(part);
        at += intervals.length;
      };
      cut(values.embedding, gradients.embedding, false);
      values.layers.forEach((layer, l) => {
        for (const name of ["attended", "output"] as const) {
          cut(layer[name], gradients.layers[l][name], isPerSequence(config, l, name));
        }
      });
      ops.free(items.byToken, items.bySequence);
      return out;
    },
    close() {
      ops.free(...tensorsOf(values), ...tensorsOf(gradients), ...(words ? [] : [table.words]));
    },
  };
}
