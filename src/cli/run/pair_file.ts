/** `--per-pair`: a file a pair. */

import {
  byComponent,
  encodeSafetensors,
  isHeads,
  type NeuronSpace,
  type PairRecord,
  segmentNames,
} from "../../../internal.ts";

/**
 * The file of one pair: `<component>` F32 [layers, units]; of a triple `other/<component>` too, and where
 * segments are apart `<component>/<segment>`.
 */
export function encodePair(space: NeuronSpace, pair: PairRecord): Uint8Array {
  const tensorsOf = (conductance: Float64Array, prefix = "") =>
    byComponent(space, conductance).map(([component, { shape, data }]) =>
      [`${prefix}${component}`, { shape, data: Float32Array.from(data) }] as const
    );
  const tensors = [
    ...tensorsOf(pair.conductance),
    ...(pair.other ? tensorsOf(pair.other, "other/") : []),
    ...(pair.bySegment ?? []).flatMap((segment, i) =>
      tensorsOf(segment).flatMap(([component, tensor]) =>
        isHeads(component) ? [] : [[`${component}/${segmentNames[i]}`, tensor] as const]
      )
    ),
  ];
  return encodeSafetensors(Object.fromEntries(tensors), {
    F_baseline: String(pair.F.baseline),
    F_input: String(pair.F.input),
    gap: String(pair.completeness.relative),
    gap_absolute: String(pair.completeness.worst),
    evaluations: String(pair.evaluations),
    tokens: String(pair.tokens),
  });
}
