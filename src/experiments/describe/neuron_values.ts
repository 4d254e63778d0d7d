/** What neurons do in pairs: conductance and activation of chosen ones, and F. */

import { classOf } from "../../ir/words.ts";
import type { AttributeOptions, LabelledPair } from "../../attribution/attribution.ts";
import { attributeIndexed } from "../../attribution/schemes/build_scheme.ts";
import { pathPair } from "../../attribution/target/baseline.ts";
import { columnsOf } from "../../attribution/path/columns.ts";
import type { Target } from "../../compute/ops.ts";
import { evaluatePoints } from "../../attribution/path/path_points.ts";
import { siteValue, tokensOfLines } from "../../model/graph.ts";
import { textsOf } from "../../model/pair_tokenizer.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import { type Neuron, neuronId } from "../../model/neurons.ts";
import { type ChunkOptions, inChunks } from "../ablation/chunks.ts";

/** How conductance is computed. */
export interface ValueOptions
  extends Pick<AttributeOptions, "baseline" | "rule" | "maxLength" | "segments"> {
  /** `logit` unless given. */
  readonly target?: Target;
}

/** What one neuron does in one pair. */
export interface NeuronValue {
  /** Summed over tokens, as `attribute` gives it. */
  readonly conductance: number;
  /**
   * Mean, over tokens, of its value in the pair itself; over the texts where it exists once a text, as in the
   * last layer, but for key and value.
   */
  readonly mean: number;
  /** Its highest value, and at which token. */
  readonly highest: number;
  readonly token: number;
}

/** What neurons do in one pair. */
export interface PairValues {
  /** F of the pair itself, and at the baseline. */
  readonly F: { readonly input: number; readonly baseline: number };
  /** Gap of completeness, the largest over all cuts, as a part of F's change. */
  readonly gap: number;
  /** Number of tokens. */
  readonly tokens: number;
  /** Forward and backward evaluations: the points of its path, and the pair itself once more. */
  readonly evaluations: number;
  /** In the order of the neurons. */
  readonly neurons: readonly NeuronValue[];
}

/** Numbers of a pair, and of each of its neurons. */
const [OF_PAIR, OF_NEURON] = [5, 4];

/**
 * The values of neurons in pairs, pair by pair.
 *
 * @throws {RangeError} that names the pair, where a number is not finite or the pair does not fit in memory.
 */
export async function neuronValues(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  neurons: readonly Neuron[],
  { finished, onChunk, ...options }: ValueOptions & ChunkOptions = {},
): Promise<PairValues[]> {
  const ids = neurons.map((neuron) => neuronId(encoder.config, neuron));
  const numbers = OF_PAIR + OF_NEURON * neurons.length;
  const work = { count: pairs.length, numbers, finished, onChunk };
  const all = await inChunks(work, async (first, end) => {
    const found = new Float64Array(numbers * (end - first));
    const own = pairs.slice(first, end).map((pair, i) => ({ ...pair, index: first + i }));
    for await (const one of attributeIndexed(encoder, own, options)) {
      const { F, completeness: { relative }, tokens, evaluations, conductance } = one;
      const at = numbers * (one.index - first);
      found.set([F.baseline, F.input, relative, tokens, evaluations + 1], at);
      const activations = await tokenActivations(
        encoder,
        pairs[one.index],
        neurons,
        options,
      );
      activations.forEach(({ values, tokens }, n) => {
        const line = values.reduce((best, value, i) => value > values[best] ? i : best, 0);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const numbersOf = [conductance[ids[n]], mean, values[line], tokens?.[line] ?? line];
        found.set(numbersOf, at + OF_PAIR + OF_NEURON * n);
      });
    }
    return found;
  });
  return pairs.map((_, place): PairValues => {
    const [baseline, input, gap, tokens, evaluations] = all.subarray(numbers * place);
    return {
      ...{ F: { input, baseline }, gap, tokens, evaluations },
      neurons: neurons.map((_, n) => {
        const [conductance, mean, highest, token] = all.subarray(
          numbers * place + OF_PAIR + OF_NEURON * n,
        );
        return { conductance, mean, highest, token };
      }),
    };
  });
}

/** What a neuron has at tokens of a pair. */
export interface TokenValues {
  readonly values: Float64Array;
  /** Where it exists once a text: the token of each value, the one that is taken for the text. */
  readonly tokens?: readonly number[];
}

/** The values at all of `length` tokens; null where the model does not compute the neuron. */
export function onTokens({ values, tokens }: TokenValues, length: number): (number | null)[] {
  const all = Array<number | null>(length).fill(null);
  values.forEach((value, i) => all[tokens?.[i] ?? i] = value);
  return all;
}

/** The value of each neuron at the tokens of a pair, before what follows its linear. */
export async function tokenActivations(
  encoder: CrossEncoder,
  { query, passage, label }: LabelledPair,
  neurons: readonly Neuron[],
  { target = "logit", baseline = "pad", ...encoding }: ValueOptions = {},
): Promise<TokenValues[]> {
  const encoded = encoder.tokenizer.encode(query, passage, encoding);
  const path = { ...pathPair(encoded, baseline, encoder.config), label: classOf(label) };
  const points = evaluatePoints(encoder, path, { t: [1], target });
  try {
    const found: TokenValues[] = Array(neurons.length);
    const places = Map.groupBy(
      neurons.keys(),
      (n) => `${neurons[n].layer} ${neurons[n].component}`,
    );
    for (const of of places.values()) {
      const { layer, component } = neurons[of[0]];
      const value = siteValue(encoder.graph, layer, component);
      const units = of.map((n) => neurons[n].unit);
      const columns = await columnsOf(encoder.ops, points.values.get(value)!, units);
      const tokens = tokensOfLines(encoder.graph, value, textsOf(encoded));
      of.forEach((n, i) => found[n] = { values: columns[i], tokens });
    }
    return found;
  } finally {
    points.free();
  }
}
