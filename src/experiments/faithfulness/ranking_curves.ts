/**
 * Deletion and insertion measured in nDCG@10: candidates are ranked with the first units of an order at
 * their values in the baseline's run, or with all others at theirs. RISE: Petsiuk et al. 2018,
 * arXiv:1806.07421. Definitions in docs/faithfulness.md.
 */

import { mean } from "../../ir/measures.ts";
import { meanInterval } from "../../ir/mean_interval.ts";
import { seedFor } from "../../ir/random.ts";
import { neuronCount, type NeuronSpace } from "../../model/neurons.ts";
import { type ListedCandidates, type RankedLists, rankedLists } from "../ablation/ranked_lists.ts";
import type {
  RankingArea,
  RankingCurves,
  RankingFloors,
  RankingOrder,
} from "../results/results_faithfulness.ts";
import { area } from "./area.ts";
import { rankingFloors } from "./floors.ts";
import { curveSizes, matchedOrder, placeOfPrefix, prefixSets } from "./patching_plan.ts";

/** Every unit once, the strongest first. */
export interface StrengthOrder {
  /** The expression whose strength it is. */
  readonly of: string;
  readonly ids: Uint32Array;
}

/** The sets under which candidates are scored, and where they are among them. */
export interface RankingPlan {
  /** Orders, each followed by its random ones. */
  readonly orders: readonly StrengthOrder[];
  /** Random orders of each. */
  readonly random: number;
  /** Numbers of units at which curves are taken. */
  readonly sizes: readonly number[];
  /** None, all, then what every order and its random ones remove and leave out. */
  readonly sets: readonly Uint32Array[];
  /** The place of a set; `draw`: which random order, from 0, none of the order itself. */
  setOf(
    at: { readonly order: number; readonly draw?: number; readonly size: number },
    what: "removed" | "kept",
  ): number;
}

/** Plans curves of orders, each beside random ones with units of the same layers and components. */
export function planRankings(
  space: NeuronSpace,
  orders: readonly StrengthOrder[],
  { random, seed }: { readonly random: number; readonly seed: number },
): RankingPlan {
  const count = neuronCount(space);
  const sizes = curveSizes(count);
  const all = orders.flatMap(({ of, ids }) => [
    ids,
    ...Array.from(
      { length: random },
      (_, draw) => matchedOrder(space, ids, seedFor(seed, `ranking order ${of} ${draw}`)),
    ),
  ]);
  const none = new Uint32Array(0);
  return {
    ...{ orders, random, sizes },
    sets: [none, Uint32Array.from({ length: count }, (_, id) => id), ...prefixSets(all, sizes)],
    setOf({ order, draw, size }, what) {
      const place = order * (1 + random) + (draw === undefined ? 0 : 1 + draw);
      return 2 + placeOfPrefix({ order: place, size, sizes: sizes.length }, what);
    },
  };
}

/** What was scored. */
export interface RankingParts {
  readonly space: NeuronSpace;
  readonly plan: RankingPlan;
  /** A candidate's value under every set of the plan, candidate by candidate. */
  readonly values: Float64Array;
  readonly candidates: ListedCandidates;
  readonly seed: number;
  /** For the record. */
  readonly about: Pick<RankingCurves, "collection" | "rankBy" | "baseline">;
}

/** Curves and areas of all orders, and what rankings of the same lists can be at all. */
export function rankingCurves(
  { space, plan, values, candidates, seed, about }: RankingParts,
): RankingCurves {
  const lists = rankedLists(candidates);
  const numbers = plan.sets.length;
  const count = candidates.candidates.length;
  const byQuery = plan.sets.map((_, set) => [
    ...lists.ndcg(
      lists.runOf(Float64Array.from({ length: count }, (_, i) => values[i * numbers + set])),
    ).values(),
  ]);
  const neurons = neuronCount(space);
  const shares = plan.sizes.map((size) => size / neurons);
  const [all, none] = byQuery;
  const queries = all.length;
  /** A query's area under a curve of an order. */
  const areaOf = (order: number, what: "removed" | "kept", draw?: number) =>
    Array.from({ length: queries }, (_, q) => {
      const [first, last] = what === "removed" ? [all[q], none[q]] : [none[q], all[q]];
      const points = shares.map((share, size) =>
        [share, byQuery[plan.setOf({ order, draw, size }, what)][q]] as const
      );
      return area([[0, first], ...points, [1, last]]);
    });
  const draws = Array.from({ length: plan.random }, (_, draw) => draw);
  const areasOf = (order: number, what: "removed" | "kept"): RankingArea => {
    const own = areaOf(order, what);
    const value = mean(own);
    if (draws.length === 0) return { value, random: null, between: null, interval: null };
    const drawn = draws.map((draw) => areaOf(order, what, draw));
    const sign = what === "removed" ? -1 : 1;
    const between = own.map((one, q) => sign * (one - mean(drawn.map((areas) => areas[q]))));
    return {
      value,
      random: mean(drawn.map(mean)),
      between: mean(between),
      interval: meanInterval(between),
    };
  };
  const meanAt = (at: Parameters<RankingPlan["setOf"]>[0], what: "removed" | "kept") =>
    mean(byQuery[plan.setOf(at, what)]);
  return {
    ...{ ...about, queries, candidates: count, all: mean(all), none: mean(none) },
    floors: floorsOf(candidates, { lists, seed }),
    orders: plan.orders.map(({ of }, order): RankingOrder => ({
      of,
      points: plan.sizes.map((units, size) => ({
        ...{ units, share: shares[size] },
        removed: meanAt({ order, size }, "removed"),
        kept: meanAt({ order, size }, "kept"),
        random: draws.map((draw) => ({
          removed: meanAt({ order, draw, size }, "removed"),
          kept: meanAt({ order, draw, size }, "kept"),
        })),
      })),
      deletion: areasOf(order, "removed"),
      insertion: areasOf(order, "kept"),
    })),
  };
}

/** Floors of the lists that candidates are ranked in. */
function floorsOf(
  { candidates, qrels }: ListedCandidates,
  { lists, seed }: { readonly lists: RankedLists; readonly seed: number },
): RankingFloors {
  const byQuery = Map.groupBy(candidates, ({ query }) => query);
  const whole = Array.from(byQuery, ([query, own]) => ({
    query,
    documents: own.map(({ document }) => document),
  }));
  return rankingFloors(whole, qrels, { seed, ndcgOf: (run) => lists.ndcg(run) });
}
