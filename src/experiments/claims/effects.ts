/** The one effect of a claim that has several tests, and where it begins to speak for the claim. */

import type { ClaimTest, Interval } from "../results/results.ts";

/** How one effect is made of a claim's tests. */
export interface EffectRule {
  /**
   * `mean`: the mean of all tests, for claims that one test may decide. `least` and `largest`: the test that
   * is nearest to failing, for claims all of whose tests must pass.
   */
  readonly of: "mean" | "least" | "largest";
  /**
   * Where effects begin to speak for the claim, in the tests' unit: on one side of a single line, between two.
   */
  readonly lines: readonly number[];
}

/** By the claim's id; docs/verdicts.md has their rules. */
export const effectRules: Readonly<Record<string, EffectRule>> = {
  baseline: { of: "mean", lines: [0] },
  "hundred-steps": { of: "largest", lines: [5] },
  "rule-in-use": { of: "largest", lines: [5] },
  "core-relevant": { of: "least", lines: [25] },
  "core-non-relevant": { of: "least", lines: [25] },
  "disjoint-labels": { of: "largest", lines: [5] },
  "out-of-domain-relevant": { of: "mean", lines: [0] },
  "out-of-domain-non-relevant": { of: "mean", lines: [0] },
  "non-relevant-harms-more": { of: "mean", lines: [0] },
  fusion: { of: "mean", lines: [0] },
  random: { of: "largest", lines: [-2, 2] },
  "last-layers": { of: "mean", lines: [1] },
  "query-key": { of: "mean", lines: [0.5] },
};

/** A claim's effect. */
export interface ClaimEffect {
  /** In the tests' unit; null where no test has a value. */
  readonly value: number | null;
  /**
   * The interval of the one test; or of all tests the means of their ends, which is the widest that the
   * interval of their mean can be: as if all erred together. Null where a test has none.
   */
  readonly interval: Interval | null;
  /** The least corrected p of the tests that count; null where none has one. */
  readonly p: number | null;
  readonly unit: ClaimTest["unit"];
}

/** The effect of a claim's tests. */
export function effectOf(tests: readonly ClaimTest[], { of }: EffectRule): ClaimEffect {
  const valued = tests.filter(({ value }) => value !== null);
  const unit = tests[0]?.unit ?? "";
  if (valued.length === 0) return { value: null, interval: null, p: null, unit };
  const counting = of === "mean" ? valued : [valued.reduce((a, b) => {
    const [x, y] = [a, b].map(({ value }) => of === "least" ? -value! : Math.abs(value!));
    return y > x ? b : a;
  })];
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const intervals = counting.flatMap(({ interval }) => interval ?? []);
  const p = counting.flatMap(({ p }) => p ?? []);
  return {
    value: mean(counting.map(({ value }) => value!)),
    interval: intervals.length < counting.length ? null : {
      low: mean(intervals.map(({ low }) => low)),
      high: mean(intervals.map(({ high }) => high)),
    },
    p: p.length === 0 ? null : Math.min(...p),
    unit,
  };
}
