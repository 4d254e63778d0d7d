/** What neurons give, summed over the tokens of each pair. */

import { freeSequences, uploadPairs, uploadSequences } from "./batch.ts";
import { batchesOf, tokensOfBatch } from "./cross_encoder.ts";
import { type Encoder, freeRun, openRun, runSteps } from "./forward.ts";
import { linesOf } from "./kept.ts";
import { numbersPerPass } from "./memory.ts";
import { firstId, neuronCount } from "./neurons.ts";
import type { EncodedPair } from "./pair_tokenizer.ts";

/**
 * Σ over tokens of every neuron's output, by neuron id, a vector a pair. Neurons that the model computes
 * for one token of a text alone, as the last layer's may be, give that token's output; of a bi-encoder's
 * two texts the mean of both. A pair's sums do not depend on the pairs that run with it.
 */
export async function activationSums(
  encoder: Encoder,
  pairs: readonly EncodedPair[],
): Promise<Float64Array[]> {
  const { ops, config, graph, weights } = encoder;
  const widths = graph.sites.reduce((sum, { value }) => sum + value.width, 0);
  const scoring = numbersPerPass(graph).scoring;
  const most = tokensOfBatch(encoder) * scoring / (scoring + widths);
  const end = Math.max(...graph.sites.map(({ step }) => step)) + 1;
  const found = pairs.map(() => new Float64Array(neuronCount(config)));
  for (const batch of batchesOf(pairs, most)) {
    const paths = batch.map((i) => ({
      encoded: pairs[i],
      baseline: Int32Array.from(pairs[i].ids),
    }));
    const tensors = uploadPairs(ops, config, weights, paths);
    const points = paths.map((_, pair) => ({ pair, t: 1 }));
    const sequences = uploadSequences(ops, graph, tensors, points);
    const capacity = { tokens: sequences.tokens, sequences: sequences.count };
    const kept = new Map(
      graph.sites.map((
        { value },
      ) => [value, ops.empty(linesOf(value, capacity), value.width)]),
    );
    const run = openRun({ pairs: tensors, sequences }, kept, false);
    runSteps(encoder, run, { from: 0, to: end });
    const groups = ops.indices(
      batch.length,
      2,
      Uint32Array.from(
        batch.flatMap((pair, i) => [tensors.texts[i][0].first, pairs[pair].ids.length]),
      ),
    );
    for (const { layer, component, value } of graph.sites) {
      const sums = ops.empty(batch.length, value.width);
      const isToken = value.lines === "token";
      if (isToken) ops.sumRows(sums, kept.get(value)!, groups, { accumulate: false, at: 0 });
      const numbers = await ops.read(isToken ? sums : kept.get(value)!);
      const first = firstId(config, layer, component);
      const line = (i: number) => numbers.subarray(i * value.width, (i + 1) * value.width);
      batch.forEach((pair, i) =>
        found[pair].set(
          value.lines === "text"
            ? line(2 * i).map((one, unit) => (one + line(2 * i + 1)[unit]) / 2)
            : line(i),
          first,
        )
      );
      ops.free(sums);
    }
    ops.free(...kept.values());
    freeRun(encoder, run);
    freeSequences(ops, sequences);
    ops.free(groups, tensors.words, tensors.tokens);
  }
  return found;
}

/** For every neuron, whether it gives a number a token; else it gives one a pair. */
export function givesTokens({ graph, config }: Pick<Encoder, "graph" | "config">): Uint8Array {
  const found = new Uint8Array(neuronCount(config));
  for (const { layer, component, value } of graph.sites) {
    const first = firstId(config, layer, component);
    if (value.lines === "token") found.fill(1, first, first + value.width);
  }
  return found;
}
