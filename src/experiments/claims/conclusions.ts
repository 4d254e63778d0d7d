/** The paper's claims, each with the rule that checks it (docs/verdicts.md). */

import { comparison, randomChangesNothing } from "./ablation_claims.ts";
import type { Finding } from "./decide.ts";
import { lastLayers, queryKey } from "./location_claims.ts";
import { core, decidingLevels, disjoint, outOfDomain } from "./overlap_claims.ts";
import { correctionName, testName, type TestsAsked } from "./tests_asked.ts";
import { baselineChoice, hundredSteps, ruleInUse } from "./path_claims.ts";
import type {
  AblationStudy,
  BaselineStudy,
  Conclusion,
  ConvergenceStudy,
  Location,
  OverlapStudy,
} from "../results/results.ts";

/** What the claims are checked against. */
export interface Evidence {
  /** The in-domain collection, if there is one. */
  readonly home?: string;
  /** Table 1. */
  readonly baselines?: BaselineStudy;
  /** Figs. 2 and 3. */
  readonly overlaps?: OverlapStudy;
  /** Fig. 4. */
  readonly locations?: readonly Location[];
  /** Table 4. */
  readonly ablation?: AblationStudy;
  /** Numbers of path points. */
  readonly convergence?: ConvergenceStudy;
  /** Caveats to be shown beside verdicts, by the claim's id. */
  readonly caveats?: Readonly<Record<string, string>>;
  /** Tests other than the usual ones. */
  readonly tests?: TestsAsked;
}

/** A claim with its rule. */
interface Claim {
  readonly id: string;
  readonly claim: string;
  readonly source: string;
  readonly criterion: string | ((tests: TestsAsked) => string);
  readonly find: (evidence: Evidence) => Finding | undefined;
}

const labels = ["relevant", "non-relevant"] as const;

const convergedRule =
  "Of either label's pairs, the mean error of the conductances (Euclidean, against a much finer rule) " +
  "is at most 5 %, its whole interval below, and of the scheme's strongest neurons, with all its " +
  "pairs, at most 5 % are wrong; at least 20 pairs a label";

