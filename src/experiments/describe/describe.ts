/** What neurons respond to: signals, examples, words and axioms, put together. */

import type { LabelledPair } from "../../attribution/attribution.ts";
import { type CrossEncoder, encoderOf, type Model } from "../../model/cross_encoder.ts";
import { type Neuron, neuronName, parseNeuron } from "../../model/neurons.ts";
import { axiomEffects } from "./axiom_effects.ts";
import { type AxiomName, axiomNames, type MinimalPair, minimalPairs } from "./axioms.ts";
import { correlate, told, usableSignals } from "./correlations.ts";
import type { DescribedSet, Description } from "./description.ts";
import { examplesOf } from "./examples.ts";
import { nearestWords } from "./nearest_words.ts";
import { neuronValues, type PairValues, type ValueOptions } from "./neuron_values.ts";
import { type SignalName, signalNames, signalsOf, type SignalSource } from "./signals.ts";
import { axiomSummary, signalSummary } from "./summary.ts";
import { wordVectors } from "./word_vectors.ts";
import { searchTerms } from "../../formats/search_terms.ts";

/** A pair to describe neurons by. */
export interface DescribedPair extends LabelledPair, Pick<SignalSource, "grade" | "bm25"> {}

/** Options of {@linkcode describeNeurons}. */
export interface DescribeOptions extends ValueOptions {
  /** Signals by name: one that is the same in all pairs is then refused; all that differ unless given. */
  readonly signals?: readonly SignalName[];
  /** Axioms by name; all unless given. */
  readonly axioms?: readonly AxiomName[];
  /** Minimal pairs of an axiom at most; 30 unless given. */
  readonly axiomPairs?: number;
  /** Synonyms of words in lower case, for STMC1; words whose embeddings are near unless given. */
  readonly synonyms?: Pick<ReadonlyMap<string, readonly string[]>, "get">;
  /** Exciting pairs of a neuron; 3 unless given. */
  readonly examples?: number;
  /** Whether their tokens' own conductances are computed, which attributes each of them again; false unless given. */
  readonly tokenConductance?: boolean;
  /** Nearest words of a side of a neuron; 5 unless given. */
  readonly words?: number;
  /** Inverse document frequencies of a collection; of the passages of the pairs unless given. */
  readonly idf?: (word: string) => number;
  /** Whose logit F is in the pairs described: of the pair's own label unless given. */
  readonly speaksFor?: "own" | "relevant";
  /** Sets that are counted apart; all neurons together unless given. */
  readonly sets?: readonly DescribedSet[];
  /** Draws of the bootstrap; 1000 unless given. */
  readonly draws?: number;
  /** 0 unless given. */
  readonly seed?: number;
}

/** Who does the long work, so that what is finished can be kept. */
export interface DescribeWork {
  /** {@linkcode neuronValues} of pairs. */
  values(
    things: "pairs" | "minimal pairs",
    pairs: readonly LabelledPair[],
    neurons: readonly Neuron[],
    options: ValueOptions,
  ): Promise<readonly PairValues[]>;
  /** Work on an open model. */
  on<T>(work: (encoder: CrossEncoder) => Promise<T>): Promise<T>;
}

/**
 * Describes neurons, by name, over pairs.
 *
 * @throws {SyntaxError} for what is no neuron's name, {@linkcode RangeError} where the model has no
 * such neuron, there are no neurons or no pairs, or a signal that was asked for is the same in all pairs.
 */
export async function describeNeurons(
  model: Model,
  neurons: readonly string[],
  pairs: readonly DescribedPair[],
  options: DescribeOptions = {},
): Promise<Description> {
  const encoder = encoderOf(model);
  return await describeBy(encoder, neurons, { pairs, ...options }, {
    values: (_, pairs, neurons, how) => neuronValues(encoder, pairs, neurons, how),
    on: (work) => work(encoder),
  });
}

/** Refuses models whose neurons see one text at a time: signals are of query and passage together. */
export function checkDescribed({ similarity }: Pick<CrossEncoder["config"], "similarity">): void {
  if (!similarity) return;
  throw new TypeError(
    "Cannot describe neurons of a bi-encoder: expected a model that reads query and passage together, as signals are of both",
  );
}

