/** Integrates along known points of the paths of a group, in chunks that share their boundary point. */

import type { EndpointWeights } from "../../compute/ops.ts";
import type { Capacity } from "../../model/kept.ts";
import type { PathSums } from "./path_sums.ts";
import type { Interval, PathStore, StoredPoint } from "./path_store.ts";

/** What integration finds of one pair. */
export interface Integral {
  /** F at every point. */
  readonly F: number[];
  /** For every interval, the sum of the conductances at every cut. */
  readonly cutSums: Float64Array[];
}

/** Lines that a group needs for `points` points kept at once, the boundary's included. */
export function capacityFor(
  lengths: readonly number[],
  points: number,
  alignment: number,
): Capacity {
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  return {
    tokens: aligned(tokens, alignment) + (points - 1) * tokens,
    sequences: aligned(lengths.length, alignment) + (points - 1) * lengths.length,
  };
}

/** `lines` rounded up, so that a window can begin there. */
export function aligned(lines: number, alignment: number): number {
  return Math.ceil(lines / alignment) * alignment;
}

/**
 * Evaluates the points `t` (ascending) of pairs of the store; adds their conductances to `sums` where
 * they are given.
 *
 * The boundary of two chunks is kept, not evaluated again: chunks lie by turns at the end of the
 * store, their last point last, and at its beginning, their last point first, so that each leaves
 * the last point of the one before it untouched.
 *
 * @throws {RangeError} where the store has no room for two points.
 */
export async function integrate(
  store: PathStore,
  pairs: readonly number[],
  { t, pairing, sums, signal }: {
    readonly t: readonly number[];
    readonly pairing: EndpointWeights;
    readonly sums?: PathSums;
    readonly signal?: AbortSignal;
  },
): Promise<Integral[]> {
  const lengths = pairs.map((pair) => store.paths[pair].encoded.ids.length);
  const { rowAlignment } = store.encoder.ops.limits;
  const block = {
    tokens: lengths.reduce((sum, length) => sum + length, 0),
    sequences: pairs.length,
  };
  const back = {
    tokens: aligned(block.tokens, rowAlignment),
    sequences: aligned(block.sequences, rowAlignment),
  };
  const fit = (capacity: Capacity) =>
    Math.min(
      Math.floor(capacity.tokens / block.tokens),
      Math.floor(capacity.sequences / block.sequences),
    );
  const { tokens, sequences } = store.capacity;
  const whole = fit(store.capacity) >= t.length; // then there is no boundary to keep
  const chunk = whole
    ? t.length
    : fit({ tokens: tokens - back.tokens, sequences: sequences - back.sequences });
  if (chunk < 1) throw new RangeError("Cannot integrate: the store has no room for two points");
  const integrals = pairs.map((): Integral => ({ F: [], cutSums: [] }));
  let boundary: readonly StoredPoint[] | undefined;
  let atBack = !whole;
  for (let first = 0; first < t.length; first += chunk) {
    signal?.throwIfAborted();
    const count = Math.min(chunk, t.length - first);
    const order = [...Array(count).keys()];
    if (!atBack) order.unshift(order.pop()!); // the last point goes first
    const points = order.flatMap((k) => pairs.map((pair) => ({ pair, t: t[first + k] })));
    const { places, F } = store.evaluate(points, atBack ? back : { tokens: 0, sequences: 0 });
    const placesOf = (k: number) =>
      places.slice(order.indexOf(k) * pairs.length, (order.indexOf(k) + 1) * pairs.length);
    const nodes = [...(boundary ? [boundary] : []), ...order.map((_, k) => placesOf(k))];
    const byPair = pairs.map((_, i) =>
      nodes.slice(1).map((node, k): Interval => [nodes[k][i], node[i]])
    );
    const intervals = byPair.flat();
    const { ops } = store.encoder;
    const cuts = intervals.length > 0 ? store.cutSums(intervals, pairing) : undefined;
    sums?.add(byPair, pairing);
    const [values, atCuts] = await Promise.all([ops.read(F), cuts ? ops.read(cuts) : []]);
    ops.free(F, ...(cuts ? [cuts] : []));
    const each = nodes.length - 1;
    integrals.forEach((integral, i) => {
      for (let k = 0; k < count; k++) {
        integral.F.push(values[order.indexOf(k) * pairs.length + i]);
      }
      for (let k = 0; k < each; k++) {
        integral.cutSums.push(column(atCuts, i * each + k, intervals.length));
      }
    });
    boundary = nodes.at(-1);
    atBack = !atBack;
  }
  return integrals;
}

/** Column `i` of a matrix [., width] that lies in `values`: one interval's sum at every cut. */
export function column(
  values: ArrayLike<number>,
  i: number,
  width: number,
): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, cut) => values[cut * width + i]);
}
