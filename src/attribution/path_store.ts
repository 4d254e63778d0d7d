/** Evaluates points of paths and keeps every activation and gradient of as many as it has room for. */

import type { Pairing, Target, Tensor } from "../compute/ops.ts";
import {
  isPerRow,
  keptStream,
  type LayerTensors,
  numbersPerToken,
  type Room,
  type Stream,
  streamWindow,
  tensorsOf,
} from "../model/activations.ts";
import { backward } from "../model/backward.ts";
import {
  freeRows,
  type PairTensors,
  type PathPair,
  type PathPoint,
  uploadPairs,
  uploadRows,
} from "../model/batch.ts";
import { components, unitsOf, unitsPerLayer } from "../model/components.ts";
import { type Encoder, forward, freeForward } from "../model/forward.ts";
import { type Masks } from "../model/mask.ts";

/** Where the store keeps one evaluated point. */
export interface Place extends PathPoint {
  /** Its first token's line. */
  readonly token: number;
  /** Its row's line. */
  readonly row: number;
}

/** A pair, its baseline and the class that F speaks for. */
export interface LabelledPath extends PathPair {
  /** 1 relevant, 0 non-relevant. */
  readonly label: 0 | 1;
}

/** An interval of a path; both ends are kept. */
export type Interval = readonly [Place, Place];

/** Holds the points of a group of pairs. */
export interface PathStore {
  readonly room: Room;
  readonly encoder: Encoder;
  /** Makes `pairs` the group whose points are evaluated from now on. */
  begin(pairs: readonly LabelledPath[]): void;
  /** Records the evaluation of `points` (pair: index in the group), to be kept from line `at`. */
  evaluate(
    points: readonly PathPoint[],
    at: Room,
  ): { readonly places: Place[]; readonly F: Tensor };
  /** Records every interval's sum at every cut: [cuts, intervals], to be read and freed. */
  cutSums(intervals: readonly Interval[], pairing: Pairing): Tensor;
  /** Adds the conductances of intervals, which lie together pair by pair, to the group's sums. */
  addConductances(intervals: readonly Interval[], pairing: Pairing): void;
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
  { room, target, masks }: { readonly room: Room; readonly target: Target; readonly masks?: Masks },
): PathStore {
  const { ops, config, weights } = encoder;
  const values = keptStream(ops, config, room);
  const gradients = keptStream(ops, config, room);
  let group: readonly LabelledPath[] = [];
  let pairs: PairTensors | undefined;
  let sums: { readonly width: Tensor; readonly inner: Tensor } | undefined;
  let summed = false;

  function end() {
    if (pairs) ops.free(pairs.words, pairs.tokens);
    if (sums) ops.free(sums.width, sums.inner);
  }
  const window = (stream: Stream, from: Room, lines: Room) =>
    streamWindow(ops, config, stream, { from, room: lines });

  /** Conductance of intervals at one tensor: [intervals, width]. */
  function partial(
    [y, g]: readonly [Tensor, Tensor],
    items: Tensor,
    pairing: Pairing,
  ): Tensor {
    const out = ops.empty(items.rows, y.width);
    ops.conductance(out, y, g, items, pairing);
    return out;
  }
  /** Items for tensors with a line a token, and for those with a line a row. */
  function itemsOf(intervals: readonly Interval[]) {
    const byToken = intervals.flatMap(([a, b]) => [a.token, b.token, pairs!.lengths[a.pair]]);
    const byRow = intervals.flatMap(([a, b]) => [a.row, b.row, 1]);
    return {
      byToken: ops.indices(intervals.length, 3, Uint32Array.from(byToken)),
      byRow: ops.indices(intervals.length, 3, Uint32Array.from(byRow)),
    };
  }

  return {
    room,
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
      const rows = uploadRows(ops, pairs!, points);
      const lines = { tokens: rows.tokens, rows: rows.count };
      const stream = window(values, at, lines);
      const all = (value: number, count: number) =>
        ops.indices(count, 1, new Uint32Array(count).fill(value));
      const pass = {
        pairs: pairs!,
        rows,
        masks: masks && { masks, ofToken: all(0, rows.tokens), ofRow: all(0, rows.count) },
      };
      const memo = forward(encoder, stream, pass);
      const F = ops.empty(rows.count, 1);
      const dlogits = ops.empty(rows.count, config.labels);
      const label = ops.floats(
        rows.count,
        1,
        Float64Array.from(points, (p) => group[p.pair].label),
      );
      ops.objective(F, dlogits, memo.logits, label, target);
      backward(encoder, { stream, gradients: window(gradients, at, lines) }, dlogits, {
        pass,
        memo,
      });
      freeForward(ops, memo);
      freeRows(ops, rows);
      ops.free(dlogits, label, ...(pass.masks ? [pass.masks.ofToken, pass.masks.ofRow] : []));
      let token = at.tokens;
      const places = points.map((point, r) => {
        const place = { ...point, token, row: at.rows + r };
        token += pairs!.lengths[point.pair];
        return place;
      });
      return { places, F };
    },
    cutSums(intervals, pairing) {
      const items = itemsOf(intervals);
      const out = ops.empty((2 * config.layers + 1) * intervals.length, 1);
      let at = 0;
      const cut = (y: Tensor, g: Tensor, perRow: boolean) => {
        const part = partial([y, g], perRow ? items.byRow : items.byToken, pairing);
        ops.sumColumns(out, part, { at });
        ops.free(part);
        at += intervals.length;
      };
      cut(values.embedding, gradients.embedding, false);
      values.layers.forEach((layer, l) => {
        for (const name of ["attended", "output"] as const) {
          cut(layer[name], gradients.layers[l][name], isPerRow(config, l, name));
        }
      });
      ops.free(items.byToken, items.byRow);
      return out;
    },
    addConductances(intervals, pairing) {
      const items = itemsOf(intervals);
      const groups = ops.indices(group.length, 2, groupsOf(intervals, group.length));
      values.layers.forEach((layer: LayerTensors, l) => {
        let line = l * (components.length - 1) * group.length;
        for (const component of components) {
          const perRow = isPerRow(config, l, component);
          const part = partial(
            [layer[component], gradients.layers[l][component]],
            perRow ? items.byRow : items.byToken,
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
      ops.free(groups, items.byToken, items.byRow);
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
