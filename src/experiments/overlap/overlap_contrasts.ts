/** Which curves are compared, to test the claims about Figs. 2 and 3. */

import type { CurvePlan } from "./overlap_curves.ts";
import type { OverlapContrast } from "../results/results.ts";

/** Fewest pairs of out-of-domain collections that are compared: those of three collections. */
const FEWEST_PAIRS = 3;

/** A contrast without its points. */
export type ContrastPlan = Omit<OverlapContrast, "points">;

/**
 * The mean share of pairs of out-of-domain collections less the mean share of pairs with the training
 * collection, by label: of the collections of Figs. 2b and 2d where they make three pairs out of
 * domain, else of all where these do. Their error has two parts: that of other queries, and that of
 * random sets of the same layers and components, which share more in one pair than in another too.
 */
export function overlapContrasts(plans: readonly CurvePlan[]): ContrastPlan[] {
  return (["relevant", "non-relevant"] as const).flatMap((label) => {
    const all = plans.filter((one) => one.kind === "pair" && one.label === label);
    const fewer = all.filter(({ figures }) => figures.includes("2b") || figures.includes("2d"));
    for (const pairs of [fewer, all]) {
      const of = (inDomain: boolean) =>
        pairs.filter((one) => one.inDomain === inDomain).map(({ expression }) => expression);
      const [outside, across] = [of(false), of(true)];
      if (outside.length < FEWEST_PAIRS || across.length === 0) continue;
      return [{
        claim: `out-of-domain-${label}` as const,
        ...{ label, more: outside, less: across },
        leavesOut: pairs.length < all.length,
      }];
    }
    return [];
  });
}
