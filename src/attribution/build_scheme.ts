/** From labelled pairs to an attribution scheme, with what happened on the way. */

import { type CrossEncoder, score } from "../model/cross_encoder.ts";
import { neuronName, neuronOf } from "../model/neurons.ts";
import {
  attribute,
  type AttributeOptions,
  type LabelledPair,
  type PairAttribution,
} from "./attribute.ts";
import { rule } from "./rule.ts";
import { addPair, type SchemeSums, schemeSums } from "./scheme.ts";

/** Options of {@linkcode buildScheme}. */
export interface BuildOptions extends AttributeOptions {
  /** Whether pairs that the model classifies otherwise than labelled are dropped; not unless given. */
  readonly agreement?: boolean;
  /** Called with every finished pair, and how many are done of how many. */
  readonly onPair?: (
    pair: PairAttribution,
    progress: { readonly done: number; readonly of: number },
  ) => void | Promise<void>;
}

/** What became of the pairs. */
export interface BuiltScheme {
  /** Of the pairs that were kept. */
  readonly sums: SchemeSums;
  /** Places of the pairs that the model classifies as labelled, or of all. */
  readonly kept: readonly number[];
  /** Pairs dropped since the model disagrees with their label. */
  readonly dropped: number;
  /** Mean number of forward and backward evaluations a pair. */
  readonly evaluations: number;
  /** Gaps of completeness, the largest over all cuts of a pair. */
  readonly gaps: {
    /** Mean over pairs, as a part of |F(input) - F(baseline)|. */
    readonly mean: number;
    /** The worst, as such a part. */
    readonly worst: number;
    /** The worst in units of F. */
    readonly worstAbsolute: number;
    /** Place of the pair with the worst. */
    readonly worstPair: number;
  };
  /** The options as strings, in the words of the scheme file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Attributes pairs and sums their conductances up. */
export async function buildScheme(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  options: BuildOptions = {},
): Promise<BuiltScheme> {
  const kept = options.agreement
    ? await agreeing(encoder, pairs, options)
    : pairs.map((_, index) => index);
  const sums = schemeSums(encoder.config);
  let evaluations = 0;
  let relative = 0;
  let worst = 0;
  let worstAbsolute = 0;
  let worstPair = kept[0] ?? 0;
  for await (const found of attribute(encoder, kept.map((index) => pairs[index]), options)) {
    const pair = { ...found, index: kept[found.index] };
    checkFinite(encoder, pair);
    addPair(sums, pair.conductance);
    evaluations += pair.evaluations;
    relative += pair.completeness.relative;
    worstAbsolute = Math.max(worstAbsolute, pair.completeness.worst);
    if (pair.completeness.relative > worst) {
      [worst, worstPair] = [pair.completeness.relative, pair.index];
    }
    await options.onPair?.(pair, { done: sums.pairs, of: kept.length });
  }
  const mean = relative / sums.pairs;
  const quadrature = options.rule ?? rule("adaptive");
  const labels = new Set(kept.map((index) => pairs[index].label));
  return {
    sums,
    kept,
    dropped: pairs.length - kept.length,
    evaluations: evaluations / sums.pairs,
    gaps: { mean, worst, worstAbsolute, worstPair },
    metadata: {
      label: labels.size === 2 ? "mixed" : labels.has(1) ? "relevant" : "non-relevant",
      target: options.target ?? "logit",
      baseline: options.baseline ?? "pad",
      rule: quadrature.name,
      ...(quadrature.kind === "fixed"
        ? { steps: String(quadrature.steps) }
        : { tolerance: String(quadrature.tolerance) }),
      evaluations: String(evaluations / sums.pairs),
      completeness: JSON.stringify({ mean, worst, worst_absolute: worstAbsolute }),
      segments: options.segments ?? "pair",
      max_length: String(Math.min(options.maxLength ?? Infinity, encoder.config.maxTokens)),
      agreement: options.agreement ? "on" : "off",
      dropped: String(pairs.length - kept.length),
      adapter: encoder.ops.adapter,
    },
  };
}

/** Places of the pairs whose label the model predicts: class 1 where its logit is strictly larger. */
async function agreeing(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  options: BuildOptions,
): Promise<number[]> {
  const scores = await score(encoder, pairs, {
    maxLength: options.maxLength,
    segments: options.segments,
  });
  return pairs.flatMap(({ label }, index) => {
    const { logits } = scores[index];
    const margin = logits.length === 1 ? logits[0] : logits[1] - logits[0];
    return (margin > 0 ? 1 : 0) === label ? [index] : [];
  });
}

function checkFinite(encoder: CrossEncoder, { conductance, index, F }: PairAttribution): void {
  if (!Number.isFinite(F.input) || !Number.isFinite(F.baseline)) {
    throw new RangeError(`Cannot attribute pair ${index}: F is ${F.baseline} and ${F.input}`);
  }
  const id = conductance.findIndex((value) => !Number.isFinite(value));
  if (id < 0) return;
  throw new RangeError(
    `Cannot attribute pair ${index}: the conductance of neuron ${
      neuronName(neuronOf(encoder.config, id))
    } is ${conductance[id]}`,
  );
}
