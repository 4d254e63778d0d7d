/** The attributions that are judged: conductance of pairs by several rules. */

import { attribute } from "../../attribution/attribute.ts";
import type { LabelledPair } from "../../attribution/attribution.ts";
import type { Baseline, MovingText } from "../../attribution/target/baseline.ts";
import type { Rule } from "../../attribution/rule.ts";
import type { Target } from "../../compute/ops.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import { neuronCount } from "../../model/neurons.ts";
import type { EncodeOptions } from "../../model/pair_tokenizer.ts";
import { type ChunkOptions, inChunks } from "../ablation/chunks.ts";

/** What is attributed, from where. */
export interface JudgedOptions extends EncodeOptions {
  /** What F is; `logit` unless given. */
  readonly target?: Target;
  /** Which texts of a bi-encoder are those of the baseline; both unless given. */
  readonly path?: MovingText;
  /** Where paths begin, and what units are set to; `pad` unless given. */
  readonly baseline?: Baseline;
}

/** Attributions of pairs by one rule. */
export interface RuleAttributions {
  /** Forward and backward evaluations, the mean over pairs. */
  readonly evaluations: number;
  /** Conductance by pair, then by neuron id. */
  readonly conductance: readonly Float64Array[];
  /** Its mean over pairs. */
  readonly mean: Float64Array;
}

/** Attributes all pairs by every rule; a chunk holds all numbers of its pairs. */
export async function attributionsByRule(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  { rules, finished, onChunk, ...options }: JudgedOptions & ChunkOptions & {
    readonly rules: readonly Rule[];
  },
): Promise<RuleAttributions[]> {
  const neurons = neuronCount(encoder.config);
  const size = 1 + neurons;
  const numbers = rules.length * size;
  const work = { count: pairs.length, numbers, finished, onChunk };
  const all = await inChunks(work, async (first, end) => {
    const values = new Float64Array((end - first) * numbers);
    for (const [r, rule] of rules.entries()) {
      for await (
        const found of attribute(encoder, pairs.slice(first, end), { ...options, rule })
      ) {
        const at = found.index * numbers + r * size;
        values[at] = found.evaluations;
        values.set(found.conductance, at + 1);
      }
    }
    return values;
  });
  return rules.map((_, r): RuleAttributions => {
    const own = pairs.map((_, pair) => {
      const at = pair * numbers + r * size;
      return all.subarray(at, at + size);
    });
    const mean = new Float64Array(neurons);
    for (const one of own) for (let i = 0; i < neurons; i++) mean[i] += one[1 + i] / pairs.length;
    return {
      evaluations: own.reduce((sum, [evaluations]) => sum + evaluations, 0) / pairs.length,
      conductance: own.map((one) => one.subarray(1)),
      mean,
    };
  });
}
