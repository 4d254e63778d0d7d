// The interval of a mean over queries.

import { mean } from "./measures.ts";
import { standardError } from "./significance.ts";
import { centralT } from "./student_t.ts";

/**
 * Student's t interval [low, high] of the mean of `values` at `level` (.95 by default): it leaves 0
 * out where the t-test's p < 1 - level. It assumes that means of so many values are distributed
 * about normally; where few values differ from 0 that is a rough guess.
 */
export function meanInterval(
  values: readonly number[],
  { level = 0.95 }: { readonly level?: number } = {},
): [low: number, high: number] {
  if (values.length < 2) {
    throw new RangeError(
      `Cannot compute an interval: expected two values or more, got ${values.length}`,
    );
  }
  const half = centralT(level, values.length - 1) * standardError(values);
  const centre = mean(values);
  return [centre - half, centre + half];
}
