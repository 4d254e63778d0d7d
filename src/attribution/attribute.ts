/** Neuron Integrated Gradients of pairs: which batches are run, and what comes out of each pair. */

import type { Target } from "../compute/ops.ts";
import { classOf, type Label } from "../ir/words.ts";
import type { Capacity } from "../model/activations.ts";
import type { CrossEncoder, TextPair } from "../model/cross_encoder.ts";
import type { Masks } from "../model/mask.ts";
import { pipelined } from "../model/pipelined.ts";
import type { EncodeOptions } from "../model/tokenizer.ts";
import { adaptive, adaptiveRecomputing, FIRST_POINTS, MOST_POINTS } from "./adaptive.ts";
import { type Baseline, pathPair } from "./baseline.ts";
import { type Completeness, completeness, cutNames } from "./completeness.ts";
import { capacityFor, integrate } from "./integrate.ts";
import {
  bytesPerKeptToken,
  bytesPerPassingToken,
  type LabelledPath,
  openPathStore,
  type PathStore,
} from "./path_store.ts";
import { type FixedRule, type Rule, rule } from "./rule.ts";

/** A pair with its label. */
export interface LabelledPair extends TextPair {
  /** Which class F speaks for. */
  readonly label: Label;
}

/** Options of {@linkcode attribute}. */
export interface AttributeOptions extends EncodeOptions {
  /** What F is; `logit` of the label's class unless given. */
  readonly target?: Target;
  /** Where the path begins; `pad` unless given. */
  readonly baseline?: Baseline;
  /** The quadrature; `adaptive` at tolerance .05 unless given. */
  readonly rule?: Rule;
  /** Neurons that are zeroed: the first mask is used for every pair. */
  readonly masks?: Masks;
  /** Most pairs in one batch; as many as pay unless given. */
  readonly pairsPerBatch?: number;
}

