/** `--per-pair`: a file a pair. */

import {
  byComponent,
  encodeSafetensors,
  type NeuronSpace,
  type PairRecord,
} from "../../../internal.ts";

/** The file of one pair: `<component>` F32 [layers, units]. */
export function encodePair(space: NeuronSpace, pair: PairRecord): Uint8Array {
  const tensors = byComponent(space, pair.conductance)
    .map(([component, { shape, data }]) => [component, { shape, data: Float32Array.from(data) }]);
  return encodeSafetensors(Object.fromEntries(tensors), {
    F_baseline: String(pair.F.baseline),
    F_input: String(pair.F.input),
    gap: String(pair.completeness.relative),
    gap_absolute: String(pair.completeness.worst),
    evaluations: String(pair.evaluations),
    tokens: String(pair.tokens),
  });
}
