/** Neuron Integrated Gradients of pairs: what can be asked is checked, and what is found put together. */

import { asking } from "../model/asked.ts";
import { type CrossEncoder, encoderOf, type Model } from "../model/cross_encoder.ts";
import { freeMasks, neuronMasks } from "../model/mask.ts";
import type { PathPair } from "../model/batch.ts";
import { neuronCount, parseNeurons } from "../model/neurons.ts";
import type { EncodedPair } from "../model/pair_tokenizer.ts";
import { attributeAdaptive, attributeFixed } from "./attribute_by_rule.ts";
import type {
  AttributeOptions,
  LabelledPair,
  MaskedOptions,
  PairAttribution,
} from "./attribution.ts";
import { completeness, cutNames } from "./completeness.ts";
import { checkPath, labelledPath } from "./path/labelled_path.ts";
import type { LabelledPath } from "./path/path_store.ts";
import { rule } from "./rule.ts";
import { segmentsOf } from "./path/segment_sums.ts";
import { askingBelow, linesOfUnit, parseUnitTarget, type UnitTarget } from "./target/towards.ts";

/**
 * Neuron Integrated Gradients of pairs; results come as they finish, each with its index.
 *
 * @throws {RangeError} where a pair does not fit in the memory that the backend may take, the model has
 * no neuron of a name, or nothing is below the unit of `towards`; {@linkcode SyntaxError} for what is no
 * neuron's name.
 */
export async function* attribute(
  model: Model,
  pairs: readonly LabelledPair[],
  { without = [], ...options }: AttributeOptions = {},
): AsyncGenerator<PairAttribution> {
  const encoder = encoderOf(model);
  if (without.length === 0) return yield* attributeUnder(encoder, pairs, options);
  const { ops, config } = encoder;
  const masks = neuronMasks(ops, config, [without.flatMap((name) => parseNeurons(config, name))]);
  try {
    yield* attributeUnder(encoder, pairs, { ...options, masks });
  } finally {
    freeMasks(ops, masks);
  }
}

/** {@linkcode attribute} under a mask that is in memory. */
export async function* attributeUnder(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  options: MaskedOptions = {},
): AsyncGenerator<PairAttribution> {
  const { config } = encoder;
  const { towards, units = ["linears"] } = options;
  checkPath(config, options);
  if (options.masks?.heads) {
    throw new RangeError("Cannot attribute with zeroed heads: expected neurons of linears");
  }
  const isRelative = encoder.graph.steps.some((step) =>
    step.kind === "attend" && step.attention.relative !== undefined
  );
  if (options.masks && units.includes("heads") && isRelative) {
    // masks of queries and keys reach into the tables of positions, which head_sums.ts does not mask
    throw new RangeError(
      "Cannot attribute to heads with zeroed neurons: expected neither, or a model without relative positions",
    );
  }
  const unit = towards === undefined ? undefined : parseUnitTarget(config, towards);
  if (unit && options.target !== undefined) {
    throw new RangeError(
      `Cannot attribute target ${options.target} towards ${towards}: expected one of the two`,
    );
  }
  const quadrature = options.rule ?? rule("adaptive");
  const isPairwise = options.target === "pairwise";
  if (isPairwise && options.bySegment) {
    throw new RangeError("Cannot attribute target pairwise by segment: expected one of the two");
  }
  if (options.bySegment && !units.includes("linears")) {
    throw new RangeError("Cannot attribute heads by segment: they are of pairs of segments");
  }
  for (const { other, label, query } of pairs) {
    if (isPairwise === (other !== undefined) && (!isPairwise || label === "relevant")) continue;
    const of = JSON.stringify(query.slice(0, 60));
    throw new RangeError(
      isPairwise
        ? `Cannot attribute query ${of} by target pairwise: expected a relevant and another passage`
        : `Cannot attribute query ${of}: expected target pairwise where two passages are given`,
    );
  }
  const paths = pairs.map((pair): LabelledPath => {
    const path = labelledPath(encoder, pair, options);
    if (pair.other === undefined) return path;
    const other = labelledPath(encoder, { ...pair, passage: pair.other }, options);
    return { ...joined(path, other), label: path.label };
  });
  if (paths.length === 0) return;
  options.signal?.throwIfAborted();
  const below = unit ? askingBelow(encoder, unit, units) : asking(encoder, units);
  if (unit) paths.forEach(({ encoded }, i) => checkUnit(below, unit, { encoded, ...pairs[i] }));
  const target = unit ?? options.target ?? "logit";
  const results = quadrature.kind === "adaptive"
    ? attributeAdaptive(below, paths, { ...options, quadrature, target })
    : attributeFixed(below, paths, { ...options, quadrature, target });
  const neurons = neuronCount(below.config);
  for await (const { pair, cutSums, F, conductance, ...rest } of results) {
    yield {
      ...{ index: pair, ...rest, F },
      conductance: conductance.length === neurons ? conductance : conductance.slice(0, neurons),
      ...(isPairwise ? { other: conductance.slice(neurons, 2 * neurons) } : {}),
      ...(options.bySegment ? { bySegment: segmentsOf(conductance, neurons) } : {}),
      completeness: completeness(cutNames(below.graph), cutSums, F.input - F.baseline),
      tokens: paths[pair].encoded.ids.length,
    };
  }
}

/** Two pairs as one path, whose tokens follow each other. */
function joined(one: PathPair, other: PathPair): PathPair & { readonly split: number } {
  const [a, b] = [one.encoded, other.encoded];
  return {
    encoded: {
      ids: Uint32Array.of(...a.ids, ...b.ids),
      types: Uint32Array.of(...a.types, ...b.types),
      segments: Uint8Array.of(...a.segments, ...b.segments),
      tokens: [...a.tokens, ...b.tokens],
    },
    baseline: Int32Array.of(...one.baseline, ...other.baseline),
    split: a.ids.length,
  };
}

/** Refuses a pair that has no token of the unit's segment. */
function checkUnit(
  { graph }: CrossEncoder,
  unit: UnitTarget,
  { encoded, query }: { readonly encoded: EncodedPair; readonly query: string },
): void {
  try {
    linesOfUnit(graph, encoded, unit);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const of = `of query ${JSON.stringify(query.slice(0, 60))}`;
    throw new RangeError(`${error.message}, ${of}`, { cause: error });
  }
}
