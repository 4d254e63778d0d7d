/** Which pairs of segments carry relevance: heads' conductances of a scheme by layer and pair of segments. */

import type { Scheme } from "../../attribution/schemes/scheme.ts";
import { headOfUnit, isHeads, SEGMENT_PAIRS, segmentNames } from "../../model/heads.ts";
import { layersOf, neuronId } from "../../model/neurons.ts";

/** Heads' conductances of one layer and pair of segments. */
export interface HeadShareCell {
  /** From 0. */
  readonly layer: number;
  /** The attending segment. */
  readonly from: string;
  /** The one attended to. */
  readonly to: string;
  /** Σ over heads of the mean conductance, in units of F. */
  readonly conductance: number;
  /** Σ over heads of its absolute value, as a part of that of all layers and pairs. */
  readonly share: number;
}

/** Heads' conductances of a scheme. */
export interface HeadShare {
  /** E.g. `P[ms]`. */
  readonly scheme: string;
  /** `heads`, or `cross_heads`. */
  readonly component: string;
  /** Pairs that the scheme averages. */
  readonly pairs: number;
  /** By layer, then by pair of segments. */
  readonly cells: readonly HeadShareCell[];
}

/** Sums a scheme's heads by layer and pair of segments; none where it has no heads. */
export function headShares(name: string, { space, mean, pairs }: Scheme): HeadShare[] {
  return space.components.filter((one) => isHeads(one.name)).map(({ name: component, units }) => {
    const layers = layersOf(space, component);
    const [sums, sizes] = [0, 1].map(() => new Float64Array(layers.length * SEGMENT_PAIRS));
    layers.forEach((layer, line) => {
      for (let unit = 0; unit < units; unit++) {
        const value = mean[neuronId(space, { layer, component, unit })];
        const at = line * SEGMENT_PAIRS + unit % SEGMENT_PAIRS;
        sums[at] += value;
        sizes[at] += Math.abs(value);
      }
    });
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const cells = Array.from(sums, (conductance, at): HeadShareCell => {
      const { from, to } = headOfUnit(at % SEGMENT_PAIRS);
      return {
        layer: layers[Math.floor(at / SEGMENT_PAIRS)],
        ...{ from: segmentNames[from], to: segmentNames[to], conductance },
        share: total > 0 ? sizes[at] / total : 0,
      };
    });
    return { scheme: name, component, pairs, cells };
  });
}
