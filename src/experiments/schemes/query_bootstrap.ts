/**
 * The bootstrap over queries. Queries are the unit of sampling, since a scheme's pairs share
 * queries, and P and N of a collection share them too. A draw takes, for every collection, one
 * query fewer than it has, with replacement, and adds up what these contributed to each of its
 * schemes: all neurons, both labels and all pairs of a query together.
 */

import type { Scheme } from "../../attribution/schemes/scheme.ts";
import { clusteredMean, drawClusters } from "../../ir/clusters.ts";
import { seededRandom, seedFor } from "../../ir/random.ts";
import type { Means } from "../sets/evaluate.ts";
import type { SchemeName } from "../sets/resolve.ts";
import type { Schemes } from "./scheme_folder.ts";

/** How schemes are drawn, as results describe it. */
export const drawnMeans =
  "the queries of every collection were drawn anew, with replacement, and each took along what its " +
  "pairs give to all neurons of both labels' schemes";

/** How many queries a scheme has; undefined where its file does not say. */
export function queriesOf({ sums }: Pick<Scheme, "sums">): number | undefined {
  return sums?.byQuery?.size;
}

/** The first scheme whose queries cannot be drawn anew, and why; undefined where all can. */
export function notDrawable(
  schemes: Schemes,
): { readonly name: SchemeName; readonly why: string } | undefined {
  for (const [name, scheme] of schemes) {
    const queries = queriesOf(scheme);
    if (queries === undefined) return { name, why: "its file has no sums by query" };
    if (queries < 2) return { name, why: "its pairs are of one query" };
  }
  return undefined;
}

/** The least number of queries of some schemes: what the interval of a statistic of them rests on. */
export function fewestQueries(schemes: Schemes, names: Iterable<SchemeName>): number {
  return Math.min(...Array.from(names, (name) => queriesOf(schemes.get(name)!) ?? 0));
}

/** The standard error of a neuron's mean, and what it is over. */
export interface StandardError {
  /** The error, in units of F. */
  readonly error: number;
  /** `pairs` where a scheme's file lacks sums by query: too small where pairs share queries. */
  readonly over: "queries" | "pairs";
}

/** The standard error of a neuron's mean; undefined where there is one query, or one pair, only. */
export function standardError(
  { m2, pairs, sums }: Scheme,
  id: number,
): StandardError | undefined {
  const byQuery = sums?.byQuery;
  if (!byQuery) {
    return pairs < 2
      ? undefined
      : { error: Math.sqrt(m2[id] / (pairs - 1) / pairs), over: "pairs" };
  }
  if (byQuery.size < 2) return undefined;
  const clusters = Array.from(byQuery.values(), (one) => ({ sum: one.sum[id], count: one.pairs }));
  return { error: clusteredMean(clusters).error, over: "queries" };
}

/** A collection's queries, and what each contributes to its schemes. */
interface Stratum {
  readonly queries: readonly string[];
  readonly schemes: readonly SchemeName[];
}

/** Schemes drawn anew `draws` times, the same for a seed; {@linkcode notDrawable} must find none. */
export function* drawMeans(
  schemes: Schemes,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): Generator<Means> {
  const failed = notDrawable(schemes);
  if (failed) {
    throw new RangeError(`Cannot draw the queries of scheme ${failed.name} anew: ${failed.why}`);
  }
  const [{ space }] = schemes.values();
  const strata = [...Map.groupBy(schemes.keys(), (name) => name.slice(2))].map(
    ([collection, names]) => ({
      schemes: names,
      queries: [...new Set(names.flatMap((name) => [...schemes.get(name)!.sums!.byQuery!.keys()]))]
        .sort(),
      random: seededRandom(seedFor(seed, collection)),
    }),
  );
  for (let draw = 0; draw < draws; draw++) {
    const of = new Map<SchemeName, Float64Array>();
    for (const { random, ...stratum } of strata) {
      let drawn: ReturnType<typeof sumsOf>;
      // a draw may hold none of the few queries of a scheme: it is drawn again
      do drawn = sumsOf(schemes, stratum, drawClusters(stratum.queries.length, random)); while (
        [...drawn.values()].some(({ pairs }) => pairs === 0)
      );
      for (const [name, { sum, pairs }] of drawn) of.set(name, sum.map((value) => value / pairs));
    }
    yield { space, of };
  }
}

function sumsOf(schemes: Schemes, { queries, schemes: names }: Stratum, times: Uint32Array) {
  return new Map(names.map((name) => {
    const { mean, sums } = schemes.get(name)!;
    const sum = new Float64Array(mean.length);
    let pairs = 0;
    queries.forEach((query, q) => {
      const own = times[q] > 0 ? sums!.byQuery!.get(query) : undefined;
      if (!own) return;
      pairs += times[q] * own.pairs;
      for (let id = 0; id < sum.length; id++) sum[id] += times[q] * own.sum[id];
    });
    return [name, { sum, pairs }] as const;
  }));
}
