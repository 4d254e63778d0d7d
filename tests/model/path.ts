/** One pair's path through a model: activations and gradients at some of its points. */

import type { Tensor } from "../../src/compute/ops.ts";
import { backward } from "../../src/model/backward.ts";
import { type PathPair, uploadPairs, uploadSequences } from "../../src/model/batch.ts";
import { type Encoder, forward, logitsOf } from "../../src/model/forward.ts";
import { keptTensors } from "../../src/model/kept.ts";
import type { Masks } from "../../src/model/mask.ts";
import { type Activations, byRole } from "./literal_bert.ts";

/** A path that has been run forwards, towards the logit of label 1, and backwards. */
export interface OpenPath {
  readonly encoder: Encoder;
  readonly activations: Activations;
  readonly gradients: Activations;
  /** F at every point. */
  F(): Promise<Float64Array>;
  /** The numbers of a tensor that belong to a point: all tokens, or [CLS] where there is no more. */
  lines(x: Tensor, point: number): Promise<Float64Array>;
}

/** Runs the points of a pair's path in one batch; `masks` holds one mask. */
export function openPath(
  encoder: Encoder,
  { pair, points, masks }: {
    readonly pair: PathPair;
    readonly points: readonly number[];
    readonly masks?: Masks;
  },
): OpenPath {
  const { ops, config, weights } = encoder;
  const pairs = uploadPairs(ops, config, weights, [pair]);
  const sequences = uploadSequences(ops, encoder.graph, pairs, points.map((t) => ({ pair: 0, t })));
  const capacity = { tokens: sequences.tokens, sequences: sequences.count };
  const [values, gradients] = [0, 1].map(() => keptTensors(ops, encoder.graph, capacity));
  const zeros = (count: number) => ops.indices(count, 1, new Uint32Array(count));
  const pass = {
    pairs,
    sequences,
    masks: masks && { masks, ofToken: zeros(sequences.tokens), ofSequence: zeros(sequences.count) },
  };
  const run = forward(encoder, pass, values);
  const [value, dlogits] = [
    ops.empty(sequences.count, 1),
    ops.empty(sequences.count, config.labels),
  ];
  const label = ops.floats(sequences.count, 1, new Float32Array(sequences.count).fill(1));
  ops.objective(value, dlogits, logitsOf(encoder, run), label, "logit");
  backward(encoder, { run, gradients }, dlogits);
  return {
    encoder,
    activations: byRole(encoder, values),
    gradients: byRole(encoder, gradients),
    F: async () => Float64Array.from(await ops.read(value)),
    async lines(x, point) {
      const perPoint = x.rows / points.length * x.width;
      const numbers = await ops.read(x);
      return Float64Array.from(numbers.subarray(point * perPoint, (point + 1) * perPoint));
    },
  };
}
