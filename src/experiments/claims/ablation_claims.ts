/** Checks of the claims about Table 4. */

import { centralT } from "../../ir/student_t.ts";
import { controlledRow } from "../ablation/ablation_rows.ts";
import { levelName } from "../sets/levels.ts";
import type {
  AblationContrast,
  AblationStudy,
  ClaimTest,
  CollectionChange,
} from "../results/results.ts";
import {
  decideAll,
  decideAny,
  type Finding,
  type Outcome,
  signOf,
  tally,
  withInterval,
} from "./decide.ts";

/**
 * Random controls count as changing almost nothing where they change nDCG@10 by less than this, in
 * per cent.
 */
const NOTHING = 2;

/** The fewest queries from which so small a change can be concluded. */
const FEWEST_QUERIES = 20;

/** Whether one set loses more than another, over all collections and levels. */
export function comparison(
  { contrasts }: AblationStudy,
  claim: AblationContrast["claim"],
): Finding | undefined {
  const own = contrasts.filter((one) => one.claim === claim);
  if (own.length === 0) return undefined;
  const tests = own.map((one): ClaimTest => {
    const p = one.asked ? one.asked.corrected : one.holm;
    return {
      name: `${one.more} - ${one.less}, ${one.collection}, ${levelName(one.level)}`,
      value: one.points,
      interval: one.interval,
      unit: "points",
      p,
      outcome: signOf(one.points, p),
    };
  });
  const largest = tests.reduce((a, b) => Math.abs(b.value!) > Math.abs(a.value!) ? b : a);
  const byLevel = [...Map.groupBy(own.keys(), (i) => own[i].level)].map(([level, some]) => {
    const count = (outcome: Outcome) => some.filter((i) => tests[i].outcome === outcome).length;
    return `${count("supports")} of ${some.length} in support and ${
      count("contradicts")
    } against at ${levelName(level)}`;
  });
  return {
    verdict: decideAny(tests),
    finding: `The largest difference, ${largest.name}, is ${withInterval(largest)} of nDCG@10; ${
      tally(tests)
    } (${byLevel.join(", ")})`,
    evidence: evidenceOf(own),
    tests,
  };
}

function evidenceOf(
  some: readonly { readonly collection: string; readonly queries: number }[],
): string {
  const queries = new Map(some.map((one) => [one.collection, one.queries]));
  return `${[...queries].map(([name, count]) => `${count} queries of ${name}`).join(", ")}`;
}

/** Whether the paper's random control changes less than 2 %, on every collection at every level. */
export function randomChangesNothing({ rows }: AblationStudy): Finding | undefined {
  const sets = rows.filter(({ kind }) => kind === "set").map(({ expression }) => expression);
  const controls = rows.filter(({ kind }) => kind === "random");
  const row = controls.find(({ expression }) => expression === `random(${controlledRow(sets)})`) ??
    controls[0];
  if (!row) return undefined;
  const cells = row.cells.flatMap(({ level, collections }) =>
    collections.map((change) => ({ level, change }))
  );
  const tests = cells.map(({ level, change }) => equivalence(row.expression, level, change));
  const [first, ...others] = tests.filter(({ value }) => value !== null);
  if (!first) return undefined;
  const largest = others.reduce(
    (a, b) => Math.abs(b.value!) > Math.abs(a.value!) ? b : a,
    first,
  );
  return {
    verdict: decideAll(tests),
    finding: `The largest change, ${largest.name}, is ${withInterval(largest)}; ${tally(tests)}`,
    evidence: `${evidenceOf(cells.map(({ change }) => change))}, means of ${
      row.cells[0].repetitions
    } random sets`,
    tests,
  };
}

/** Two one-sided tests at .05 each: the 90 % interval is within the bounds (Schuirmann 1987). */
function equivalence(expression: string, level: number, change: CollectionChange): ClaimTest {
  const { collection, queries, original, percent, interval: { low, high }, points } = change;
  const name = `${expression}, ${collection}, ${levelName(level)}`;
  if (percent === null) {
    return { name, value: null, interval: null, unit: "%", p: null, outcome: "undecided" };
  }
  const interval = { low: low / original, high: high / original };
  const half = (high - points) * centralT(0.9, queries - 1) / centralT(0.95, queries - 1);
  const within = (Math.abs(points) + half) / original < NOTHING;
  const beyond = interval.low > NOTHING || interval.high < -NOTHING;
  const outcome = queries >= FEWEST_QUERIES && within
    ? "supports"
    : beyond
    ? "contradicts"
    : "undecided";
  return { name, value: percent, interval, unit: "%", p: null, outcome };
}
