/** The conductances of pairs: sums of every neuron over tokens and intervals of the path. */

import type { EndpointWeights, Tensor } from "../compute/ops.ts";
import type { Lines, Site } from "../model/graph.ts";
import { SEGMENTS } from "../model/heads.ts";
import { firstId, neuronCount, partsOf } from "../model/neurons.ts";
import { headSums } from "./head_sums.ts";
import { itemsBySegment, linesOfPoint } from "./segment_items.ts";
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
   * For every pair the conductance of every neuron by id, of two pairs those of the first and then of the
   * second; then, by segment, what tokens of each contribute. NaN where the graph does not ask for it.
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
  const heads = graph.heads.length > 0 ? headSums(store, count) : undefined;
  const segmentSums = store.bySegment
    ? new Map(
      graph.sites.map((site) => [site, ops.zeros(sides * SEGMENTS * count, site.value.width)]),
    )
    : new Map<Site, Tensor>();
  /** Adds to the sums by segment. */
  const addSegments = (
    intervals: readonly (readonly Interval[])[],
    pairing: EndpointWeights,
  ) => {
    const all = intervals.flatMap((own, pair) => own.map((one) => [pair, one] as const));
    for (let side = 0; side < sides; side++) {
      const known = new Map<Lines, ReturnType<typeof itemsBySegment>>();
      for (const [{ value }, sum] of segmentSums) {
        const ends = ([a, b]: Interval) =>
          [a, b].map((point) => linesOfPoint(store, point, { side, value }));
        const { items, groups } = known.get(value.lines) ?? itemsBySegment(
          ops,
          all.map(([pair, interval]) => {
            const [from, to] = ends(interval);
            return { pair, from, to };
          }),
          count,
        );
        known.set(value.lines, { items, groups });
        const part = ops.empty(items.rows, value.width);
        ops.conductance(part, values.get(value)!, gradients.get(value)!, items, pairing);
        ops.sumRows(sum, part, groups, { accumulate: true, at: side * SEGMENTS * count });
        ops.free(part);
      }
      for (const { items, groups } of known.values()) ops.free(items, groups);
    }
  };
  let accumulate = false;
  return {
    add(intervals, pairing) {
      const all = intervals.flat();
      if (all.length === 0) return;
      heads?.add(intervals, pairing);
      if (store.bySegment) addSegments(intervals, pairing);
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
      const [writeHeads, bySegment, ...numbers] = await Promise.all([
        heads?.read(),
        Promise.all(
          Array.from(
            segmentSums,
            async ([site, tensor]) => [site, await ops.read(tensor)] as const,
          ),
        ),
        ...Array.from(sums, async ([width, tensor]) => [width, await ops.read(tensor)] as const),
      ]);
      const neurons = neuronCount(config);
      const headParts = partsOf(config).filter(({ layer, component }) =>
        graph.heads.some((one) => one.layer === layer && one.component === component)
      );
      const conductances = Array.from({ length: count }, (_, pair) => {
        const segments = store.bySegment ? SEGMENTS : 0;
        const conductance = new Float64Array((1 + segments) * sides * neurons).fill(NaN);
        // heads are by segment already
        for (const { first, units } of store.bySegment ? headParts : []) {
          for (let vector = sides; vector < (1 + segments) * sides; vector++) {
            const at = vector * neurons + first;
            conductance.fill(0, at, at + units);
          }
        }
        for (const [{ layer, component, value: { width } }, sums] of bySegment) {
          const id = firstId(config, layer, component);
          for (let side = 0; side < sides; side++) {
            for (let segment = 0; segment < SEGMENTS; segment++) {
              const at = ((side * SEGMENTS + segment) * count + pair) * width;
              const to = ((1 + segment) * sides + side) * neurons + id;
              conductance.set(sums.subarray(at, at + width), to);
            }
          }
        }
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
      writeHeads?.(conductances, neurons);
      return conductances;
    },
    free() {
      heads?.free();
      ops.free(...sums.values(), ...segmentSums.values());
    },
  };
}

/** What follows a pair's conductances: a vector a segment. */
export function segmentsOf(conductance: Float64Array, neurons: number): Float64Array[] {
  return Array.from(
    { length: SEGMENTS },
    (_, segment) => conductance.slice((1 + segment) * neurons, (2 + segment) * neurons),
  );
}
