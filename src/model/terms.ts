/**
 * SPLADE (Formal et al. 2021, arXiv:2109.10086): a text's weight of a word is log(1 + relu) of the largest of
 * its tokens' logits of it, and the score of two texts is the product of their weights. The vocabulary is gone
 * through in tiles, so that no matrix of all tokens and all words is in memory; the way back computes each
 * tile anew.
 */

import type { Ops, Tensor } from "../compute/ops.ts";
import type { SequenceTensors } from "./batch.ts";
import type { LinearNames } from "./steps.ts";
import type { Weights } from "./weights.ts";

interface Place {
  readonly ops: Ops;
  readonly weights: Pick<Weights, "linears">;
}

/** A tile's weights in every text, and the tokens that they are of. */
interface Tile {
  readonly logits: Tensor; // [M, words]
  readonly weights: Tensor; // [2R, words]
  readonly from: Tensor; // [2R, words]
}

function tileOf(
  { ops, weights: { linears } }: Place,
  { count, tokensOfSequence }: SequenceTensors,
  x: Tensor,
  names: LinearNames,
): Tile {
  const logits = ops.empty(x.rows, names.outputs);
  ops.linear(logits, x, linears.get(names)!);
  const [weights, from] = [0, 0].map(() => ops.empty(2 * count, names.outputs));
  ops.termWeights(weights, from, logits, tokensOfSequence!);
  return { logits, weights, from };
}

/** out = Σ_j u_j v_j, u and v the weights of the words in a sequence's two texts. out [R, 1], x [M, C] */
export function compareTerms(
  place: Place,
  sequences: SequenceTensors,
  { out, x, tiles }: {
    readonly out: Tensor;
    readonly x: Tensor;
    readonly tiles: readonly LinearNames[];
  },
): void {
  const { ops } = place;
  const part = ops.empty(out.rows, 1);
  tiles.forEach((names, k) => {
    const { logits, weights, from } = tileOf(place, sequences, x, names);
    ops.similarity(k === 0 ? out : part, weights, "dot");
    if (k > 0) ops.add(out, out, part);
    ops.free(logits, weights, from);
  });
  ops.free(part);
}

/** dx = the gradient of it, given dout [R, 1]. dx, x [M, C] */
export function compareTermsBackward(
  place: Place,
  sequences: SequenceTensors,
  { dx, dout, x, tiles }: {
    readonly dx: Tensor;
    readonly dout: Tensor;
    readonly x: Tensor;
    readonly tiles: readonly LinearNames[];
  },
): void {
  const { ops, weights: { linears } } = place;
  const tables = { groups: sequences.tokensOfSequence!, rowOf: sequences.sequenceOfToken };
  tiles.forEach((names, k) => {
    const { logits, weights, from } = tileOf(place, sequences, x, names);
    const dweights = ops.empty(weights.rows, weights.width);
    ops.similarityBackward(dweights, dout, weights, "dot");
    ops.termWeightsBackward(logits, dweights, weights, from, tables); // in place of what it is the gradient of
    ops.linearBackward(dx, logits, linears.get(names)!, { plus: k > 0 ? dx : undefined });
    ops.free(logits, weights, from, dweights);
  });
}
