/** What bench/ratios.ts makes of times and conductances. */

import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { best, distance, type Measured, ratiosTable } from "../../bench/ratios_table.ts";

const measured = (name: string, seconds: number, errors = [0.01, 0.03]): Measured => ({
  name,
  seconds,
  errors,
  evaluations: 101,
});

Deno.test("distance() is relative, over the neurons that were found", () => {
  assertAlmostEquals(distance(Float64Array.of(3, 5), Float64Array.of(3, 4)), 0.2);
  assertAlmostEquals(distance(Float64Array.of(NaN, 5), Float64Array.of(3, 4)), 0.25);
});

Deno.test("best() keeps each competitor's fastest round, in the order of their first", () => {
  const rounds = [measured("b", 3), measured("a", 2), measured("b", 1), measured("a", 4)];
  assertEquals(best(rounds), [measured("b", 1), measured("a", 2)]);
});

Deno.test("ratiosTable() divides times by one competitor's and tells mean and worst error", () => {
  const lines = ratiosTable([measured("ours", 1.5), measured("hooks", 6, [0.5])], "hooks");
  assertEquals(lines.split("\n").slice(2), [
    "| ours | 101 | 1.50 | 0.25 | 0.020 | 0.030 |",
    "| hooks | 101 | 6.00 | 1.0 | 0.50 | 0.50 |",
  ]);
});

Deno.test("ratiosTable() refuses a competitor that was not measured", () => {
  assertThrows(() => ratiosTable([measured("ours", 1)], "hooks"), RangeError, '"hooks"');
});
