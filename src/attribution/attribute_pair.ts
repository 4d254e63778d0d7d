/** One pair: its attribution, and the same split over its tokens. */

import type { Target } from "../compute/ops.ts";
import type { Component } from "../model/neurons.ts";
import { type CrossEncoder, encoderOf, type Model } from "../model/cross_encoder.ts";
import { spaceOfKinds } from "../model/asked.ts";
import type { UnitKind } from "../model/heads.ts";
import type { NeuronSpace } from "../model/neurons.ts";
import type { Segment } from "../model/pair_tokenizer.ts";
import { attribute, attributeUnder } from "./attribute.ts";
import type {
  AttributeOptions,
  LabelledPair,
  MaskedOptions,
  PairAttribution,
} from "./attribution.ts";
import { conductanceByRange } from "./by_range.ts";
import { labelledPath } from "./path/labelled_path.ts";

/** The attribution of one pair by itself. */
export interface AttributedPair extends Omit<PairAttribution, "index"> {
  /** The sizes of the units that were asked for, which neuron ids depend on. */
  readonly space: NeuronSpace;
  /** The largest gap of completeness over all cuts, as a part of |F(input) - F(baseline)|. */
  readonly gap: number;
}

/**
 * Neuron Integrated Gradients of one pair.
 *
 * @throws {RangeError} where the pair does not fit in the memory that the backend may take, or a
 * number is not finite.
 */
export async function attributePair(
  model: Model,
  pair: LabelledPair,
  options: AttributeOptions = {},
): Promise<AttributedPair> {
  return await onlyOne(attribute(model, [pair], options), { model, units: options.units });
}

/** {@linkcode attributePair} under a mask that is in memory. */
export async function attributePairUnder(
  encoder: CrossEncoder,
  pair: LabelledPair,
  options: MaskedOptions = {},
): Promise<AttributedPair> {
  const { units } = options;
  return await onlyOne(attributeUnder(encoder, [pair], options), { model: encoder, units });
}

async function onlyOne(
  all: AsyncIterable<PairAttribution>,
  { model: { config }, units }: {
    readonly model: Pick<Model, "config">;
    readonly units?: readonly UnitKind[];
  },
): Promise<AttributedPair> {
  for await (const one of all) {
    return { ...one, space: spaceOfKinds(config, units), gap: one.completeness.relative };
  }
  throw new Error("Cannot attribute the pair: nothing came of it");
}

/** A pair's conductances, token by token. */
export interface TokenAttribution {
  /** The pair's tokens, and what each belongs to: [CLS], query, [SEP], passage. */
  readonly tokens: readonly { readonly piece: string; readonly segment: Segment }[];
  /**
   * By layer and component: [tokens, units], row by row. Of what is
   * computed for one token of a text only, such as all but keys and values in the last layer, the row of that
   * token ([CLS], or a decoder's last) has the numbers, and others are zero.
   */
  readonly layers: readonly Readonly<Record<Component, Float64Array>>[];
}

/**
 * Conductance of every neuron at every token of a pair; its sum over tokens is what
 * {@linkcode attributePair} gives for the same points. Costs one more pass over the path.
 *
 * `points`: where the path is evaluated, ascending, by the trapezoid rule: those of the attribution.
 */
export async function attributeTokens(
  model: Model,
  pair: LabelledPair,
  { points, target = "logit", ...options }:
    & Pick<AttributeOptions, "baseline" | "path" | "maxLength" | "segments">
    & { readonly points: readonly number[]; readonly target?: Target },
): Promise<TokenAttribution> {
  if (points.length < 2 || points.some((t, i) => !(t >= 0 && t <= 1) || t <= points[i - 1])) {
    throw new RangeError(
      `Cannot attribute tokens: expected two or more ascending points from 0 to 1, got ${points}`,
    );
  }
  const path = labelledPath(model, pair, { target, ...options });
  const { encoded } = path;
  const ranges = encoded.tokens.map((_, first) => ({ first, count: 1 }));
  return {
    tokens: encoded.tokens.map((piece, i) => ({
      piece,
      segment: model.tokenizer.segmentNames[encoded.segments[i]],
    })),
    layers: await conductanceByRange(encoderOf(model), path, { t: points, target, ranges }),
  };
}
