/** The pairs and tokens that excite neurons most. */

import type { LabelledPair } from "../../attribution/attribution.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import type { Neuron } from "../../model/neurons.ts";
import { onTokens, type PairValues, tokenActivations, type ValueOptions } from "./neuron_values.ts";
import { tokenConductances } from "./token_conductances.ts";

/** A pair that excites a neuron, and where. */
export interface Example {
  /** Its place among the pairs described. */
  readonly pair: number;
  /** Summed over tokens. */
  readonly conductance: number;
  /** Mean activation over tokens. */
  readonly mean: number;
  /** The highest activation. */
  readonly highest: number;
  /** The token that has it. */
  readonly token: string;
  /** The activation at every token; null where the model does not compute the neuron. */
  readonly activations: readonly (number | null)[];
  /** Where asked for: what every token contributes to the conductance; null likewise. */
  readonly conductances?: readonly (number | null)[];
}

/** Examples by neuron, and the forward and backward evaluations that they took. */
export interface FoundExamples {
  readonly examples: readonly (readonly Example[])[];
  readonly evaluations: number;
}

/** The places of the `count` pairs in which a neuron is highest at any token, the highest first. */
export function mostExciting(
  values: readonly PairValues[],
  neuron: number,
  count: number,
): number[] {
  const highest = (place: number) => values[place].neurons[neuron].highest;
  return [...values.keys()].sort((a, b) => highest(b) - highest(a) || a - b).slice(0, count);
}

/**
 * The examples of every neuron; each of their pairs is run once more, for its tokens, and with
 * `tokenConductance` attributed once more.
 */
export async function examplesOf(
  encoder: CrossEncoder,
  { pairs, neurons, values }: {
    readonly pairs: readonly LabelledPair[];
    readonly neurons: readonly Neuron[];
    /** By pair. */
    readonly values: readonly PairValues[];
  },
  { count, tokenConductance = false, ...options }: ValueOptions & {
    readonly count: number;
    readonly tokenConductance?: boolean;
  },
): Promise<FoundExamples> {
  const chosen = neurons.map((_, n) => mostExciting(values, n, count));
  const found = neurons.map(() => new Map<number, Example>());
  let evaluations = 0;
  for (const pair of new Set(chosen.flat())) {
    const own = [...neurons.keys()].filter((n) => chosen[n].includes(pair));
    const ownNeurons = own.map((n) => neurons[n]);
    const { query, passage } = pairs[pair];
    const { tokens } = encoder.tokenizer.encode(query, passage, options);
    const activations = await tokenActivations(encoder, pairs[pair], ownNeurons, options);
    const byToken = tokenConductance
      ? await tokenConductances(encoder, pairs[pair], ownNeurons, options)
      : undefined;
    evaluations += 1 + (byToken?.evaluations ?? 0);
    own.forEach((n, i) => {
      const { conductance, mean, highest, token } = values[pair].neurons[n];
      found[n].set(pair, {
        ...{ pair, conductance, mean, highest, token: tokens[token] },
        activations: onTokens(activations[i], tokens.length),
        ...(byToken && { conductances: onTokens(byToken.conductances[i], tokens.length) }),
      });
    });
  }
  return {
    examples: chosen.map((places, n) => places.map((place) => found[n].get(place)!)),
    evaluations,
  };
}