const claims: readonly Claim[] = [
  {
    id: "baseline",
    claim: "Of the baselines, padding every token erases the relevance signal most",
    source: "§3.2, Table 1",
    criterion:
      "The mean of p(relevant) - p(non-relevant) is significantly closer to 0 for `pad` than " +
      "for the closest of the others, pair by pair, with queries as the sample",
    find: ({ baselines }) => baselines && baselineChoice(baselines),
  },
  {
    id: "hundred-steps",
    claim: "100 steps are enough for the integral to have converged",
    source: "§4.2",
    criterion: convergedRule,
    find: ({ convergence }) => convergence && hundredSteps(convergence),
  },
  {
    id: "rule-in-use",
    claim: "The rule that this study's schemes are made with has converged",
    source: "this study",
    criterion: convergedRule,
    find: ({ convergence }) => convergence && ruleInUse(convergence),
  },
  ...labels.map((label): Claim => ({
    id: `core-${label}`,
    claim: `Neurons important for the label ${label} are shared across collections`,
    source: `§5.1, Figs. ${label === "relevant" ? "2a" : "2c"}, 3`,
    criterion:
      `The intersection over all collections is at least a quarter of each set, its whole ` +
      `interval above, ${decidingLevels}`,
    find: ({ overlaps }) => overlaps && core(overlaps, label),
  })),
  {
    id: "disjoint-labels",
    claim: "The neurons important for relevant and for non-relevant hardly intersect",
    source: "§5.1, Fig. 3",
    criterion: (tests) =>
      "The share that P and N of a collection have in common is, with its whole interval, at " +
      "most 5 % and at most half of what sets of one label share, in every collection " +
      `${decidingLevels}; a share significantly above that of random sets of the same layers and ` +
      `components (exact, ${correctionName(tests)} over all) contradicts it`,
    find: ({ overlaps, tests }) => overlaps && disjoint(overlaps, tests),
  },
  ...labels.map((label): Claim => ({
    id: `out-of-domain-${label}`,
    claim: `Out-of-domain collections share more ${label} neurons with each other than with the ` +
      "training collection",
    source: `§5.2, Fig. ${label === "relevant" ? "2b" : "2d"}`,
    criterion: (tests) =>
      "The mean share of pairs out of domain is significantly larger than that of pairs with " +
      "the training collection at one or more levels and smaller at none, tested " +
      `${decidingLevels} (${correctionName(tests)} over levels); three pairs out of domain or more`,
    find: ({ overlaps, tests }) => overlaps && outOfDomain(overlaps, label, tests),
  })),
  {
    id: "non-relevant-harms-more",
    claim: "Zeroing non-relevant neurons harms ranking more than zeroing relevant ones",
    source: "§5.3, Table 4",
    criterion: (tests) =>
      "N loses significantly more nDCG@10 than P of the same collections, each beyond random " +
      "neurons of its own layers and components, in one or more collections and levels and less in none " +
      `(${testName(tests)}, ${correctionName(tests)} over all)`,
    find: ({ ablation }) => ablation && comparison(ablation, "non-relevant-harms-more"),
  },
  {
    id: "fusion",
    claim: "The fusion of both labels is among the sets whose zeroing harms most",
    source: "§5.3, Table 4",
    criterion: (tests) =>
      "F of the training collection loses significantly more nDCG@10 than P or N in one or " +
      `more collections and levels, and less than either in none (${testName(tests)}, ${
        correctionName(tests)
      } ` +
      "over all)",
    find: ({ ablation }) => ablation && comparison(ablation, "fusion"),
  },
  {
    id: "random",
    claim: "Zeroing random neurons of the same layers and components changes next to nothing",
    source: "§5.3, Table 4",
    criterion:
      "The random control of N changes nDCG@10 by less than 2 % either way in every collection " +
      "at every level (equivalence tests at .05 over 20 queries or more)",
    find: ({ ablation }) => ablation && randomChangesNothing(ablation),
  },
  {
    id: "last-layers",
    claim: "The number of important non-relevant neurons peaks in the last two layers",
    source: "§6, Fig. 4",
    criterion:
      "The last two layers have more members than an even spread over layers gives: the whole " +
      "interval over queries is above, and as many would be there of randomly placed neurons with p " +
      "at most .05 (exact)",
    find: (evidence) => lastLayers(locationOfN(evidence)),
  },
  {
    id: "query-key",
    claim: "In the middle layers outputs of the query and key linears are hardly ever important",
    source: "§6, Fig. 4",
    criterion:
      "Of the members in the layers from a quarter to the half of the model, less than half as " +
      "many are outputs of query or key as an even spread gives, its whole interval below, and so few " +
      "would be there of randomly placed neurons with p at most .05 (exact)",
    find: (evidence) => queryKey(locationOfN(evidence)),
  },
];

/** The ids of the claims. */
export const claimIds: readonly string[] = claims.map(({ id }) => id);

/** Checks every claim. */
export function conclusions(evidence: Evidence): Conclusion[] {
  return claims.map(({ id, claim, source, criterion, find }): Conclusion => {
    const caveat = evidence.caveats?.[id];
    const { tests = {} } = evidence;
    return {
      ...{ id, claim, source },
      criterion: typeof criterion === "string" ? criterion : criterion(tests),
      ...find(evidence) ?? {
        verdict: "untested" as const,
        finding: "The study has no data for it",
        evidence: "",
        tests: [],
      },
      ...(caveat === undefined ? {} : { caveat }),
    };
  });
}

/** Where the training collection's N is. */
function locationOfN({ locations, home }: Evidence): Location | undefined {
  return locations?.find(({ expression }) => expression === `N[${home}]`);
}
