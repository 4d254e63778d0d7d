/** Neuron Integrated Gradients of pairs: which batches are run, and what comes out of each pair. */

import type { Target } from "../compute/ops.ts";
import type { Label } from "../ir/words.ts";
import { asking } from "../model/asked.ts";
import type { UnitKind } from "../model/heads.ts";
import { type PathPair, uploadWords } from "../model/batch.ts";
import { type CrossEncoder, encoderOf, type Model, type TextPair } from "../model/cross_encoder.ts";
import { freeMasks, type Masks, neuronMasks } from "../model/mask.ts";
import { merged } from "../model/merged.ts";
import { neuronCount, parseNeurons } from "../model/neurons.ts";
import { pipelined } from "../model/pipelined.ts";
import type { EncodedPair, EncodeOptions } from "../model/tokenizer.ts";
import { adaptive } from "./adaptive.ts";
import type { Baseline, MovingText } from "./baseline.ts";
import { type Completeness, completeness, cutNames } from "./completeness.ts";
import { integrate } from "./integrate.ts";
import type { Round } from "./pair_refinement.ts";
import { checkPath, labelledPath } from "./labelled_path.ts";
import type { PathTarget } from "./objective.ts";
import { pathSums } from "./path_sums.ts";
import { segmentsOf } from "./segment_sums.ts";
import { type LabelledPath, openPathStore, type PathStore } from "./path_store.ts";
import { lengthsOf, planAdaptive, planGroups } from "./plan.ts";
import { cutSumsOf } from "./refinement.ts";
import { askingBelow, linesOfUnit, parseUnitTarget, type UnitTarget } from "./towards.ts";
import { type AdaptiveRule, type FixedRule, type Rule, rule } from "./rule.ts";
import { openSchedule, queueOf } from "./schedule.ts";

/** A pair with its label. */
export interface LabelledPair extends TextPair {
  /** Which class F speaks for; `relevant` in a triple. */
  readonly label: Label;
  /** The passage that is not relevant, where `passage` is: the triple of target `pairwise`. */
  readonly other?: string;
}

/** What F is of the logits; `pairwise`, of a triple: σ(m₊ - m₋), m the margins of its two pairs. */
export type AttributionTarget = Target | "pairwise";

/** Options of {@linkcode attribute}. */
export interface AttributeOptions extends EncodeOptions {
  /** What F is; `logit` of the label's class unless given. */
  readonly target?: AttributionTarget;
  /**
   * The unit that F is in place of `target`, e.g. `7.intermediate.12`, or `7.intermediate.12@passage`: its
   * activation, summed over its tokens or a segment's (`cls`, `query`, `sep1`, `passage`, `sep2`). Or a
   * head's attention from one segment to another, `7.head.3.query>passage`. Units that are not below it
   * have conductance NaN.
   */
  readonly towards?: string;
  /** What is attributed to: outputs of `linears`, attention `heads`, or both; `linears` unless given. */
  readonly units?: readonly UnitKind[];
  /** Whether conductances of linears are given by the segment of tokens too; not unless given. */
  readonly bySegment?: boolean;
  /** Where the path begins; `pad` unless given. */
  readonly baseline?: Baseline;
  /** Which texts of a bi-encoder move along the path; `both` unless given. */
  readonly path?: MovingText;
  /** The quadrature; `adaptive` at its default tolerance unless given. */
  readonly rule?: Rule;
  /** Names of neurons that are zeroed, e.g. `7.value.312`. */
  readonly without?: readonly string[];
  /** The most pairs that share a pass; chosen for speed unless given. */
  readonly pairsPerBatch?: number;
  /**
   * Bytes of the host's memory for points of pairs that are too long for the backend's; three times
   * the backend's `memoryBytes` unless given. Points that do not fit are evaluated again.
   */
  readonly hostBytes?: number;
  /** Called as each round of the adaptive rule finishes for a pair. */
  readonly onRound?: (round: Round) => void;
  /** Ends the work between two rounds: its reason is thrown, and all memory given back. */
  readonly signal?: AbortSignal;
}

/** The same with masks that are in memory, in place of names. */
export interface MaskedOptions extends Omit<AttributeOptions, "without"> {
  /** Neurons that are zeroed or scaled: the first mask is used for every pair. */
  readonly masks?: Masks;
}

/** The attribution of one pair. */
export interface PairAttribution {
  /** Its place among the pairs given. */
  readonly index: number;
  /** Conductance of every neuron by id, summed over tokens; NaN where `towards` has it not below. */
  readonly conductance: Float64Array;
  /** With target `pairwise` that of the pair with the other passage; `conductance` is the relevant one's. */
  readonly other?: Float64Array;
  /**
   * With `bySegment` what tokens of each segment contribute (`cls`, `query`, `sep1`, `passage`, `sep2`):
   * these sum to `conductance`, but for heads, which have zeros. A line a sequence counts for the token that it
   * is read at.
   */
  readonly bySegment?: readonly Float64Array[];
  /** F at the baseline, at the input, and at each of `points`. */
  readonly F: {
    readonly baseline: number;
    readonly input: number;
    readonly along: readonly number[];
  };
  /** Forward and backward evaluations: the points of its path. */
  readonly evaluations: number;
  /** Evaluations done again where memory was short. */
  readonly repeated: number;
  /** The points t that the rule sums over, ascending. */
  readonly points: readonly number[];
  /** Its gaps of completeness at every cut. */
  readonly completeness: Completeness;
  /** Number of tokens. */
  readonly tokens: number;
}

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

