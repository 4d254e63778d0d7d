/** Scores of the same pairs under many masks: what lies below a mask's first layer is computed once. */

import { tensorsOf, transientActivations } from "./activations.ts";
import type { Tensor } from "../compute/ops.ts";
import { freeSequences, type PathPoint, uploadPairs, uploadSequences } from "./batch.ts";
import { batchesOf, type Score, scoreOf, tokensOfBatch } from "./cross_encoder.ts";
import {
  attendForward,
  embed,
  type Encoder,
  forwardFrom,
  freeForwardCache,
  inputOf,
  projectForward,
  unitMask,
} from "./forward.ts";
import { freeMasks, type MaskedNeuron, neuronMasks } from "./mask.ts";
import { pipelined } from "./pipelined.ts";
import type { EncodedPair } from "./tokenizer.ts";

/** Most masks that are in memory together. */
const MASKS_AT_ONCE = 64;

/**
 * The score of every pair under every set of zeroed (or scaled) neurons, [sets][pairs].
 *
 * The unpruned model runs through the layers once a batch of pairs. In each layer in which sets begin,
 * its input, query, key and value are copied, once a set, and the copies run on to the head together,
 * each row under its own mask. Sets that begin in the last layers therefore cost little, and an empty one
 * nothing but the head.
 */
export async function scoresUnderMasks(
  encoder: Encoder,
  pairs: readonly EncodedPair[],
  sets: readonly (readonly MaskedNeuron[])[],
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
    const once = uploadSequences(ops, tensors, own.map((_, pair) => ({ pair, t: 1 })));
    const activations = transientActivations(ops, config, {
      tokens: once.tokens,
      sequences: once.count,
    });
    embed(encoder, activations, { pairs: tensors, sequences: once });

    /** Runs copies of the hidden states at `layer` on, one a set; their logits by set and pair. */
    const runOn = async (layer: number, chunk: readonly number[]) => {
      const points = chunk.flatMap(() => own.map((_, pair): PathPoint => ({ pair, t: 1 })));
      const sequences = uploadSequences(ops, tensors, points);
      const copied = transientActivations(ops, config, {
        tokens: sequences.tokens,
        sequences: sequences.count,
      });
      const indexOf = (count: number) =>
        ops.indices(
          chunk.length * count,
          1,
          Uint32Array.from({ length: chunk.length * count }, (_, line) => line % count),
        );
      const [tokens, firsts] = [indexOf(once.tokens), indexOf(once.count)];
      const copy = (to: Tensor, from: Tensor) =>
        ops.takeRows(to, from, to.rows === sequences.tokens ? tokens : firsts);
      copy(inputOf(copied, layer), inputOf(activations, layer));
      const masks = neuronMasks(ops, config, chunk.map((set) => sets[set]));
      const maskOf = (lines: number) =>
        ops.indices(
          lines,
          1,
          Uint32Array.from({ length: lines }, (_, line) => Math.floor(line * chunk.length / lines)),
        );
      const masked = {
        masks,
        ofToken: maskOf(sequences.tokens),
        ofSequence: maskOf(sequences.count),
      };
      const pass = { sequences, masks: masked };
      if (layer < config.layers) {
        const last = layer === config.layers - 1;
        for (const component of ["query", "key", "value"] as const) {
          const tensor = copied.layers[layer][component];
          copy(tensor, activations.layers[layer][component]);
          const mask = unitMask(masked, { l: layer, component, last });
          if (mask) ops.mask(tensor, mask);
        }
        const { context, lse } = attendForward(encoder, layer, { activations: copied, pass });
        ops.free(context, lse);
      }
      const cache = forwardFrom(encoder, copied, { layer: layer + 1, pass });
      const logits = await ops.read(cache.logits);
      freeForwardCache(ops, cache);
      freeMasks(ops, masks);
      freeSequences(ops, sequences);
      ops.free(tokens, firsts, masked.ofToken, masked.ofSequence, ...tensorsOf(copied));
      return { chunk, logits };
    };
    /** Runs the unpruned model up, and hands out the sets that begin in each layer on the way. */
    const goingUp = function* () {
      const place = { activations, pass: { sequences: once } };
      for (let layer = 0; layer <= config.layers; layer++) {
        if (layer < config.layers) projectForward(encoder, layer, place);
        const here = sets.map((_, set) => set).filter((set) => begin[set] === layer);
        const atOnce = Math.min(MASKS_AT_ONCE, Math.max(1, Math.floor(most / once.tokens)));
        for (let from = 0; from < here.length; from += atOnce) {
          yield () => runOn(layer, here.slice(from, from + atOnce));
        }
        if (begin.every((first) => first <= layer)) break; // no set needs the layers above
        const { context, lse } = attendForward(encoder, layer, place);
        ops.free(context, lse);
      }
    };
    for await (const { chunk, logits } of pipelined(goingUp(), ops.limits.passes)) {
      chunk.forEach((set, k) =>
        batch.forEach((pair, i) => {
          const at = (k * batch.length + i) * config.labels;
          scores[set][pair] = scoreOf(Array.from(logits.subarray(at, at + config.labels)));
        })
      );
    }
    freeSequences(ops, once);
    ops.free(tensors.words, tensors.tokens, ...tensorsOf(activations));
  }
  return scores;
}
