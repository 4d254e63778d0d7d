/** Points of one pair's path, evaluated with every activation and gradient kept. */

import type { Target, Tensor } from "../../compute/ops.ts";
import type { Encoder } from "../../model/forward.ts";
import { type Kept, widestOf } from "../../model/kept.ts";
import type { Masks } from "../../model/mask.ts";
import {
  bytesPerKeptToken,
  bytesPerPassingToken,
  type LabelledPath,
  openPathStore,
} from "./path_store.ts";

/** Evaluated points; their lines lie one point after another. */
export interface PathPoints {
  /** F, [points, 1]. */
  readonly F: Tensor;
  /** What the sites and cuts held. */
  readonly values: Kept;
  /** Gradients of F with respect to them. */
  readonly gradients: Kept;
  /** Gives their memory back. */
  free(): void;
}

/** Evaluates the points `t` of a path, under the first of `masks` where they are given. */
export function evaluatePoints(
  encoder: Encoder,
  path: LabelledPath,
  { t, target, masks }: {
    readonly t: readonly number[];
    readonly target: Target;
    readonly masks?: Masks;
  },
): PathPoints {
  const tokens = t.length * path.encoded.ids.length;
  const capacity = { tokens, sequences: t.length };
  const store = openPathStore(encoder, { paths: [path], capacity, target, masks });
  const points = t.map((at) => ({ pair: 0, t: at }));
  const { F } = store.evaluate(points, { tokens: 0, sequences: 0 });
  return {
    F,
    values: store.values,
    gradients: store.gradients,
    free() {
      encoder.ops.free(F);
      store.close();
    },
  };
}

/** How many points of a path fit in memory together, two at least. */
export function pointsThatFit(encoder: Encoder, path: LabelledPath): number {
  const { limits } = encoder.ops;
  const tokens = path.encoded.ids.length;
  const bytes = tokens * (bytesPerKeptToken(encoder) + bytesPerPassingToken(encoder));
  const widest = tokens * limits.floatBytes * widestOf(encoder.graph);
  return Math.max(
    2,
    Math.floor(Math.min(limits.memoryBytes / bytes, limits.tensorBytes / widest, 4096 / tokens)),
  );
}
