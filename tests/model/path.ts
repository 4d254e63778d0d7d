/** One pair's path through a model: activations and gradients at some of its points. */

import type { Tensor } from "../../src/compute/ops.ts";
import { keptStream, type Stream } from "../../src/model/activations.ts";
import { backward } from "../../src/model/backward.ts";
import { type PathPair, uploadPairs, uploadRows } from "../../src/model/batch.ts";
import { type Encoder, forward } from "../../src/model/forward.ts";
import type { Masks } from "../../src/model/mask.ts";

/** A path that has been run forwards, towards the logit of label 1, and backwards. */
export interface OpenPath {
  readonly encoder: Encoder;
  readonly stream: Stream;
  readonly gradients: Stream;
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
  const rows = uploadRows(ops, pairs, points.map((t) => ({ pair: 0, t })));
  const room = { tokens: rows.tokens, rows: rows.count };
  const [stream, gradients] = [keptStream(ops, config, room), keptStream(ops, config, room)];
  const zeros = (count: number) => ops.indices(count, 1, new Uint32Array(count));
  const pass = {
    pairs,
    rows,
    masks: masks && { masks, ofToken: zeros(rows.tokens), ofRow: zeros(rows.count) },
  };
  const memo = forward(encoder, stream, pass);
  const [value, dlogits] = [ops.empty(rows.count, 1), ops.empty(rows.count, config.labels)];
  const label = ops.floats(rows.count, 1, new Float32Array(rows.count).fill(1));
  ops.objective(value, dlogits, memo.logits, label, "logit");
  backward(encoder, { stream, gradients }, dlogits, { pass, memo });
  return {
    encoder,
    stream,
    gradients,
    F: async () => Float64Array.from(await ops.read(value)),
    async lines(x, point) {
      const perPoint = x.rows / points.length * x.width;
      const numbers = await ops.read(x);
      return Float64Array.from(numbers.subarray(point * perPoint, (point + 1) * perPoint));
    },
  };
}
