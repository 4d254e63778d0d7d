/** Scores of the same pairs under many masks: what lies below a mask's first layer is computed once. */

import { passingStream, tensorsOf } from "./activations.ts";
import { freeRows, type PathPoint, uploadPairs, uploadRows } from "./batch.ts";
import { batchesOf, type Score, scoreOf, tokensOfBatch } from "./cross_encoder.ts";
import { embed, type Encoder, forwardFrom, freeForward, inputOf, layerForward } from "./forward.ts";
import { freeMasks, neuronMasks } from "./mask.ts";
import type { Neuron } from "./neurons.ts";
import type { EncodedPair } from "./tokenizer.ts";

/** Most masks that are in memory together. */
const MASKS_AT_ONCE = 64;

/**
 * The score of every pair under every set of zeroed neurons, [sets][pairs].
 *
 * The unpruned model runs through the layers once a batch of pairs. Before each layer in which sets
 * begin, its hidden states are copied, once a set, and the copies run on to the head together, each
 * row under its own mask. Sets that begin in the last layers therefore cost little, and an empty one
 * nothing but the head.
 */
export async function scoresUnderMasks(
  encoder: Encoder,
  pairs: readonly EncodedPair[],
  sets: readonly (readonly Neuron[])[],
): Promise<Score[][]> {
  const { ops, config, weights } = encoder;
  const begin = sets.map((neurons) =>
    Math.min(config.layers, ...neurons.map(({ layer }) => layer))
  );
  const scores = sets.map(() => Array<Score>(pairs.length));
  const most = tokensOfBatch(encoder);
  // a few pairs and many masks fill a batch as well as many pairs and a few masks
  for (const batch of batchesOf(pairs, most / Math.min(8, Math.max(1, sets.length)))) {
    const own = batch.map((i) => pairs[i]);
    const tensors = uploadPairs(
      ops,
      config,
      weights,
      own.map((encoded) => ({ encoded, baseline: Int32Array.from(encoded.ids) })),
    );
    const once = uploadRows(ops, tensors, own.map((_, pair) => ({ pair, t: 1 })));
    const stream = passingStream(ops, config, { tokens: once.tokens, rows: once.count });
    embed(encoder, stream, { pairs: tensors, rows: once });

    /** Runs copies of the hidden states at `layer` on, one a set, and notes their scores. */
    const runOn = async (layer: number, chunk: readonly number[]) => {
      const points = chunk.flatMap(() => own.map((_, pair): PathPoint => ({ pair, t: 1 })));
      const rows = uploadRows(ops, tensors, points);
      const copies = passingStream(ops, config, { tokens: rows.tokens, rows: rows.count });
      const count = layer === config.layers ? once.count : once.tokens;
      const source = Uint32Array.from({ length: chunk.length * count }, (_, line) => line % count);
      const index = ops.indices(source.length, 1, source);
      ops.takeRows(inputOf(copies, layer), inputOf(stream, layer), index);
      const masks = neuronMasks(ops, config, chunk.map((set) => sets[set]));
      const maskOf = (lines: number) =>
        ops.indices(
          lines,
          1,
          Uint32Array.from({ length: lines }, (_, line) => Math.floor(line * chunk.length / lines)),
        );
      const masked = { masks, ofToken: maskOf(rows.tokens), ofRow: maskOf(rows.count) };
      const memo = forwardFrom(encoder, copies, { layer, pass: { rows, masks: masked } });
      const logits = await ops.read(memo.logits);
      chunk.forEach((set, k) =>
        batch.forEach((pair, i) => {
          const at = (k * batch.length + i) * config.labels;
          scores[set][pair] = scoreOf(Array.from(logits.subarray(at, at + config.labels)));
        })
      );
      freeForward(ops, memo);
      freeMasks(ops, masks);
      freeRows(ops, rows);
      ops.free(index, masked.ofToken, masked.ofRow, ...tensorsOf(copies));
    };
    for (let layer = 0; layer <= config.layers; layer++) {
      const here = sets.map((_, set) => set).filter((set) => begin[set] === layer);
      const atOnce = Math.min(MASKS_AT_ONCE, Math.max(1, Math.floor(most / once.tokens)));
      for (let from = 0; from < here.length; from += atOnce) {
        await runOn(layer, here.slice(from, from + atOnce));
      }
      if (begin.every((first) => first <= layer)) break; // nobody needs the layers above
      const { context, lse } = layerForward(encoder, layer, { stream, pass: { rows: once } });
      ops.free(context, lse);
    }
    freeRows(ops, once);
    ops.free(tensors.words, tensors.tokens, ...tensorsOf(stream));
  }
  return scores;
}
