/**
 * Exact patching: F of pairs whose units are set, token by token, to what they are in the baseline's run.
 * Kramár et al. 2024, arXiv:2403.00745.
 */

import type { LabelledPair } from "../../attribution/attribution.ts";
import { pathPair } from "../../attribution/target/baseline.ts";
import { targetValue } from "../../attribution/target/target_value.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import type { Donor } from "../../model/donors.ts";
import type { MaskedNeuron } from "../../model/mask.ts";
import { scoresUnderMasks } from "../../model/masked_scores.ts";
import { neuronCount, neuronOf } from "../../model/neurons.ts";
import { type ChunkOptions, inChunks } from "../ablation/chunks.ts";
import type { JudgedOptions } from "./attributions.ts";

/** Neurons that are in memory as parts of masks at once. */
const NEURONS_AT_ONCE = 2 ** 19;

/**
 * F of every pair with the neurons of each set at their baseline values, pair by pair, set by set. A pair's
 * numbers do not depend on the pairs that run with it.
 *
 * @throws {RangeError} where a number is not finite.
 */
export async function patchedValues(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  sets: readonly Uint32Array[],
  {
    target = "logit",
    baseline = "pad",
    path,
    finished,
    onChunk,
    ...encoding
  }: JudgedOptions & ChunkOptions = {},
): Promise<Float64Array> {
  const { config, tokenizer } = encoder;
  const neurons = Array.from(
    { length: neuronCount(config) },
    (_, id): MaskedNeuron => ({ ...neuronOf(config, id), shift: "donor" }),
  );
  const numbers = sets.length;
  const work = { count: pairs.length, numbers, finished, onChunk };
  return await inChunks(work, async (first, end) => {
    const own = pairs.slice(first, end);
    const donors = own.map(({ query, passage }): Donor => ({
      path: pathPair(tokenizer.encode(query, passage, encoding), baseline, config, path),
      t: 0,
    }));
    const encoded = donors.map(({ path }) => path.encoded);
    const values = new Float64Array(own.length * numbers);
    for (const [from, to] of groupsOf(sets)) {
      const masks = sets.slice(from, to).map((ids) => Array.from(ids, (id) => neurons[id]));
      const scores = await scoresUnderMasks(encoder, encoded, masks, { donors });
      scores.forEach((row, s) =>
        row.forEach(({ logits }, p) => {
          const value = targetValue(logits, { label: own[p].label, target });
          if (!Number.isFinite(value)) {
            throw new RangeError(
              `Cannot patch pair ${first + p} with ${masks[s].length} neurons: F is ${value}`,
            );
          }
          values[p * numbers + from + s] = value;
        })
      );
    }
    return values;
  });
}

/** Runs of sets that together have no more neurons than fit. */
function* groupsOf(sets: readonly Uint32Array[]): Generator<readonly [number, number]> {
  let [from, size] = [0, 0];
  for (const [at, { length }] of sets.entries()) {
    if (at > from && size + length > NEURONS_AT_ONCE) {
      yield [from, at];
      [from, size] = [at, 0];
    }
    size += length;
  }
  if (from < sets.length) yield [from, sets.length];
}
