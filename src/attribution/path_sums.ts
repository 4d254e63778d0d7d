/** The conductances of pairs: sums of every neuron over tokens and intervals of the path. */

import type { EndpointWeights, Tensor } from "../compute/ops.ts";
import { isPerSequence } from "../model/activations.ts";
import { components, unitsOf, unitsPerLayer } from "../model/components.ts";
import type { Interval, PathStore } from "./path_store.ts";

/** Sums of some pairs. */
export interface PathSums {
  /** Adds the conductances of intervals in their order: a list for every pair. */
  add(intervals: readonly (readonly Interval[])[], pairing: EndpointWeights): void;
  /** For every pair the conductance of every neuron by id. */
  read(): Promise<Float64Array[]>;
  /** Gives the memory back. */
  free(): void;
}

/** Opens sums of `count` pairs whose points a store keeps. */
export function pathSums(store: PathStore, count: number): PathSums {
  const { values, gradients, encoder: { ops, config } } = store;
  const lines = config.layers * count;
  const width = ops.empty((components.length - 1) * lines, config.width);
  const inner = ops.empty(lines, config.inner);
  let accumulate = false;
  return {
    add(intervals, pairing) {
      const all = intervals.flat();
      if (all.length === 0) return;
      const items = store.itemsOf(all);
      let first = 0;
      const groups = ops.indices(
        count,
        2,
        Uint32Array.from(intervals.flatMap(({ length }) => [(first += length) - length, length])),
      );
      const partial = (layer: number, component: typeof components[number]): Tensor => {
        const [y, g] = [values, gradients].map(({ layers }) => layers[layer][component]);
        const perSequence = isPerSequence(config, layer, component);
        const out = ops.empty(all.length, y.width);
        ops.conductance(out, y, g, perSequence ? items.bySequence : items.byToken, pairing);
        return out;
      };
      let line = 0;
      for (let l = 0; l < config.layers; l++) {
        for (const component of components) {
          const part = partial(l, component);
          if (component === "intermediate") {
            ops.sumRows(inner, part, groups, { accumulate, at: l * count });
          } else {
            ops.sumRows(width, part, groups, { accumulate, at: line });
            line += count;
          }
          ops.free(part);
        }
      }
      ops.free(groups, items.byToken, items.bySequence);
      accumulate = true;
    },
    async read() {
      const [ofWidth, ofInner] = await Promise.all([ops.read(width), ops.read(inner)]);
      const neurons = config.layers * unitsPerLayer(config);
      return Array.from({ length: count }, (_, pair) => {
        const conductance = new Float64Array(neurons);
        let [id, line] = [0, 0];
        for (let l = 0; l < config.layers; l++) {
          for (const component of components) {
            const units = unitsOf(config, component);
            const isInner = component === "intermediate";
            const at = ((isInner ? l * count : line) + pair) * units;
            conductance.set((isInner ? ofInner : ofWidth).subarray(at, at + units), id);
            if (!isInner) line += count;
            id += units;
          }
        }
        return conductance;
      });
    },
    free: () => ops.free(width, inner),
  };
}