/** What is found of one pair. */
type Found = Omit<PairAttribution, "index" | "other" | "completeness" | "tokens"> & {
  readonly pair: number;
  readonly cutSums: Float64Array;
};

/** The options of a rule, with what F is. */
type RuleOptions<R extends Rule> = Omit<MaskedOptions, "target"> & {
  readonly quadrature: R;
  readonly target: PathTarget;
};

/** Relative rounding error of F. */
const ROUNDING = { float32: 2 ** -22, float64: 2 ** -50 };
/** The smallest tolerance, as a part of TV(F): rounding hides smaller errors. */
const LEAST = { float32: 1e-3, float64: 1e-9 };

async function* attributeAdaptive(
  encoder: CrossEncoder,
  paths: readonly LabelledPath[],
  { quadrature, target, masks, bySegment, pairsPerBatch = Infinity, ...options }: RuleOptions<
    AdaptiveRule
  >,
): AsyncGenerator<Found> {
  const { ops, config, weights } = encoder;
  const { limits } = ops;
  const float = limits.floatBytes === 4 ? "float32" : "float64";
  const lengths = lengthsOf(paths);
  const { order, capacity, passTokens, stores } = planAdaptive(encoder, lengths);
  const queue = queueOf(order, (pair) => lengths[pair]);
  const words = uploadWords(ops, config, weights, paths);
  const open: PathStore[] = [];
  const refining = {
    ...options,
    tolerance: Math.max(quadrature.tolerance, LEAST[float]),
    rounding: ROUNDING[float],
    hostBytes: (options.hostBytes ?? 3 * limits.memoryBytes) / stores,
  };
  try {
    const sources = Array.from({ length: stores }, () => {
      const store = openPathStore(encoder, { paths, capacity, target, masks, bySegment, words });
      open.push(store);
      const room = { capacity, alignment: limits.rowAlignment, passTokens };
      const schedule = openSchedule(queue, (pair) => lengths[pair], {
        ...room,
        mostPairs: pairsPerBatch,
      });
      return adaptive(store, schedule, refining);
    });
    for await (const { pair, conductance, path, repeated } of merged(sources)) {
      const points = [0, ...path.map(({ b }) => b.t)];
      const along = [path[0].a.F, ...path.map(({ b }) => b.F)];
      yield {
        ...{ pair, conductance, repeated, points, evaluations: points.length },
        F: { baseline: along[0], input: along.at(-1)!, along },
        cutSums: cutSumsOf(path),
      };
    }
  } finally {
    for (const store of open) store.close();
    ops.free(words.words);
  }
}

async function* attributeFixed(
  encoder: CrossEncoder,
  paths: readonly LabelledPath[],
  { quadrature, target, masks, bySegment, pairsPerBatch, signal }: RuleOptions<FixedRule>,
): AsyncGenerator<Found> {
  const { ops, config, weights } = encoder;
  const { groups, capacity, stores } = planGroups(encoder, lengthsOf(paths), {
    points: quadrature.points.length,
    pairsPerBatch,
  });
  const words = uploadWords(ops, config, weights, paths);
  const open: PathStore[] = [];
  try {
    for (let i = 0; i < Math.min(stores, groups.length); i++) {
      open.push(openPathStore(encoder, { paths, capacity, target, masks, bySegment, words }));
    }
    const work = groups.map((group, at) => () =>
      runGroup(open[at % open.length], group, { quadrature, signal })
    );
    for await (const found of pipelined(work, open.length)) yield* found;
  } finally {
    for (const store of open) store.close();
    ops.free(words.words);
  }
}

async function runGroup(
  store: PathStore,
  group: readonly number[],
  { quadrature: { points, pairing }, signal }: {
    readonly quadrature: FixedRule;
    readonly signal?: AbortSignal;
  },
): Promise<Found[]> {
  const sums = pathSums(store, group.length);
  try {
    const integrals = await integrate(store, group, { t: points, pairing, sums, signal });
    const conductances = await sums.read();
    // F at the ends, where the rule does not evaluate them itself
    const missing = [0, 1].filter((end) => !points.includes(end));
    const ends = missing.length > 0
      ? await integrate(store, group, { t: missing, pairing, signal })
      : [];
    return group.map((pair, i) => {
      const { F: along, cutSums } = integrals[i];
      const at = (end: number) =>
        missing.includes(end) ? ends[i].F[missing.indexOf(end)] : along[points.indexOf(end)];
      const total = new Float64Array(cutSums[0].length);
      for (const sums of cutSums) sums.forEach((sum, cut) => total[cut] += sum);
      return {
        ...{ pair, conductance: conductances[i], points, cutSums: total },
        F: { baseline: at(0), input: at(1), along },
        evaluations: points.length + missing.length,
        repeated: 0,
      };
    });
  } finally {
    sums.free();
  }
}