/** {@linkcode describeNeurons} with whoever does the long work. */
export async function describeBy(
  { config, tokenizer, weights }: CrossEncoder,
  names: readonly string[],
  { pairs: given, ...options }: DescribeOptions & { readonly pairs: readonly DescribedPair[] },
  work: DescribeWork,
): Promise<Description> {
  const { target, baseline, rule, maxLength, segments, seed = 0 } = options;
  const how: ValueOptions = { target, baseline, rule, maxLength, segments };
  checkDescribed(config);
  if (names.length === 0) throw new RangeError("Cannot describe neurons: expected some, got none");
  if (given.length === 0) throw new RangeError("Cannot describe neurons: expected pairs, got none");
  const neurons = names.map((name) => parseNeuron(config, name));
  const sets = options.sets ?? [{ name: "neurons", neurons: names }];
  const limit = Math.min(maxLength ?? Infinity, config.maxTokens);
  const lengthOf = (query: string, passage: string) =>
    tokenizer.encode(query, passage, how).ids.length;
  const { similarity } = wordVectors({ config, tokenizer, weights });
  const idf = options.idf ?? idfOf(given.map(({ passage }) => passage));
  const signals = given.map((pair) => signalsOf(pair, { idf, similarity }));
  const { usable, leftOut } = usableSignals(signals, {
    names: options.signals ?? signalNames,
    asked: options.signals !== undefined,
  });
  const minimal = minimalPairs(given, {
    axioms: options.axioms ?? axiomNames,
    count: options.axiomPairs ?? 30,
    ...{ idf, similarity, seed, synonyms: options.synonyms },
    ...{ fits: (query, passage) => lengthOf(query, passage) < limit },
  });
  const pairs = options.speaksFor === "relevant"
    ? given.map((pair) => ({ ...pair, label: "relevant" as const }))
    : given;
  const values = await work.values("pairs", pairs, neurons, how);
  const correlations = correlate({
    ...{ neurons: names, values, signals },
    queries: given.map(({ query }) => query),
  }, { names: usable, draws: options.draws, seed });
  const measured = await minimalValues(minimal, neurons, { work, how });
  const effects = axiomEffects(names, measured.made);
  const count = options.examples ?? 3;
  const { tokenConductance } = options;
  const { examples, evaluations } = await work.on((encoder) =>
    examplesOf(encoder, { pairs, neurons, values }, { ...how, count, tokenConductance })
  );
  const words = await work.on((encoder) =>
    nearestWords(encoder, neurons, { count: options.words ?? 5 })
  );
  return {
    neurons: neurons.map((neuron, n) => ({
      neuron: neuronName(neuron),
      ...words[n],
      examples: examples[n],
    })),
    pairs: given.map(({ query, passage, label }, place) => ({
      ...{ query, passage, label, F: values[place].F },
      tokens: tokenizer.encode(query, passage, how).tokens,
      signals: Object.fromEntries(
        signalNames.map((name) => [name, told(signals[place][name])]),
      ) as Record<SignalName, number | null>,
    })),
    evaluations: sum(values) + measured.evaluations + evaluations,
    cut: given.filter(({ query, passage }) => lengthOf(query, passage) === limit).length,
    sets,
    summary: sets.flatMap((set) => signalSummary(set, correlations)),
    axioms: sets.flatMap((set) => axiomSummary(set, effects)),
    ...{ correlations, leftOut, effects, minimalPairs: minimal },
  };
}

/** What neurons do in minimal pairs; a passage that several have is run once. */
async function minimalValues(
  minimal: readonly MinimalPair[],
  neurons: readonly Neuron[],
  { work, how }: { readonly work: DescribeWork; readonly how: ValueOptions },
) {
  const distinct = new Map<string, LabelledPair>();
  const keyOf = (query: string, passage: string) => `${query}\t${passage}`;
  for (const { query, passages } of minimal) {
    for (const passage of passages) {
      distinct.set(keyOf(query, passage), { query, passage, label: "relevant" });
    }
  }
  const found = await work.values("minimal pairs", [...distinct.values()], neurons, how);
  const byKey = new Map([...distinct.keys()].map((key, i) => [key, found[i]]));
  const made = minimal.map((pair) => ({
    pair,
    values: pair.passages.map((passage) => byKey.get(keyOf(pair.query, passage))!),
  }));
  return { made, evaluations: sum(found) };
}

const sum = (values: readonly PairValues[]) =>
  values.reduce((total, { evaluations }) => total + evaluations, 0);

/** Inverse document frequencies of passages: ln((N - df + ½) / (df + ½)), at least 10⁻⁶. */
function idfOf(passages: readonly string[]): (word: string) => number {
  const distinct = [...new Set(passages)];
  const counts = new Map<string, number>();
  for (const passage of distinct) {
    for (const word of new Set(searchTerms(passage))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return (word) => {
    const df = counts.get(word) ?? 0;
    return Math.max(1e-6, Math.log((distinct.length - df + 0.5) / (df + 0.5)));
  };
}
