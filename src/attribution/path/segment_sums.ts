/** What the tokens of each segment contribute to the neurons of linears. */

import type { Lines } from "../../model/steps.ts";
import { SEGMENTS } from "../../model/heads.ts";
import { firstId, partsOf } from "../../model/neurons.ts";
import type { PathStore } from "./path_store.ts";
import { itemsBySegment, linesOfPoint } from "./segment_items.ts";
import type { SumsBeside } from "./sums_beside.ts";

/** Opens sums of `count` pairs whose points a store keeps. */
export function segmentSums(store: PathStore, count: number): SumsBeside {
  const { values, gradients, sides, encoder: { ops, config, graph } } = store;
  const sums = new Map(
    graph.sites.map((site) => [site, ops.zeros(sides * SEGMENTS * count, site.value.width)]),
  );
  return {
    add(intervals, pairing) {
      const all = intervals.flatMap((own, pair) => own.map((one) => [pair, one] as const));
      for (let side = 0; side < sides; side++) {
        const known = new Map<Lines, ReturnType<typeof itemsBySegment>>();
        for (const [{ value }, sum] of sums) {
          const { items, groups } = known.get(value.lines) ?? itemsBySegment(
            ops,
            all.map(([pair, ends]) => {
              const [from, to] = ends.map((end) => linesOfPoint(store, end, { side, value }));
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
    },
    async read() {
      const read = await Promise.all(
        Array.from(sums, async ([site, tensor]) => [site, await ops.read(tensor)] as const),
      );
      // heads, which are of pairs of segments themselves, have zeros here
      const heads = partsOf(config).filter(({ layer, component }) =>
        graph.heads.some((one) => one.layer === layer && one.component === component)
      );
      return (conductances, neurons) =>
        conductances.forEach((conductance, pair) => {
          for (let vector = sides; vector < (1 + SEGMENTS) * sides; vector++) {
            const [segment, side] = [Math.floor(vector / sides) - 1, vector % sides];
            const start = vector * neurons;
            for (const { first, units } of heads) {
              conductance.fill(0, start + first, start + first + units);
            }
            for (const [{ layer, component, value: { width } }, numbers] of read) {
              const at = ((side * SEGMENTS + segment) * count + pair) * width;
              const id = firstId(config, layer, component);
              conductance.set(numbers.subarray(at, at + width), start + id);
            }
          }
        });
    },
    free: () => ops.free(...sums.values()),
  };
}

/** What follows a pair's conductances: a vector a segment. */
export function segmentsOf(conductance: Float64Array, neurons: number): Float64Array[] {
  return Array.from(
    { length: SEGMENTS },
    (_, segment) => conductance.slice((1 + segment) * neurons, (2 + segment) * neurons),
  );
}
