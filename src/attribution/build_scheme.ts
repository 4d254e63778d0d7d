/** From labelled pairs to an attribution scheme, with what happened on the way. */

import type { CrossEncoder } from "../model/cross_encoder.ts";
import { neuronName, neuronOf, type NeuronSpace } from "../model/neurons.ts";
import { agreements } from "./agreement.ts";
import {
  attribute,
  type AttributeOptions,
  type LabelledPair,
  type PairAttribution,
} from "./attribute.ts";
import { type Gaps, type LedgerLine, ledgerLine, summarize } from "./ledger.ts";
import { pairDigest } from "./pair_list.ts";
import type { PairRecord } from "./pair_record.ts";
import { addPair, type SchemeSums, schemeSums } from "./scheme.ts";
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
  /** Largest gap of completeness, as a part of F's change, that a pair may have; any unless given. */
  readonly completenessLimit?: number;
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

/** What became of the pairs. */
export interface BuiltScheme extends SummedPairs {
  /** Places of the pairs that the model classifies as labelled, or of all. */
  readonly kept: readonly number[];
  /** Pairs dropped since the model disagrees with their label. */
  readonly dropped: number;
  /** The metadata of the scheme's file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Attributes pairs and sums their conductances up: the same to the bit whatever the memory. */
export async function buildScheme(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  options: BuildOptions = {},
): Promise<BuiltScheme> {
  const agree = options.agreement ? await agreements(encoder, pairs, options) : undefined;
  const all = pairs.map((pair, index): IndexedPair => ({ ...pair, index }));
  const kept = all.filter((_, index) => agree?.[index] ?? true);
  const { onPair, completenessLimit } = options;
  async function* told() {
    let done = 0;
    for await (const pair of attributeIndexed(encoder, kept, options)) {
      yield pair;
      onPair?.(pair, { done: ++done, of: kept.length });
    }
  }
  const summed = await sumPairs(told(), { space: encoder.config, pairs: kept, completenessLimit });
  const dropped = pairs.length - kept.length;
  const { ledger } = summed;
  const story = { encoder, ledger, dropped, label: labelOf(pairs), ...options, ...options.origin };
  return {
    ...summed,
    kept: kept.map(({ index }) => index),
    dropped,
    metadata: await schemeMetadata(story),
  };
}

/** Attributes pairs as {@linkcode attribute} does; what is found has the pairs' own places. */
export async function* attributeIndexed(
  encoder: CrossEncoder,
  pairs: readonly IndexedPair[],
  options: AttributeOptions = {},
): AsyncGenerator<PairAttribution> {
  for await (const found of attribute(encoder, pairs, options)) {
    const pair = { ...found, index: pairs[found.index].index };
    checkFinite(encoder, pair);
    yield pair;
  }
}

/** Sums pairs up as they come; the order in which they come changes nothing. */
export async function sumPairs(
  records: AsyncIterable<PairRecord>,
  { space, pairs, completenessLimit }: {
    readonly space: NeuronSpace;
    /** The texts of the pairs that come. */
    readonly pairs: readonly IndexedPair[];
    readonly completenessLimit?: number;
  },
): Promise<SummedPairs> {
  const texts = new Map(pairs.map((pair) => [pair.index, pair]));
  const sums = schemeSums(space);
  const ledger: LedgerLine[] = [];
  let repeated = 0;
  for await (const record of records) {
    const pair = texts.get(record.index)!;
    checkGap(record, pair, completenessLimit);
    addPair(sums, record.conductance);
    ledger.push(ledgerLine(record, await pairDigest(pair)));
    repeated += record.repeated;
  }
  return { sums, ledger, repeated, ...summarize(ledger) };
}

/** The label of all pairs; `mixed` where there are both. */
export function labelOf(
  pairs: readonly Pick<LabelledPair, "label">[],
): "relevant" | "non-relevant" | "mixed" {
  const labels = new Set(pairs.map(({ label }) => label));
  return labels.size === 2 ? "mixed" : labels.has(1) ? "relevant" : "non-relevant";
}

/** Names the pair whose gap is beyond the limit. */
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

/** Names the pair, and the first place on the way up where a number is none. */
function checkFinite(encoder: CrossEncoder, pair: PairAttribution): void {
  const { conductance, index, F, completeness } = pair;
  const cut = completeness.cuts.find(({ gap }) => !Number.isFinite(gap))?.cut;
  const at = cut === undefined ? "" : `; the first cut of the network that is not finite: ${cut}`;
  if (!Number.isFinite(F.input) || !Number.isFinite(F.baseline)) {
    throw new RangeError(
      `Cannot attribute pair ${index}: F is ${F.baseline} at the baseline and ${F.input} at the input${at}`,
    );
  }
  const id = conductance.findIndex((value) => !Number.isFinite(value));
  if (id < 0) return;
  throw new RangeError(
    `Cannot attribute pair ${index}: the conductance of neuron ${
      neuronName(neuronOf(encoder.config, id))
    } is ${conductance[id]}${at}`,
  );
}
