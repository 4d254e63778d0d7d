/** From tests to a verdict: two rules, fixed before any data. */

import { levelName } from "../sets/levels.ts";
import type { ClaimTest, Conclusion, Interval } from "../results/results.ts";

/** A verdict. */
export type Verdict = Conclusion["verdict"];
/** What a test says of its claim. */
export type Outcome = ClaimTest["outcome"];
/** A verdict with its reasons. */
export type Finding = Pick<Conclusion, "verdict" | "finding" | "evidence" | "tests">;

/** Significance level of every test, after correction. */
export const ALPHA = 0.05;

/**
 * Sets of fewer neurons and higher levels decide nothing: one neuron of 20 is 5 %, and the overlap
 * by chance of two sets is the level itself.
 */
const [FEWEST_NEURONS, HIGHEST_LEVEL] = [20, 0.05];

/** Whether overlaps at a level can decide a claim: those of 20 neurons or more, at 5 % or less. */
export function canTell({ level, size }: { readonly level: number; readonly size: number }) {
  return size >= FEWEST_NEURONS && level <= HIGHEST_LEVEL * (1 + 1e-9);
}

/**
 * The verdict by tests that look for a difference, corrected for their number: a claim holds where one or
 * more support it and none contradicts it.
 */
export function decideAny(tests: readonly ClaimTest[]): Verdict {
  const [supports, contradicts] = sides(tests);
  if (supports > 0) return contradicts > 0 ? "mixed" : "holds";
  return contradicts > 0 ? "fails" : "untested";
}

/**
 * The verdict by tests that must all be passed, as for claims that something is small: a claim holds where
 * every test supports it, and fails where more contradict than support it.
 */
export function decideAll(tests: readonly ClaimTest[]): Verdict {
  const [supports, contradicts] = sides(tests);
  if (contradicts > 0) return supports >= contradicts ? "mixed" : "fails";
  return supports > 0 && supports === tests.length ? "holds" : "untested";
}

function sides(tests: readonly ClaimTest[]): readonly [supports: number, contradicts: number] {
  const count = (outcome: Outcome) => tests.filter((one) => one.outcome === outcome).length;
  return [count("supports"), count("contradicts")];
}

/** The outcome of a test, from its corrected p and the sign of its effect. */
export function signOf(value: number, p: number | null): Outcome {
  if (p === null) return "unchanged";
  if (!(p <= ALPHA) || value === 0) return "undecided";
  return value > 0 ? "supports" : "contradicts";
}

/** Whether an interval is above a bound, below it, or around it. */
export function sideOf({ low, high }: Interval, bound: number): "above" | "below" | "around" {
  return low >= bound ? "above" : high < bound ? "below" : "around";
}

/** `12.3 %`. */
export const percent = (value: number): string => `${value.toFixed(Math.abs(value) < 1 ? 2 : 1)} %`;

/** `12.3 % (95 % interval 4.5 to 20.1)`. */
export function withInterval({ value, interval, unit }: ClaimTest): string {
  if (value === null) return "no value";
  const digits = unit === "%" && Math.abs(value) >= 1 ? 1 : 2;
  const text = `${value.toFixed(digits)}${unit === "" ? "" : ` ${unit}`}`;
  if (!interval) return text;
  return `${text} (95 % interval ${interval.low.toFixed(digits)} to ${
    interval.high.toFixed(digits)
  })`;
}

/** `of 7 tests 2 in support, none against, 4 undecided; in 1 no query changes`. */
export function tally(tests: readonly ClaimTest[]): string {
  const count = (outcome: Outcome) => tests.filter((one) => one.outcome === outcome).length;
  const unchanged = count("unchanged");
  const number = (n: number) => n === 0 ? "none" : String(n);
  return `of ${tests.length} ${tests.length === 1 ? "test" : "tests"} ${
    number(count("supports"))
  } in support, ${number(count("contradicts"))} against, ${number(count("undecided"))} undecided${
    unchanged > 0 ? `; in ${unchanged} no query changes` : ""
  }`;
}

/** Levels in words: `1 %, 5 %`. */
export function levelsText(levels: Iterable<number>): string {
  return [...new Set(levels)].map(levelName).join(", ");
}
