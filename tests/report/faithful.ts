/** Results of a study's faithfulness, made up. */

import type {
  CurvePoint,
  FaithfulnessOfStudy,
  RankingCurves,
} from "../../src/experiments/results/results_faithfulness.ts";

const sizes = [1, 5, 50];
const neurons = 100;
const point = (
  of: Pick<CurvePoint, "rule" | "order" | "repetition">,
  [removed, kept]: readonly [number, number],
  units: number,
): CurvePoint => ({ ...of, units, share: units / neurons, removed, kept });
const signed = { rule: "adaptive 0.04", order: "signed", repetition: 0 } as const;
const random = (repetition: number) => ({ rule: "", order: "random", repetition }) as const;

/** Of one scheme, by one rule and two random orders. */
export const found: FaithfulnessOfStudy["found"] = [{
  ...{ scheme: "P[ms]", pairs: 2, neurons, target: "logit", baseline: "pad", level: .01 },
  ...{ inSet: 1, seed: 0, F: { all: 3, none: -1 }, agreement: [], areas: [] },
  curves: [
    ...sizes.map((units, i) =>
      point(signed, [[2, -.5], [1, 0], [-.5, 2]][i] as [number, number], units)
    ),
    ...sizes.map((units) => point({ ...signed, order: "absolute" }, [9, 9], units)), // not drawn
    ...sizes.map((units) => point(random(0), [2.5, -.75], units)),
    ...sizes.map((units) => point(random(1), [1.5, -.25], units)),
  ],
  missed: {
    ...{ sampled: 0, largest: null, shareAboveLargest: null, medianOfSet: null },
    ...{ aboveMedian: 0, shareAboveMedian: null },
  },
  randomised: [{ layers: 1, from: 3, evaluations: 5, spearman: .25, absolute: .5, below: null }],
}];

const area = { value: .5, random: .625, between: .125, interval: [-.25, .5] } as const;
/** Of one collection and two orders. */
export const rankings: readonly RankingCurves[] = [{
  ...{ collection: "dev", queries: 2, candidates: 8, rankBy: "margin", baseline: "pad" },
  ...{ all: .75, none: .25 },
  floors: { queries: 2, draws: 1000, best: .875, worst: .0625, random: .375, deviation: .125 },
  orders: ["P[ms]", "N[ms]"].map((of, o) => ({
    of,
    points: sizes.map((units, i) => ({
      ...{ units, share: units / neurons, removed: [.75, .5, .25][i] - o / 8, kept: .25 },
      random: [{ removed: .75, kept: .25 }, { removed: .5, kept: .5 }],
    })),
    ...{ deletion: area, insertion: area },
  })),
}];

/** Both. */
export const faithfulness = { collection: "ms", found, rankings } satisfies FaithfulnessOfStudy;
