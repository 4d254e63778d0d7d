/** Makes an attribution scheme of labelled pairs, with a record of every pair. */

import type { ListLabel } from "../../ir/words.ts";
import { spaceOfKinds } from "../../model/asked.ts";
import { type CrossEncoder, encoderOf, type Model } from "../../model/cross_encoder.ts";
import {
  neuronCount,
  neuronName,
  neuronOf,
  type NeuronSpace,
  type Part,
} from "../../model/neurons.ts";
import { agreements } from "../agreement.ts";
import { attribute } from "../attribute.ts";
import type { AttributeOptions, LabelledPair, PairAttribution } from "../attribution.ts";
import { type Gaps, type LedgerLine, ledgerLine, summarize } from "./ledger.ts";
import { pairDigest } from "./pair_list.ts";
import type { PairRecord } from "../pair_record.ts";
import { keptByQuery } from "./query_sums.ts";
import { partsNotBelow } from "../target/towards.ts";
import { addPair, type Scheme, schemeOf, type SchemeSums, schemeSums } from "./scheme.ts";
import { schemeMetadata, type SchemeProvenance } from "./scheme_metadata.ts";

/** A pair with its place in the list of all pairs. */
export interface IndexedPair extends LabelledPair {
  /** From 0. */
  readonly index: number;
}

/** Options of {@linkcode buildScheme}. */
export interface BuildOptions extends AttributeOptions {
  /** Whether pairs that the model classifies otherwise than labelled are dropped; not unless given. */
  readonly agreement?: boolean;
  /** The similarity above which a bi-encoder's pair is relevant, for `agreement`. */
  readonly threshold?: number;
  /** Largest gap of completeness, as a part of F's change, that a pair may have; any unless given. */
  readonly completenessLimit?: number;
  /** Whether sums by query are kept; where they take at most 512 MiB unless given. */
  readonly byQuery?: boolean;
  /** Where the pairs and the model come from, for the metadata. */
  readonly origin?: SchemeProvenance;
  /** Called with every pair that is finished, and how many are of how many. */
  readonly onPair?: (
    pair: PairAttribution,
    progress: { readonly done: number; readonly of: number },
  ) => void;
}

/** The sums of a scheme's pairs. */
export interface SummedPairs {
  /** Of all pairs. */
  readonly sums: SchemeSums;
  /** The pairs' lines. */
  readonly ledger: readonly LedgerLine[];
  /** Mean number of forward and backward evaluations a pair. */
  readonly evaluations: number;
  /** Evaluations of all pairs that were done again where memory was short. */
  readonly repeated: number;
  /** Gaps of completeness, the largest over all cuts of a pair. */
  readonly gaps: Gaps;
}

/** A scheme, and what became of the pairs. */
export interface BuiltScheme extends Scheme {
  /** The exact sums, for merging. */
  readonly sums: SchemeSums;
  /** Places of the pairs that the model classifies as labelled, or of all. */
  readonly kept: readonly number[];
  /** Pairs dropped since the model disagrees with their label. */
  readonly dropped: number;
  /** Mean number of forward and backward evaluations a pair. */
  readonly evaluations: number;
  /** Gaps of completeness, the largest over all cuts of a pair. */
  readonly gaps: Gaps;
}

/**
 * The attribution scheme of pairs: mean and spread of every neuron's conductance over them, the same
 * to the bit whatever the order of the pairs and the memory.
 *
 * @throws {RangeError} where no pair is left, a pair does not fit in memory, or its gap of
 * completeness is beyond the limit.
 */
export async function buildScheme(
  model: Model,
  given: readonly LabelledPair[] | Promise<readonly LabelledPair[]>,
  options: BuildOptions = {},
): Promise<BuiltScheme> {
  const encoder = encoderOf(model);
  const pairs = await given;
  const agree = options.agreement ? await agreements(encoder, pairs, options) : undefined;
  const all = pairs.map((pair, index): IndexedPair => ({ ...pair, index }));
  const kept = all.filter((_, index) => agree?.[index] ?? true);
  const { onPair, completenessLimit } = options;
  const queries = new Set(kept.map(({ query }) => query)).size;
  const space = spaceOfKinds(encoder.config, options.units);
  const isPairwise = options.target === "pairwise";
  const byQuery = options.byQuery ??
    keptByQuery(queries, (isPairwise ? 2 : 1) * neuronCount(space));
  async function* told() {
    let done = 0;
    for await (const pair of attributeIndexed(encoder, kept, options)) {
      yield pair;
      onPair?.(pair, { done: ++done, of: kept.length });
    }
  }
  const summed = await sumPairs(told(), {
    ...{ space, pairs: kept, completenessLimit, byQuery, bySegment: options.bySegment },
    absent: partsNotBelow(encoder, options.towards, options.units),
    isPairwise,
  });
  const dropped = pairs.length - kept.length;
  const { sums, ledger, evaluations, gaps } = summed;
  const label = labelOf(pairs);
  const story = { encoder, ledger, dropped, label, ...options, ...options.origin, byQuery };
  return {
    ...schemeOf(sums, await schemeMetadata(story)),
    ...{ sums, evaluations, gaps },
    kept: kept.map(({ index }) => index),
    dropped,
  };
}

