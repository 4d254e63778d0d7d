/** Checks of the claims about Fig. 4, by the places of N's members. */

import { levelName } from "../sets/levels.ts";
import type { ClaimTest, Location, LocationEffect } from "../results/results.ts";
import { ALPHA, decideAny, type Finding, type Outcome, withInterval } from "./decide.ts";

/** "Rarely" is less than this times what an even spread would give. */
const HARDLY = 0.5;

/** Whether the last two layers have more members than an even spread gives. */
export function lastLayers(location: Location | undefined): Finding | undefined {
  if (!location || location.counts.length < 3 || !location.effects) return undefined;
  const { lastLayers, queries } = location.effects;
  const byLayer = location.counts.map((row) => row.reduce((a, b) => a + b));
  const { interval, tails } = lastLayers;
  const outcome: Outcome = interval && interval.low > 1 && tails.above <= ALPHA
    ? "supports"
    : interval && interval.high < 1 && tails.below <= ALPHA
    ? "contradicts"
    : "undecided";
  const p = Math.min(tails.above, tails.below);
  const test = testOf(`last two layers of ${nameOf(location)}`, lastLayers, { outcome, p });
  return {
    verdict: decideAny([test]),
    finding: `${lastLayers.count} of ${lastLayers.of} members are in the last two layers, ${
      withInterval(test)
    } even; by layer: ${byLayer.join(", ")}`,
    evidence: `${queries} queries, ${location.size} neurons`,
    tests: [test],
  };
}

/** Whether outputs of query and key are rare among the members of the middle layers. */
export function queryKey(location: Location | undefined): Finding | undefined {
  if (!location?.effects) return undefined;
  if (!location.components.some((one) => one === "query" || one === "key")) return undefined;
  const { queryKey, middle: [first, last], queries } = location.effects;
  const { interval, tails } = queryKey;
  const outcome: Outcome = interval && interval.high < HARDLY && tails.below <= ALPHA
    ? "supports"
    : interval && interval.low > HARDLY && tails.below > ALPHA
    ? "contradicts"
    : "undecided";
  const where = first === last ? `layer ${first}` : `layers ${first} to ${last}`;
  const name = `query and key in ${where} of ${nameOf(location)}`;
  const test = testOf(name, queryKey, { outcome, p: tails.below });
  const everywhere = location.components.map((component, c) =>
    `${component} ${location.counts.reduce((sum, row) => sum + row[c], 0)}`
  );
  return {
    verdict: decideAny([test]),
    finding: `Of ${queryKey.of} members in ${where} ${queryKey.count} are outputs of query or key${
      queryKey.timesEven === null ? "" : `, ${withInterval(test)} even`
    }; in all layers: ${everywhere.join(", ")}`,
    evidence: `${queries} queries, ${queryKey.of} neurons`,
    tests: [test],
  };
}

function testOf(
  name: string,
  { timesEven, interval }: LocationEffect,
  { outcome, p }: Pick<ClaimTest, "outcome" | "p">,
): ClaimTest {
  return { name, value: timesEven, interval, unit: "times", p, outcome };
}

const nameOf = ({ expression, level }: Location) => `${expression} at ${levelName(level)}`;
