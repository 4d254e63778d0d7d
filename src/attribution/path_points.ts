/** Points of one pair's path, evaluated with every activation and gradient kept. */

import type { Target, Tensor } from "../compute/ops.ts";
import { backward } from "../model/backward.ts";
import { freeSequences, uploadPairs, uploadSequences } from "../model/batch.ts";
import { type Encoder, forward, freeRun, logitsOf } from "../model/forward.ts";
import { type Kept, keptTensors, widestOf } from "../model/kept.ts";
import { freeMasksOfRows, type Masks, masksOfRows } from "../model/mask.ts";
import { bytesPerKeptToken, bytesPerPassingToken, type LabelledPath } from "./path_store.ts";

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
  const { ops, config, graph, weights } = encoder;
  const pairs = uploadPairs(ops, config, weights, [path]);
  const sequences = uploadSequences(ops, graph, pairs, t.map((at) => ({ pair: 0, t: at })));
  const capacity = { tokens: sequences.tokens, sequences: sequences.count };
  const values = keptTensors(ops, graph, capacity);
  const gradients = keptTensors(ops, graph, capacity);
  const masked = masks && masksOfRows(ops, masks, {
    texts: graph.texts,
    tokens: t.map(() => path.encoded.ids.length),
    of: t.map(() => 0),
  });
  const pass = { pairs, sequences, masks: masked };
  const run = forward(encoder, pass, values);
  const F = ops.empty(sequences.count, 1);
  const dlogits = ops.empty(sequences.count, config.labels);
  const label = ops.floats(sequences.count, 1, new Float64Array(sequences.count).fill(path.label));
  ops.objective(F, dlogits, logitsOf(encoder, run), label, target);
  backward(encoder, { run, gradients }, dlogits);
  freeRun(encoder, run);
  freeSequences(ops, sequences);
  ops.free(dlogits, label, pairs.words, pairs.tokens);
  if (masked) freeMasksOfRows(ops, masked);
  return {
    F,
    values,
    gradients,
    free: () => ops.free(F, ...values.values(), ...gradients.values()),
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