/** Attributes pairs as {@linkcode attribute} does; what is found has the pairs' own places. */
export async function* attributeIndexed(
  encoder: CrossEncoder,
  pairs: readonly IndexedPair[],
  options: AttributeOptions = {},
): AsyncGenerator<PairAttribution> {
  const { towards, units } = options;
  const absent = partsNotBelow(encoder, towards, units);
  const space = spaceOfKinds(encoder.config, units);
  for await (const found of attribute(encoder, pairs, options)) {
    const pair = { ...found, index: pairs[found.index].index };
    checkFinite(space, pair, absent);
    yield pair;
  }
}

/** Sums pairs up as they come; the order in which they come changes nothing. */
export async function sumPairs(
  records: AsyncIterable<PairRecord>,
  { space, pairs, completenessLimit, byQuery = false, absent, isPairwise, bySegment }: {
    readonly space: NeuronSpace;
    /** The texts of the pairs that come. */
    readonly pairs: readonly IndexedPair[];
    /** Whether sums by query are kept too. */
    readonly byQuery?: boolean;
    readonly completenessLimit?: number;
    /** Linears whose neurons have no conductance. */
    readonly absent?: readonly Part[];
    /** Whether they are triples. */
    readonly isPairwise?: boolean;
    /** Whether they tell what the tokens of each segment contribute. */
    readonly bySegment?: boolean;
  },
): Promise<SummedPairs> {
  const texts = new Map(pairs.map((pair) => [pair.index, pair]));
  const sums = schemeSums(space, { byQuery, absent, isPairwise, bySegment });
  const ledger: LedgerLine[] = [];
  let repeated = 0;
  for await (const record of records) {
    const pair = texts.get(record.index)!;
    checkGap(record, pair, completenessLimit);
    addPair(sums, record.conductance, pair.query, record);
    ledger.push(ledgerLine(record, await pairDigest(pair)));
    repeated += record.repeated;
  }
  return { sums, ledger, repeated, ...summarize(ledger) };
}

/** The label of all pairs; `mixed` where there are both. */
export function labelOf(pairs: readonly Pick<LabelledPair, "label">[]): ListLabel {
  const labels = new Set(pairs.map(({ label }) => label));
  return labels.size === 2 ? "mixed" : [...labels][0] ?? "non-relevant";
}

/** Refuses a pair whose gap of completeness exceeds the limit. */
function checkGap(
  { index, completeness: { relative, worst } }: PairRecord,
  { query }: LabelledPair,
  limit = Infinity,
): void {
  if (relative <= limit) return;
  throw new RangeError(
    `Cannot attribute pair ${index} (query ${
      JSON.stringify(query.slice(0, 60))
    }): expected a gap of completeness of at most ${limit} of F's change, got ${
      relative.toPrecision(3)
    } (${worst.toPrecision(3)} in units of F)`,
  );
}

/**
 * Refuses a pair with a number that is not finite, beside those of linears that have none; the error names
 * the lowest cut where that occurs.
 */
function checkFinite(space: NeuronSpace, pair: PairAttribution, absent: readonly Part[]): void {
  const { conductance, index, F, completeness } = pair;
  const cut = completeness.cuts.find(({ gap }) => !Number.isFinite(gap))?.cut;
  const at = cut === undefined ? "" : `; the first cut of the network that is not finite: ${cut}`;
  if (!Number.isFinite(F.input) || !Number.isFinite(F.baseline)) {
    throw new RangeError(
      `Cannot attribute pair ${index}: F is ${F.baseline} at the baseline and ${F.input} at the input${at}`,
    );
  }
  const isAbsent = (id: number) =>
    absent.some(({ first, units }) => id >= first && id < first + units);
  const isWrong = (value: number, id: number) => !Number.isFinite(value) && !isAbsent(id);
  const all = [conductance, ...(pair.other ? [pair.other] : []), ...(pair.bySegment ?? [])];
  const wrong = all.find((values) => values.some(isWrong));
  if (!wrong) return;
  const id = wrong.findIndex(isWrong);
  throw new RangeError(
    `Cannot attribute pair ${index}: the conductance of neuron ${
      neuronName(neuronOf(space, id))
    } is ${wrong[id]}${at}`,
  );
}
