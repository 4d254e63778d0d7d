/** From labelled pairs to an attribution scheme, with what happened on the way. */

import { type CrossEncoder, predictedLabel, score } from "../model/cross_encoder.ts";
import { neuronCount, neuronName, neuronOf } from "../model/neurons.ts";
import {
  attribute,
  type AttributeOptions,
  type LabelledPair,
  type PairAttribution,
} from "./attribute.ts";
import { type Gaps, type LedgerLine, ledgerLine, ledgerMetadata, summarize } from "./ledger.ts";
import type { PairRecord } from "./pair_record.ts";
import { keptByQuery } from "./query_sums.ts";
import { rule } from "./rule.ts";
import { addPair, type SchemeSums, schemeSums } from "./scheme.ts";

/** Options of {@linkcode buildScheme}. */
export interface BuildOptions extends AttributeOptions {
  /** Whether pairs that the model classifies otherwise than labelled are dropped; not unless given. */
  readonly agreement?: boolean;
  /** Largest gap of completeness, as a part of F's change, that a pair may have; any unless given. */
  readonly completenessLimit?: number;
  /** Whether sums by query are kept; where they take at most 512 MiB unless given. */
  readonly byQuery?: boolean;
  /** Places of the pairs that are taken, a shard's; all unless given. */
  readonly only?: readonly number[];
  /** Places that an earlier run kept of them. */
  readonly kept?: readonly number[];
  /** Pairs that an earlier run finished: they are added, not attributed again. */
  readonly finished?: AsyncIterable<PairRecord> | Iterable<PairRecord>;
  /** Called with the places that are kept, before any pair is attributed. */
  readonly onKept?: (kept: readonly number[]) => void | Promise<void>;
  /** Called with every pair that this run finishes, and how many are done of how many. */
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
  /** Evaluations of all pairs that were done again where memory was short. */
  readonly repeated: number;
  /** Gaps of completeness, the largest over all cuts of a pair. */
  readonly gaps: Gaps;
  /** The kept pairs' lines. */
  readonly ledger: readonly LedgerLine[];
  /** The options as strings, in the words of the scheme file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Attributes pairs and sums their conductances up. The result is the same to the bit whichever pairs
 * were finished before, run together, or given less memory.
 */
export async function buildScheme(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  options: BuildOptions = {},
): Promise<BuiltScheme> {
  const taken = options.only ?? pairs.map((_, index) => index);
  const kept = options.kept ??
    (options.agreement ? await agreeing(encoder, pairs, { ...options, taken }) : taken);
  await options.onKept?.(kept);
  const queries = pairs.map(({ query }) => query); // all, so that every shard decides alike
  const byQuery = options.byQuery ?? keptByQuery(queries, neuronCount(encoder.config));
  const sums = schemeSums(encoder.config, { byQuery });
  const ledger: LedgerLine[] = [];
  const left = new Set(kept);
  let repeated = 0;
  const add = (pair: PairRecord) => {
    if (!left.delete(pair.index)) return;
    checkGap(pair, pairs, options.completenessLimit);
    addPair(sums, pair.conductance, queries[pair.index]);
    ledger.push(ledgerLine(pair));
    repeated += pair.repeated;
  };
  for await (const pair of options.finished ?? []) add(pair);
  const places = kept.filter((index) => left.has(index));
  for await (const found of attribute(encoder, places.map((index) => pairs[index]), options)) {
    const pair = { ...found, index: places[found.index] };
    checkFinite(encoder, pair);
    add(pair);
    await options.onPair?.(pair, { done: sums.pairs, of: kept.length });
  }
  const dropped = taken.length - kept.length;
  const { evaluations, gaps } = summarize(ledger);
  return {
    ...{ sums, kept, dropped, evaluations, repeated, gaps, ledger },
    metadata: {
      ...describe(pairs, options),
      ...ledgerMetadata(ledger),
      max_length: String(Math.min(options.maxLength ?? Infinity, encoder.config.maxTokens)),
      dropped: String(dropped),
      by_query: byQuery ? "on" : "off",
      adapter: encoder.ops.adapter,
      ...(encoder.ops.limits.weightBytes === 2 ? { weights: "float16" } : {}),
    },
  };
}

/** The options in the words of the scheme file. */
function describe(pairs: readonly LabelledPair[], options: BuildOptions): Record<string, string> {
  const quadrature = options.rule ?? rule("adaptive");
  const labels = new Set(pairs.map(({ label }) => label));
  return {
    label: labels.size === 2 ? "mixed" : labels.has(1) ? "relevant" : "non-relevant",
    target: options.target ?? "logit",
    baseline: options.baseline ?? "pad",
    rule: quadrature.name,
    ...(quadrature.kind === "fixed"
      ? { steps: String(quadrature.steps) }
      : { tolerance: String(quadrature.tolerance) }),
    segments: options.segments ?? "pair",
    agreement: options.agreement ? "on" : "off",
  };
}

/** Places of the pairs whose label the model predicts: class 1 where its logit is strictly larger. */
async function agreeing(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  { taken, maxLength, segments }: BuildOptions & { readonly taken: readonly number[] },
): Promise<number[]> {
  const scores = await score(encoder, taken.map((index) => pairs[index]), { maxLength, segments });
  return taken.filter((index, i) => predictedLabel(scores[i]) === pairs[index].label);
}

/** Names the pair whose gap is beyond the limit. */
function checkGap(
  { index, completeness: { relative, worst } }: PairRecord,
  pairs: readonly LabelledPair[],
  limit = Infinity,
): void {
  if (relative <= limit) return;
  throw new RangeError(
    `Cannot attribute pair ${index} (query ${
      JSON.stringify(pairs[index].query.slice(0, 60))
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
