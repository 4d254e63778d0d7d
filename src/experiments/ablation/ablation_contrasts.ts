/**
 * The loss of one set less that of another on the same queries, by which claims about Table 4 are
 * tested.
 */

import { mean } from "../../ir/measures.ts";
import { meanInterval } from "../../ir/mean_interval.ts";
import { randomisationTest } from "../../ir/resampling.ts";
import {
  type Correction,
  corrections,
  holm,
  independentTTest,
  pairedTTest,
} from "../../ir/significance.ts";
import type { AblatedCollection } from "./ablation.ts";
import type { AblationContrast } from "../results/results.ts";

/** Which rows are compared. */
interface Comparison {
  readonly claim: AblationContrast["claim"];
  /** Expected to lose more. */
  readonly more: string;
  readonly less: string;
  /** Whether each row's loss is taken beyond that of its own random control. */
  readonly beyondRandom: boolean;
}

/**
 * The comparisons that rows allow. N is compared with P, of the training collection and of the intersections;
 * each loss is taken beyond that of its own random control, since the two sets may lie in different layers,
 * where zeroing any neurons may cost more. F is compared with P and with N of the training collection.
 */
function comparisonsOf(rows: readonly string[], home: string | undefined): Comparison[] {
  const find = (start: string) => rows.find((row) => row.startsWith(start));
  const own = (letter: string) => home === undefined ? undefined : find(`${letter}[${home}]`);
  const found: Comparison[] = [];
  for (
    const [p, n] of [
      [own("P"), own("N")],
      ...["O", "A"].map((set) => [
        find(`all(P, ${set}`),
        find(`all(N, ${set}`),
      ]),
    ]
  ) {
    if (p === undefined || n === undefined) continue;
    found.push({ claim: "non-relevant-harms-more", more: n, less: p, beyondRandom: true });
  }
  const fusion = own("F");
  for (const other of [own("P"), own("N")]) {
    if (fusion === undefined || other === undefined) continue;
    found.push({ claim: "fusion", more: fusion, less: other, beyondRandom: false });
  }
  return found;
}

/** Tests that decide claims in place of paired t-tests and Holm's correction. */
export interface ContrastTests {
  readonly losses?: "paired" | "independent" | "randomisation";
  readonly correction?: Correction;
}

/** A comparison, and the two rows' losses by query, in parts of nDCG. */
interface Compared {
  readonly contrast: Omit<AblationContrast, "holm">;
  readonly losses: readonly [more: readonly number[], less: readonly number[]];
}

/** All comparisons, Holm's correction over all collections and levels of each claim. */
export function ablationContrasts(
  collections: readonly AblatedCollection[],
  { home, seed = 0, tests }: {
    readonly home: string | undefined;
    /** Of randomisation tests. */
    readonly seed?: number;
    readonly tests?: ContrastTests;
  },
): AblationContrast[] {
  const [{ rows }] = collections;
  const sets = rows.filter(({ kind }) => kind === "set");
  const levels = [...new Set(rows.map(({ level }) => level))];
  if (sets.length === 0) return [];
  const found = comparisonsOf([...new Set(sets.map(({ expression }) => expression))], home)
    .flatMap((one) =>
      levels.flatMap((level) =>
        collections.flatMap((collection) => contrastOn(collection, one, level) ?? [])
      )
    );
  return [...Map.groupBy(found, ({ contrast }) => contrast.claim).values()].flatMap((family) => {
    const tested = family.filter(({ contrast }) => contrast.changed > 0);
    const corrected = holm(tested.map(({ contrast }) => contrast.p));
    const asked = tests && askedTests(tested, tests, seed);
    return family.map((one) => ({
      ...one.contrast,
      holm: corrected[tested.indexOf(one)] ?? null,
      ...(asked && { asked: asked.get(one) ?? { ...namesOf(tests), p: 1, corrected: null } }),
    }));
  });
}

const namesOf = ({ losses = "paired", correction = "holm" }: ContrastTests) => ({
  test: losses,
  correction,
});

/** What a family of comparisons says by the tests that are asked for. */
function askedTests(family: readonly Compared[], tests: ContrastTests, seed: number) {
  const names = namesOf(tests);
  const p = family.map(({ contrast, losses: [more, less] }) => {
    if (names.test === "randomisation") return randomisationTest(more, less, { seed });
    return names.test === "independent" ? independentTTest(more, less).p : contrast.p;
  });
  const corrected = corrections[names.correction](p);
  return new Map(
    family.map((one, i) => [one, { ...names, p: p[i], corrected: corrected[i] }] as const),
  );
}

/** A comparison on one collection; undefined where a row, or the random control that it needs, is missing. */
function contrastOn(
  { collection, original, rows }: AblatedCollection,
  { claim, more, less, beyondRandom }: Comparison,
  level: number,
): Compared | undefined {
  const losses = (expression: string) => {
    const row = rows.find((one) => one.expression === expression && one.level === level);
    return row && original.map((value, q) => mean(row.ndcg.map((values) => value - values[q])));
  };
  const beyond = (expression: string) => {
    const own = losses(expression);
    if (!beyondRandom) return own;
    const random = losses(`random(${expression})`);
    return own && random && own.map((value, q) => value - random[q]);
  };
  const [left, right] = [beyond(more), beyond(less)];
  if (!left || !right) return undefined;
  const points = left.map((value, q) => 100 * (value - right[q]));
  const { t, degrees, p } = pairedTTest(points, points.map(() => 0));
  const [low, high] = meanInterval(points);
  const contrast = {
    ...{ claim, more, less, beyondRandom, level, collection },
    queries: points.length,
    changed: points.filter((value) => value !== 0).length,
    points: mean(points),
    interval: { low, high },
    t: Number.isFinite(t) ? t : null,
    ...{ degrees, p },
  };
  return { contrast, losses: [left, right] };
}
