/** Conductance and sums in float64 against their equations, written as loops. */

import { assertEquals, assertLess } from "@std/assert";
import { conductance } from "../../../src/compute/cpu/conductance.ts";
import { sumColumns } from "../../../src/compute/cpu/sum_columns.ts";
import { sumRows } from "../../../src/compute/cpu/sum_rows.ts";
import { filled, indices, matrix, unset } from "./differences.ts";

/** A few roundings of sums of fewer than ten numbers about 1. */
const ROUNDED = 1e-14;

Deno.test("conductance() is Σ over tokens of (left g[a] + right g[b]) (y[b] - y[a])", () => {
  const [tokens, units] = [9, 5];
  const [y, g] = [matrix(tokens, units), matrix(tokens, units)];
  // points of 3 tokens at 0, 3 and 6; the third interval goes back, the fourth is of no token
  const items = [[0, 3, 3], [3, 6, 3], [6, 0, 2], [1, 4, 0]];
  for (const pairing of [{ left: 0.5, right: 0.5 }, { left: 0, right: 1 }, { left: 1, right: 0 }]) {
    const out = unset(4, units);
    conductance(out, y, g, indices(4, 3, items.flat()), pairing);
    items.forEach(([a, b, count], i) => {
      for (let unit = 0; unit < units; unit++) {
        let expected = 0;
        for (let token = 0; token < count; token++) {
          const now = (a + token) * units + unit;
          const next = (b + token) * units + unit;
          expected += (pairing.left * g.data[now] + pairing.right * g.data[next]) *
            (y.data[next] - y.data[now]);
        }
        assertLess(Math.abs(out.data[i * units + unit] - expected), ROUNDED);
      }
    });
  }
});

Deno.test("conductance() by halves is exact for a quadratic F: F(y(1)) - F(y(0))", () => {
  // F = y²/2, g = y: the trapezoid of a linear g telescopes
  const points = [0.2, -1.5, 0.75, 3];
  const y = filled(4, 1, points);
  const out = unset(3, 1);
  conductance(out, y, y, indices(3, 3, [0, 1, 1, 1, 2, 1, 2, 3, 1]), { left: 0.5, right: 0.5 });
  const total = out.data.reduce((sum, part) => sum + part, 0);
  assertLess(Math.abs(total - (3 ** 2 - 0.2 ** 2) / 2), ROUNDED);
});

Deno.test("sumRows() sums runs of rows into their lines and leaves the others", () => {
  const x = matrix(6, 3);
  const groups = [[0, 2], [2, 4], [5, 1], [3, 0]];
  const before = matrix(6, 3);
  for (const accumulate of [false, true]) {
    const out = filled(6, 3, before.data);
    sumRows(out, x, indices(4, 2, groups.flat()), { accumulate, at: 1 });
    for (let n = 0; n < 3; n++) {
      assertEquals(out.data[n], before.data[n]); // line 0
      assertEquals(out.data[15 + n], before.data[15 + n]); // line 5
      groups.forEach(([first, count], g) => {
        let expected = accumulate ? before.data[(1 + g) * 3 + n] : 0;
        for (let i = 0; i < count; i++) expected += x.data[(first + i) * 3 + n];
        assertLess(Math.abs(out.data[(1 + g) * 3 + n] - expected), ROUNDED);
      });
    }
  }
});

Deno.test("sumColumns() sums each row into its line and leaves the others", () => {
  const x = matrix(3, 7);
  const out = filled(6, 1, [9, 9, 9, 9, 9, 9]);
  sumColumns(out, x, { at: 2 });
  const sums = [0, 1, 2].map((r) => x.data.subarray(7 * r, 7 * r + 7).reduce((s, v) => s + v, 0));
  assertEquals([...out.data], [9, 9, ...sums, 9]);
});
