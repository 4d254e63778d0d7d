/** The paper's claims as checks that say what the data say (C29). */

import { hundredSteps } from "./convergence_finding.ts";
import {
  baselineChoice,
  core,
  disjoint,
  type Evidence,
  type Finding,
  fusion,
  harm,
  lastLayers,
  locationOfN,
  outOfDomain,
  queryKey,
  random,
} from "./findings.ts";
import type { Conclusion } from "../results/results.ts";

/** Checks every claim. */
export function conclusions(evidence: Evidence): Conclusion[] {
  return [
    check(
      "baseline",
      "Of the baselines, padding every token erases the relevance signal most",
      "§3.2, Table 1",
      "The mean of p(relevant) - p(non-relevant) is closest to 0 for `pad`",
      () => evidence.baselines && baselineChoice(evidence.baselines),
    ),
    check(
      "hundred-steps",
      "100 steps are enough for the integral to have converged",
      "§4.2",
      "With the paper's rule, `right`, a pair's conductances are within 5 % of a much finer rule's on average (Euclidean), and of every label's mean the strongest neurons are at least 95 % the same (mixed: some of this)",
      () => evidence.convergence && hundredSteps(evidence.convergence),
    ),
    check(
      "core-relevant",
      "Neurons important for the label relevant are shared across collections",
      "§5.1, Figs. 2a, 3",
      "The intersection over all collections at 1 % is above what matched random sets share",
      () => core(evidence, "relevant"),
    ),
    check(
      "core-non-relevant",
      "Neurons important for the label non-relevant are shared across collections",
      "§5.1, Figs. 2c, 3",
      "The intersection over all collections at 1 % is above what matched random sets share",
      () => core(evidence, "non-relevant"),
    ),
    check(
      "disjoint-labels",
      "The neurons important for relevant and for non-relevant hardly intersect",
      "§5.1, Fig. 3",
      "At 1 %, P and N share less than 5 % of their neurons in every collection",
      () => evidence.overlaps && disjoint(evidence.overlaps),
    ),
    ...(["relevant", "non-relevant"] as const).map((label) =>
      check(
        `out-of-domain-${label}`,
        `Out-of-domain collections share more ${label} neurons with each other than with the training collection`,
        `§5.2, Fig. ${label === "relevant" ? "2b" : "2d"}`,
        "At 1 %, every pair of out-of-domain collections shares more than every pair with the training collection (mixed: on average); chosen collections left out",
        () => evidence.overlaps && outOfDomain(evidence.overlaps, label),
      )
    ),
    check(
      "non-relevant-harms-more",
      "Zeroing non-relevant neurons harms ranking more than zeroing relevant ones",
      "§5.3, Table 4",
      "N loses more nDCG@10 than P of the same collections, in every group at every level with a change above 1 %",
      () =>
        evidence.ablation && evidence.home !== undefined && harm(evidence.ablation, evidence.home),
    ),
    check(
      "fusion",
      "The fusion of both labels is among the sets whose zeroing harms most",
      "§5.3, Table 4",
      "F of the training collection has the largest or second largest loss at the highest level, in every group",
      () =>
        evidence.ablation && evidence.home !== undefined &&
        fusion(evidence.ablation, evidence.home),
    ),
    check(
      "random",
      "Zeroing random neurons of the same layers and components changes next to nothing",
      "§5.3, Table 4",
      "The random control changes nDCG@10 by at most 2 % on average, in every group at every level",
      () => evidence.ablation && random(evidence.ablation),
    ),
    check(
      "last-layers",
      "Most important non-relevant neurons are in the last two layers",
      "§6, Fig. 4",
      "No two neighbouring layers have more members than the last two",
      () => lastLayers(locationOfN(evidence)),
    ),
    check(
      "query-key",
      "Outputs of the query and key linears are hardly ever important",
      "§6, Fig. 4",
      "At most 5 % of the members are outputs of query or key (they are a fair part of all neurons)",
      () => queryKey(locationOfN(evidence)),
    ),
  ];
}

function check(
  id: string,
  claim: string,
  source: string,
  criterion: string,
  find: () => Finding | undefined | false,
): Conclusion {
  const found = find() || {
    verdict: "untested" as const,
    finding: "The study has no data for it",
    numbers: [],
  };
  return { id, claim, source, criterion, ...found };
}
