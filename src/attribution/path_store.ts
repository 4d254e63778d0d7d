/** Evaluates points of paths and keeps every activation and gradient of as many as it has room for. */

import type { EndpointWeights, Target, Tensor } from "../compute/ops.ts";
import {
  type Activations,
  activationsWindow,
  type Capacity,
  isPerSequence,
  keptActivations,
  type LayerTensors,
  numbersPerToken,
  tensorsOf,
} from "../model/activations.ts";
import { backward } from "../model/backward.ts";
import {
  freeSequences,
  type PairTensors,
  type PathPair,
  type PathPoint,
  uploadPairs,
  uploadSequences,
} from "../model/batch.ts";
import { components, unitsOf, unitsPerLayer } from "../model/components.ts";
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

/** Holds the points of a group of pairs. */
export interface PathStore {
  readonly capacity: Capacity;
  readonly encoder: Encoder;
  /** Makes `pairs` the group whose points are evaluated from now on. */
  begin(pairs: readonly LabelledPath[]): void;
  /** Records the evaluation of `points` (pair: index in the group), to be kept from line `at`. */
  evaluate(
    points: readonly PathPoint[],
    at: Capacity,
  ): { readonly places: StoredPoint[]; readonly F: Tensor };
  /** Records every interval's sum at every cut: [cuts, intervals], to be read and freed. */
  cutSums(intervals: readonly Interval[], pairing: EndpointWeights): Tensor;
  /** Adds the conductances of intervals, which lie together pair by pair, to the group's sums. */
  addConductances(intervals: readonly Interval[], pairing: EndpointWeights): void;
  /** The group's sums since `begin`: for every pair, the conductance of every neuron by id. */
  conductances(): Promise<Float64Array[]>;
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

/** Opens a store with room for `room` lines. */
export function openPathStore(
  encoder: Encoder,
  { capacity, target, masks }: {
    readonly capacity: Capacity;
    readonly target: Target;
    readonly masks?: Masks;
  },
): PathStore {
  const { ops, config, weights } = encoder;
  const values = keptActivations(ops, config, capacity);
  const gradients = keptActivations(ops, config, capacity);
  let group: readonly LabelledPath[] = [];
  let pairs: PairTensors | undefined;
  let sums: { readonly width: Tensor; readonly inner: Tensor } | undefined;
  let summed = false;

  function end() {
    if (pairs) ops.free(pairs.words, pairs.tokens);
    if (sums) ops.free(sums.width, sums.inner);
  }
  const window = (activations: Activations, from: Capacity, lines: Capacity) =>
    activationsWindow(ops, config, activations, { from, capacity: lines });

  /** Conductance of intervals at one tensor: [intervals, width]. */
  function partial(
    [y, g]: readonly [Tensor, Tensor],
    items: Tensor,
    pairing: EndpointWeights,
  ): Tensor {
    const out = ops.empty(items.rows, y.width);
    ops.conductance(out, y, g, items, pairing);
    return out;
  }
  /** Items for tensors with a line a token, and for those with a line a row. */
  function itemsOf(intervals: readonly Interval[]) {
    const byToken = intervals.flatMap(([a, b]) => [a.token, b.token, pairs!.lengths[a.pair]]);
    const bySequence = intervals.flatMap(([a, b]) => [a.sequence, b.sequence, 1]);
    return {
      byToken: ops.indices(intervals.length, 3, Uint32Array.from(byToken)),
      bySequence: ops.indices(intervals.length, 3, Uint32Array.from(bySequence)),
    };
  }

  return {
    capacity,
    encoder,
    begin(next) {
      end();
      group = next;
      pairs = uploadPairs(ops, config, weights, group);
      const lines = config.layers * group.length;
      sums = {
        width: ops.empty((components.length - 1) * lines, config.width),
        inner: ops.empty(lines, config.inner),
      };
      summed = false;
    },
    evaluate(points, at) {
      const sequences = uploadSequences(ops, pairs!, points);
      const lines = { tokens: sequences.tokens, sequences: sequences.count };
      const activations = window(values, at, lines);
      const all = (value: number, count: number) =>
        ops.indices(count, 1, new Uint32Array(count).fill(value));
      const pass = {
        pairs: pairs!,
        sequences,
        masks: masks &&
          { masks, ofToken: all(0, sequences.tokens), ofSequence: all(0, sequences.count) },
      };
      const cache = forward(encoder, activations, pass);
      const F = ops.empty(sequences.count, 1);
      const dlogits = ops.empty(sequences.count, config.labels);
      const label = ops.floats(
        sequences.count,
        1,
        Float64Array.from(points, (p) => group[p.pair].label),
      );
      ops.objective(F, dlogits, cache.logits, label, target);
      backward(
        encoder,
        { activations, gradients: window(gradients, at, lines) },
        dlogits,
        {
          pass,
          cache,
        },
      );
      freeForwardCache(ops, cache);
      freeSequences(ops, sequences);
      ops.free(dlogits, label, ...(pass.masks ? [pass.masks.ofToken, pass.masks.ofSequence] : []));
      let token = at.tokens;
      const places = points.map((point, r) => {
        const place = { ...point, token, sequence: at.sequences + r };
        token += pairs!.lengths[point.pair];
        return place;
      });
      return { places, F };
    },
    cutSums(intervals, pairing) {
      const items = itemsOf(intervals);
      const out = ops.empty((2 * config.layers + 1) * intervals.length, 1);
      let at = 0;
      const cut = (y: Tensor, g: Tensor, perSequence: boolean) => {
        const part = partial([y, g], perSequence ? items.bySequence : items.byToken, pairing);
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
    addConductances(intervals, pairing) {
      const items = itemsOf(intervals);
      const groups = ops.indices(group.length, 2, groupsOf(intervals, group.length));
      values.layers.forEach((layer: LayerTensors, l) => {
        let line = l * (components.length - 1) * group.length;
        for (const component of components) {
          const perSequence = isPerSequence(config, l, component);
          const part = partial(
            [layer[component], gradients.layers[l][component]],
            perSequence ? items.bySequence : items.byToken,
            pairing,
          );
          if (component === "intermediate") {
            ops.sumRows(sums!.inner, part, groups, { accumulate: summed, at: l * group.length });
          } else {
            ops.sumRows(sums!.width, part, groups, { accumulate: summed, at: line });
            line += group.length;
          }
          ops.free(part);
        }
      });
      ops.free(groups, items.byToken, items.bySequence);
      summed = true;
    },
    async conductances() {
      const [width, inner] = await Promise.all([ops.read(sums!.width), ops.read(sums!.inner)]);
      const results = group.map(() => new Float64Array(config.layers * unitsPerLayer(config)));
      let id = 0;
      let line = 0;
      for (let l = 0; l < config.layers; l++) {
        for (const component of components) {
          const units = unitsOf(config, component);
          const isInner = component === "intermediate";
          const from = isInner ? l * group.length : line;
          results.forEach((result, pair) => {
            const at = (from + pair) * units;
            result.set((isInner ? inner : width).subarray(at, at + units), id);
          });
          if (!isInner) line += group.length;
          id += units;
        }
      }
      return results;
    },
    close() {
      end();
      ops.free(...tensorsOf(values), ...tensorsOf(gradients));
    },
  };
}

/** For every pair of the group, its first interval and how many it has. */
function groupsOf(intervals: readonly Interval[], pairs: number): Uint32Array {
  const groups = new Uint32Array(2 * pairs);
  intervals.forEach(([{ pair }], i) => {
    if (groups[2 * pair + 1]++ === 0) groups[2 * pair] = i;
    else if (intervals[i - 1][0].pair !== pair) {
      throw new RangeError(`Cannot sum intervals: those of pair ${pair} do not lie together`);
    }
  });
  return groups;
}
