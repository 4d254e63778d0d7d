/** The conductances of pairs: sums of every neuron over tokens and intervals of the path. */

import type { EndpointWeights, Tensor } from "../../compute/ops.ts";
import type { Site } from "../../model/graph.ts";
import { SEGMENTS } from "../../model/heads.ts";
import { firstId, neuronCount } from "../../model/neurons.ts";
import { headSums } from "./head_sums.ts";
import { segmentSums } from "./segment_sums.ts";
import type { SumsBeside } from "./sums_beside.ts";
import {
  freeItems,
  type Interval,
  type IntervalItems,
  itemsFor,
  type PathStore,
} from "./path_store.ts";

/** Sums of some pairs. */
export interface PathSums {
  /** Adds the conductances of intervals in their order: a list for every pair. */
  add(intervals: readonly (readonly Interval[])[], pairing: EndpointWeights): void;
  /**
   * For every pair its conductances by neuron id; of two pairs those of the first, then of the second. What
   * the tokens of each segment contribute follows, where that is summed. Neurons that the graph does not ask
   * for have NaN.
   */
  read(): Promise<Float64Array[]>;
  /** Gives the memory back. */
  free(): void;
}

/** Opens sums of `count` pairs whose points a store keeps. */
export function pathSums(store: PathStore, count: number): PathSums {
  const { values, gradients, sides, encoder: { ops, config, graph } } = store;
  /** Sites as wide as each other share a tensor: `count` lines each, side by side. */
  const sitesOf = new Map<number, Site[]>();
  for (const site of graph.sites) {
    const { width } = site.value;
    sitesOf.set(width, [...sitesOf.get(width) ?? [], site]);
  }
  const sums = new Map(
    Array.from(
      sitesOf,
      ([width, sites]) => [width, ops.empty(sites.length * sides * count, width)],
    ),
  );
  const others: readonly SumsBeside[] = [
    ...(graph.heads.length > 0 ? [headSums(store, count)] : []),
    ...(store.bySegment ? [segmentSums(store, count)] : []),
  ];
  let accumulate = false;
  return {
    add(intervals, pairing) {
      const all = intervals.flat();
      if (all.length === 0) return;
      for (const other of others) other.add(intervals, pairing);
      const sideItems = sides === 1
        ? [store.itemsOf(all)]
        : Array.from({ length: sides }, (_, side) => store.itemsOf(all, side));
      let first = 0;
      const groups = ops.indices(
        count,
        2,
        Uint32Array.from(intervals.flatMap(({ length }) => [(first += length) - length, length])),
      );
      const partial = ({ value }: Site, items: IntervalItems): Tensor => {
        const out = ops.empty(all.length, value.width);
        const [y, g] = [values.get(value)!, gradients.get(value)!];
        ops.conductance(out, y, g, itemsFor(items, value), pairing);
        return out;
      };
      for (const site of graph.sites) {
        const { width } = site.value;
        const first = sitesOf.get(width)!.indexOf(site) * sides;
        sideItems.forEach((items, side) => {
          const part = partial(site, items);
          ops.sumRows(sums.get(width)!, part, groups, { accumulate, at: (first + side) * count });
          ops.free(part);
        });
      }
      ops.free(groups);
      for (const items of sideItems) freeItems(ops, items);
      accumulate = true;
    },
    async read() {
      const [written, ...numbers] = await Promise.all([
        Promise.all(others.map((other) => other.read())),
        ...Array.from(sums, async ([width, tensor]) => [width, await ops.read(tensor)] as const),
      ]);
      const neurons = neuronCount(config);
      const vectors = sides * (store.bySegment ? 1 + SEGMENTS : 1);
      const conductances = Array.from({ length: count }, (_, pair) => {
        const conductance = new Float64Array(vectors * neurons).fill(NaN);
        for (const [width, all] of numbers) {
          sitesOf.get(width)!.forEach(({ layer, component }, i) => {
            const id = firstId(config, layer, component);
            for (let side = 0; side < sides; side++) {
              const at = ((i * sides + side) * count + pair) * width;
              conductance.set(all.subarray(at, at + width), side * neurons + id);
            }
          });
        }
        return conductance;
      });
      for (const write of written) write(conductances, neurons);
      return conductances;
    },
    free() {
      for (const other of others) other.free();
      ops.free(...sums.values());
    },
  };
}
