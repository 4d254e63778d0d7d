/** Rotary position embedding in float64: against complex numbers, and its gradient. */

import { assertLess } from "@std/assert";
import { rotate } from "../../../src/compute/cpu/rotate.ts";
import { assertGradient, dot, filled, indices, matrix, unset } from "./differences.ts";

/** Angles of 4 positions, and what the operation takes for them. */
function turns(half: number) {
  const angles = matrix(4, half, 2);
  const data = Array.from({ length: 4 }, (_, p) => {
    const own = angles.data.subarray(p * half, (p + 1) * half);
    return [...own.map(Math.cos), ...own.map(Math.sin)];
  });
  return { angles, table: filled(4, 2 * half, data.flat()) };
}

Deno.test("rotate() turns (a, b) of each head's halves by the angle of its token's position", () => {
  const [heads, half] = [2, 3];
  const { angles, table } = turns(half);
  const positions = indices(3, 1, [2, 0, 3]);
  const x = matrix(3, heads * 2 * half);
  const out = unset(3, heads * 2 * half);
  rotate(out, x, { angles: table, positions });
  for (let m = 0; m < 3; m++) {
    for (let h = 0; h < heads; h++) {
      for (let c = 0; c < half; c++) {
        const at = (m * heads + h) * 2 * half + c;
        const [a, b] = [x.data[at], x.data[at + half]];
        const angle = Math.atan2(b, a) + angles.data[positions.data[m] * half + c];
        const radius = Math.hypot(a, b);
        // a few roundings of numbers about 1, and of an angle of up to 10
        assertLess(Math.abs(out.data[at] - radius * Math.cos(angle)), 1e-14);
        assertLess(Math.abs(out.data[at + half] - radius * Math.sin(angle)), 1e-14);
      }
    }
  }
});

Deno.test("rotate() back is the gradient: it matches central differences", () => {
  for (const [rows, heads, half] of [[1, 1, 1], [3, 2, 3], [5, 1, 8]]) {
    const { table } = turns(half);
    const width = heads * 2 * half;
    const [x, dy, dx, out] = [matrix(rows, width), matrix(rows, width), unset(rows, width)]
      .concat(unset(rows, width));
    const rotation = {
      angles: table,
      positions: indices(rows, 1, Array.from({ length: rows }, (_, m) => (3 * m + 1) % 4)),
    };
    rotate(dx, dy, { ...rotation, inverse: true });
    assertGradient(dx, () => (rotate(out, x, rotation), dot(out, dy)), x);
  }
});
