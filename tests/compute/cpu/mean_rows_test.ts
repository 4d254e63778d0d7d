/** Means of rows in float64, and their gradient against central differences. */

import { assertEquals, assertLess } from "@std/assert";
import { meanRows } from "../../../src/compute/cpu/mean_rows.ts";
import { meanRowsBackward } from "../../../src/compute/cpu/mean_rows_backward.ts";
import { assertGradient, dot, indices, matrix, unset } from "./differences.ts";

/** Rows 1 to 3, row 5, and none; rows 0 and 4 are of no group. */
const groups = indices(3, 2, [1, 3, 5, 1, 0, 0]);
const rowOf = indices(6, 1, [0, 0, 0, 0, 0, 1]);

Deno.test("meanRows() is the mean of each group's rows, 0 of none", () => {
  const [x, out] = [matrix(6, 3), unset(3, 3)];
  meanRows(out, x, groups);
  for (let c = 0; c < 3; c++) {
    const mean = (x.data[3 + c] + x.data[6 + c] + x.data[9 + c]) / 3;
    assertLess(Math.abs(out.data[c] - mean), 1e-15); // two roundings
    assertEquals(out.data[3 + c], x.data[15 + c]);
    assertEquals(out.data[6 + c], 0);
  }
});

Deno.test("meanRowsBackward() matches central differences, 0 for rows of no group", () => {
  const [x, dout, dx, out] = [matrix(6, 3), matrix(3, 3), unset(6, 3), unset(3, 3)];
  meanRowsBackward(dx, dout, groups, rowOf);
  assertGradient(dx, () => (meanRows(out, x, groups), dot(out, dout)), x);
  assertEquals([...dx.data.subarray(0, 3), ...dx.data.subarray(12, 15)], [0, 0, 0, 0, 0, 0]);
});
