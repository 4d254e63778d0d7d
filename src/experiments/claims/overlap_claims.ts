/** Checks of the claims about shared neurons (Figs. 2 and 3). */

import { corrections } from "../../ir/significance.ts";
import { mean } from "../../ir/measures.ts";
import { levelName } from "../sets/levels.ts";
import type { ClaimTest, OverlapCurve, OverlapStudy } from "../results/results.ts";
import {
  ALPHA,
  canTell,
  decideAll,
  decideAny,
  type Finding,
  levelsText,
  percent,
  sideOf,
  signOf,
  tally,
  withInterval,
} from "./decide.ts";
import type { Label } from "../../ir/words.ts";
import type { TestsAsked } from "./tests_asked.ts";

/** A core is at least this part of each set, in per cent. */
const CORE = 25;

/** P and N hardly intersect where they share at most this, in per cent. */
const HARDLY = 5;

/** Whether all collections share a quarter of their sets or more, of one label. */
export function core(study: OverlapStudy, label: Label): Finding | undefined {
  const all = study.curves.filter((one) =>
    one.kind === "all" && one.label === label && one.figures.includes("3")
  );
  const curve = all.find(({ inDomain }) => inDomain) ?? all[0];
  if (!curve) return undefined;
  const points = curve.points.filter(canTell);
  const tests = points.map((point): ClaimTest => {
    const { percent: value, interval, level } = point;
    const side = interval ? sideOf(interval, CORE) : "around";
    return {
      name: `${curve.expression}, ${levelName(level)}`,
      ...{ value, interval, unit: "%", p: null },
      outcome: side === "above" ? "supports" : side === "below" ? "contradicts" : "undecided",
    };
  });
  if (tests.length === 0) return undefined;
  return {
    verdict: decideAll(tests),
    finding: `${curve.expression} is this part of a set: ${
      points.map(({ level, count, nullBand }, i) =>
        `${withInterval(tests[i])} at ${
          levelName(level)
        } (${count} neurons; random sets of the same layers and components ${
          percent(nullBand.mean)
        })`
      ).join("; ")
    }`,
    evidence: `${evidenceOf(study)}, ${curve.collections.length} collections, ${
      levels(points.length)
    }`,
    tests,
  };
}

/** Whether P and N of a collection share little, at every level that can decide. */
export function disjoint(
  study: OverlapStudy,
  { correction = "holm" }: TestsAsked = {},
): Finding | undefined {
  const curves = study.curves.filter(({ kind }) => kind === "labels");
  const points = curves.flatMap((curve) =>
    curve.points.map((point, at) => ({ curve, point, at })).filter(({ point }) => canTell(point))
  );
  if (points.length === 0) return undefined;
  const above = corrections[correction](points.map(({ point }) => point.tails?.above ?? 1));
  const tests = points.map(({ curve, point, at }, i): ClaimTest => {
    const { interval, percent: value, level } = point;
    const most = Math.min(HARDLY, sameLabel(study, curve, at) / 2);
    return {
      name: `${curve.expression}, ${levelName(level)}`,
      ...{ value, interval, unit: "%", p: above[i] },
      outcome: interval && interval.high <= most
        ? "supports"
        : above[i] <= ALPHA
        ? "contradicts"
        : "undecided",
    };
  });
  return {
    verdict: decideAll(tests),
    finding: `They share ${
      [...Map.groupBy(points.keys(), (i) => points[i].point.level)].map(([level, some]) => {
        const shares = some.map((i) => points[i].point);
        return `${percent(mean(shares.map((one) => one.percent)))} on average at ${
          levelName(level)
        } (random sets ${percent(mean(shares.map((one) => one.nullBand.mean)))}, same labels ${
          percent(mean(some.map((i) => sameLabel(study, points[i].curve, points[i].at))))
        })`;
      }).join(", ")
    }; ${tally(tests)}`,
    evidence: `${evidenceOf(study)}, ${curves.length} collections, ${
      levels(new Set(points.map(({ point }) => point.level)).size)
    }`,
    tests,
  };
}

/** Mean share of the pairs of one label that a collection is in. */
function sameLabel({ curves }: OverlapStudy, { collections: [own] }: OverlapCurve, at: number) {
  const pairs = curves.filter(({ kind, collections }) =>
    kind === "pair" && collections.includes(own)
  );
  return pairs.length === 0 ? Infinity : mean(pairs.map(({ points }) => points[at].percent));
}

/** Whether out-of-domain collections share more with each other than with the training collection. */
export function outOfDomain(
  study: OverlapStudy,
  label: Label,
  { correction = "holm" }: TestsAsked = {},
): Finding | undefined {
  const contrast = study.contrasts.find((one) => one.claim === `out-of-domain-${label}`);
  if (!contrast) {
    return {
      verdict: "untested",
      finding:
        "The study has fewer than three pairs of out-of-domain collections, or none in domain",
      evidence: "",
      tests: [],
    };
  }
  const points = contrast.points.filter(canTell);
  const tested = points.filter(({ p }) => p !== null);
  const corrected = corrections[correction](tested.map(({ p }) => p!));
  const tests = points.map((point): ClaimTest => {
    const { value, interval, level } = point;
    const p = corrected[tested.indexOf(point)] ?? null;
    return {
      name: `out of domain - with the training collection, ${levelName(level)}`,
      ...{ value, interval, unit: "%", p },
      outcome: p === null ? "undecided" : signOf(value, p),
    };
  });
  if (tests.length === 0) return undefined;
  const collections = new Set(
    study.curves.filter(({ expression }) => contrast.more.includes(expression))
      .flatMap((one) => one.collections),
  );
  return {
    verdict: decideAny(tests),
    finding: `They share more by ${
      points.map(({ level }, i) => `${withInterval(tests[i])} at ${levelName(level)}`).join(", ")
    }; ${tally(tests)}. Were all ${
      collections.size + 1
    } collections alike, the training collection would share least in 1 of ${
      collections.size + 1
    } cases: the intervals are of these collections, not of others`,
    evidence: `${evidenceOf(study)}, ${contrast.more.length} pairs against ${contrast.less.length}${
      contrast.leavesOut ? ", collections left out as in Figs. 2b and 2d" : ""
    }, ${levels(points.length)}`,
    tests,
  };
}

function evidenceOf({ queries }: OverlapStudy): string {
  return queries === null ? "no intervals" : `${queries} queries or more a scheme`;
}

const levels = (count: number) => `${count} ${count === 1 ? "level" : "levels"}`;

/** Which levels decide, in words. */
export const decidingLevels = `at every level up to ${
  levelsText([0.05])
} at which a set has 20 neurons or more`;