/** The attribution of one pair. */
export interface PairAttribution {
  /** Its place among the pairs given. */
  readonly index: number;
  /** Conductance of every neuron by id, summed over tokens. */
  readonly conductance: Float64Array;
  /** F at the baseline and at the input. */
  readonly F: { readonly baseline: number; readonly input: number };
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
 * Points that the adaptive rule is given room for: a pair needs about 20, rarely more than both
 * together; a group shares what its pairs need more than the others.
 */
const ROOM = { eachPair: 24, group: 16 };

/**
 * Attributes pairs; results come as they are finished, batch by batch, in order of length.
 *
 * @throws {RangeError} where a pair does not fit in the memory that the operations may take.
 */
export async function* attribute(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  options: AttributeOptions = {},
): AsyncGenerator<PairAttribution> {
  const { config } = encoder;
  const { baseline = "pad", target = "logit", masks } = options;
  const quadrature = options.rule ?? rule("adaptive");
  const paths = pairs.map(({ query, passage, label }): LabelledPath => ({
    ...pathPair(encoder.tokenizer.encode(query, passage, options), baseline, config),
    label: classOf(label),
  }));
  if (paths.length === 0) return;
  const { groups, capacity, stores } = planGroups(
    encoder,
    paths,
    quadrature,
    options.pairsPerBatch,
  );
  const open = Array.from(
    { length: Math.min(stores, groups.length) },
    () => openPathStore(encoder, { capacity, target, masks }),
  );
  const work = groups.map((indices, at) => async () => ({
    indices,
    all: await run(open[at % open.length], indices.map((index) => paths[index]), quadrature),
  }));
  try {
    for await (const { indices, all } of pipelined(work, open.length)) {
      for (const { pair, cutSums, baseline, input, ...rest } of all) {
        const index = indices[pair];
        yield {
          ...{ index, ...rest },
          F: { baseline, input },
          completeness: completeness(cutNames(config), cutSums, input - baseline),
          tokens: paths[index].encoded.ids.length,
        };
      }
    }
  } finally {
    open.forEach((store) => store.close());
  }
}

/** What a group's run finds of one of its pairs. */
interface Found {
  readonly pair: number;
  readonly conductance: Float64Array;
  readonly baseline: number;
  readonly input: number;
  readonly evaluations: number;
  readonly repeated: number;
  readonly cutSums: Float64Array;
  readonly points: readonly number[];
}

async function run(
  store: PathStore,
  group: readonly LabelledPath[],
  quadrature: Rule,
): Promise<Found[]> {
  store.begin(group);
  if (quadrature.kind === "fixed") return await runFixed(store, group, quadrature);
  // float32 cannot close gaps below about a thousandth
  const tolerance = Math.max(
    quadrature.tolerance,
    store.encoder.ops.limits.floatBytes === 4 ? 1e-3 : 1e-9,
  );
  const results = await adaptive(store, group, tolerance);
  const found: Found[] = [];
  if (results.some((result) => result)) {
    const conductances = await store.conductances();
    results.forEach((result, pair) => {
      if (result) found.push({ pair, conductance: conductances[pair], ...result });
    });
  }
  for (const [pair, result] of results.entries()) {
    if (result) continue;
    store.begin([group[pair]]);
    let again = group.length > 1
      ? (await adaptive(store, [group[pair]], tolerance))[0] // alone there is more room
      : undefined;
    if (!again) {
      store.begin([group[pair]]);
      again = await adaptiveRecomputing(store, group[pair], tolerance);
    }
    found.push({ pair, conductance: (await store.conductances())[0], ...again });
  }
  return found;
}

async function runFixed(
  store: PathStore,
  group: readonly LabelledPath[],
  { points, pairing }: FixedRule,
): Promise<Found[]> {
  const integrals = await integrate(store, group, points, { pairing, conductances: true });
  const conductances = await store.conductances();
  // F at the ends, where the rule does not evaluate them itself
  const missing = [0, 1].filter((end) => !points.includes(end));
  const ends = missing.length > 0
    ? await integrate(store, group, missing, { pairing, conductances: false })
    : [];
  return group.map((_, pair) => {
    const at = (end: number) =>
      missing.includes(end)
        ? ends[pair].F[missing.indexOf(end)]
        : integrals[pair].F[points.indexOf(end)];
    const { cutSums } = integrals[pair];
    const total = new Float64Array(cutSums[0].length);
    for (const sums of cutSums) sums.forEach((sum, cut) => total[cut] += sum);
    return {
      pair,
      conductance: conductances[pair],
      baseline: at(0),
      input: at(1),
      evaluations: points.length + missing.length,
      repeated: 0,
      cutSums: total,
      points,
    };
  });
}

/**
 * Which pairs run together, shortest first, the room they need, and how many groups run side by side:
 * as many as the operations ask for, where each fills a quarter of a pass.
 */
function planGroups(
  encoder: CrossEncoder,
  paths: readonly LabelledPath[],
  quadrature: Rule,
  pairsPerBatch = Infinity,
): { readonly groups: readonly number[][]; readonly capacity: Capacity; readonly stores: number } {
  const { ops: { limits }, config } = encoder;
  const lengthOf = (index: number) => paths[index].encoded.ids.length;
  const order = paths.map((_, i) => i).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  const adaptive = quadrature.kind === "adaptive";
  // A fixed rule evaluates all that it keeps in one pass; the adaptive rule a few points a round.
  const passing = adaptive ? FIRST_POINTS.length / ROOM.eachPair : 1;
  const bytes = bytesPerKeptToken(encoder) + passing * bytesPerPassingToken(encoder);
  const fits = (memoryBytes: number) =>
    Math.min(
      Math.floor(memoryBytes / bytes),
      Math.floor(limits.tensorBytes / (limits.floatBytes * Math.max(config.inner, config.width))),
    );
  const longest = lengthOf(order.at(-1)!);
  const least = capacityFor([longest], 2, limits.rowAlignment);
  if (fits(limits.memoryBytes) < least.tokens) {
    throw new RangeError(
      `Cannot attribute a pair of ${longest} tokens: expected at least ${
        Math.ceil(least.tokens * bytes / 2 ** 20)
      } MiB for its activations, got ${Math.floor(limits.memoryBytes / 2 ** 20)} MiB`,
    );
  }
  const need = (indices: readonly number[]) => {
    const points = quadrature.kind === "fixed"
      ? quadrature.points.length
      : Math.ceil(ROOM.eachPair + ROOM.group / indices.length);
    return capacityFor(indices.map(lengthOf), points, limits.rowAlignment);
  };
  const full = limits.passTokens / passing;
  let stores = limits.passes;
  while (stores > 1 && fits(limits.memoryBytes / stores) < full / 4) stores--;
  const most = fits(limits.memoryBytes / stores);
  const pays = Math.min(full, need(order).tokens / stores);
  const groups: number[][] = [];
  for (const index of order) {
    const group = groups.at(-1);
    const next = [...group ?? [], index];
    if (group && next.length <= pairsPerBatch && need(next).tokens <= Math.min(most, pays)) {
      group.push(index);
    } else groups.push([index]);
  }
  const needs = groups.map(need);
  const capacity = {
    tokens: Math.min(most, Math.max(...needs.map(({ tokens }) => tokens))),
    sequences: Math.max(...needs.map(({ sequences }) => sequences)),
  };
  if (adaptive) {
    // every round begins at an aligned line
    const rounds = 16 * limits.rowAlignment;
    capacity.tokens = Math.min(most, capacity.tokens + rounds);
    capacity.sequences = Math.max(capacity.sequences, MOST_POINTS) + rounds;
  }
  return { groups, capacity, stores };
}
