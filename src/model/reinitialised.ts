/** A model whose upper layers are as before training: their linears are drawn anew. */

import type { Tensor } from "../compute/ops.ts";
import { seededRandom, seedFor } from "../ir/random.ts";
import type { CrossEncoder } from "./cross_encoder.ts";

/** Standard deviation of BERT's weights before training, its `initializer_range`. */
const DEVIATION = 0.02;

/**
 * The same model with the linears of layers `from` and above drawn anew: weights even between ±√3 · .02, so
 * that their standard deviation is .02, biases 0. A layer's draws do not depend on `from`. Norms, the
 * embeddings and the head stay. `free` gives the new weights back; the model itself stays open.
 */
export function reinitialised(
  encoder: CrossEncoder,
  { from, seed }: { readonly from: number; readonly seed: number },
): { readonly encoder: CrossEncoder; free(): void } {
  const { ops, graph, weights } = encoder;
  const made: Tensor[] = [];
  const linears = new Map(weights.linears);
  for (const step of graph.steps) {
    if (step.kind !== "linear" || !step.site || step.site.layer < from) continue;
    const { linear, site: { layer, component } } = step;
    const random = seededRandom(seedFor(seed, `weights ${layer}.${component}`));
    const half = Math.sqrt(3) * DEVIATION;
    const data = Float32Array.from(
      { length: linear.outputs * linear.inputs },
      () => half * (random() / 2 ** 31 - 1),
    );
    const weight = ops.weights(linear.outputs, linear.inputs, data);
    const bias = ops.zeros(1, linear.outputs);
    made.push(weight, bias);
    linears.set(linear, { weight, bias });
  }
  return {
    encoder: { ...encoder, weights: { ...weights, linears } },
    free: () => ops.free(...made),
  };
}
