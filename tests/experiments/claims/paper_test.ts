/** The rules of verdicts on the paper's own Table 4: what they make of numbers that are known. */

import { assert, assertEquals } from "@std/assert";
import { decideAny, signOf } from "../../../src/experiments/claims/decide.ts";
import type { ClaimTest } from "../../../src/experiments/results/results.ts";
import { holm } from "../../../src/ir/significance.ts";
import { twoTailed } from "../../../src/ir/student_t.ts";

/** Loss of nDCG@10 in % and how many collections change significantly, at .01, .1 and 1 %. */
type Row = readonly (readonly [loss: number, significant: number])[];
const none = (...losses: number[]): Row => losses.map((loss) => [loss, 0]);

/** LoTTE, the mean of five collections; MS MARCO dev, one. */
const lotte: Readonly<Record<string, Row>> = {
  "P[ms]": none(-1.98, 3.32, 8.97),
  "N[ms]": [[2.15, 0], [35.55, 5], [48.4, 5]],
  "all(P, O)": none(-0.11, 0.44, -0.44),
  "all(N, O)": none(2.11, 3.29, 8.41),
  "all(P, A)": none(-0.11, -0.01, -0.31),
  "all(N, A)": none(2.11, 3.25, 8.71),
  "F[ms]": [[-2.22, 0], [17.96, 2], [33.71, 4]],
  "all(F, O)": none(0, 0.66, -1.48),
  "all(F, A)": none(0, 0.66, -1.49),
  "fuse(A)": [[-0.74, 0], [-2.33, 0], [9.75, 1]],
  random: none(0, -0.53, -0.93),
};
const dev: Readonly<Record<string, Row>> = {
  "P[ms]": none(3.11, 4.87, 8.94),
  "N[ms]": [[2.43, 0], [42.92, 1], [52.09, 1]],
  "all(P, O)": none(0.24, 0.5, 3.54),
  "all(N, O)": none(3.95, 2.38, 10.17),
  "all(P, A)": none(0.24, 0.45, 3.69),
  "all(N, A)": none(3.95, 2.44, 12.24),
  "F[ms]": [[-0.62, 0], [29.32, 1], [37.43, 1]],
  "all(F, O)": none(0, 0.44, -1.46),
  "all(F, A)": none(0, 0.44, -1.38),
  "fuse(A)": none(0.09, 2.29, 11.15),
  random: none(0, 0.09, -0.12),
};
const groups = [{ rows: lotte, of: 5 }, { rows: dev, of: 1 }];

/** P(Z < z) of a normal number. */
const below = (z: number) => z < 0 ? twoTailed(z, 1e7) / 2 : 1 - twoTailed(z, 1e7) / 2;

/**
 * The standard error of a collection's loss, in %, that makes the table's counts of significant
 * collections most likely: the paper gives no other.
 */
function likeliestError(): number {
  const likelihood = (error: number) =>
    groups.reduce(
      (sum, { rows, of }) =>
        Object.values(rows).flat().reduce((all, [loss, significant]) => {
          const power = below(loss / error - 1.96) + below(-loss / error - 1.96);
          const parts = [[significant, power], [of - significant, 1 - power]];
          return parts.reduce((sum, [n, p]) => n === 0 ? sum : sum + n * Math.log(p), all);
        }, sum),
      0,
    );
  const errors = Array.from({ length: 400 }, (_, i) => 1 + i * 0.05);
  return errors.reduce((best, one) => likelihood(one) > likelihood(best) ? one : best);
}

const ERROR = likeliestError();

/** Differences of rows, as independent: the paper's queries are the same, so these p are too large. */
function compared(pairs: readonly (readonly [more: string, less: string])[]): ClaimTest[] {
  const found = pairs.flatMap(([more, less]) =>
    groups.flatMap(({ rows, of }) =>
      rows[more].map(([loss], level) => {
        const value = loss - rows[less][level][0];
        return { value, p: twoTailed(value / (ERROR * Math.sqrt(2 / of)), 1e7) };
      })
    )
  );
  const corrected = holm(found.map(({ p }) => p));
  return found.map(({ value }, i) => ({
    ...{ name: "", value, interval: null, unit: "%", p: corrected[i] },
    outcome: signOf(value, corrected[i]),
  }));
}

const count = (tests: readonly ClaimTest[], outcome: ClaimTest["outcome"]) =>
  tests.filter((one) => one.outcome === outcome).length;

Deno.test("decideAny() lets the paper's Table 4 say that N harms more than P: 2 of 18 for, none against", () => {
  assert(ERROR > 6 && ERROR < 14, `${ERROR} % a collection`);
  const tests = compared([["N[ms]", "P[ms]"], ["all(N, O)", "all(P, O)"], [
    "all(N, A)",
    "all(P, A)",
  ]]);
  assertEquals([count(tests, "supports"), count(tests, "contradicts"), tests.length], [2, 0, 18]);
  assertEquals(decideAny(tests), "holds");
});

Deno.test("decideAny() lets the paper's Table 4 say that fusion is among the most harmful: 1 of 12 for, none against", () => {
  const tests = compared([["F[ms]", "P[ms]"], ["F[ms]", "N[ms]"]]);
  assertEquals([count(tests, "supports"), count(tests, "contradicts"), tests.length], [1, 0, 12]);
  assertEquals(decideAny(tests), "holds");
});
