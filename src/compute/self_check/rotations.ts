/** Rotary position embedding, there and back. */

import { type CheckCase, type Draw, ROUNDED, unset } from "./check_case.ts";

/** Positions that have angles. */
const POSITIONS = 9;

/** Cases of `rotate`: one head and several, halves that no vector divides. */
export function* rotations({ normal, below }: Draw): Generator<CheckCase> {
  for (const [rows, heads, depth] of [[1, 1, 2], [7, 3, 10], [37, 2, 64]]) {
    const x = normal(rows * heads * depth);
    const angles = normal(POSITIONS * depth / 2, 2);
    const positions = below(rows, POSITIONS);
    const turns = Float32Array.from({ length: POSITIONS * depth }, (_, i) => {
      const [position, c] = [Math.floor(i / depth), i % depth];
      const angle = angles[position * depth / 2 + c % (depth / 2)];
      return c < depth / 2 ? Math.cos(angle) : Math.sin(angle);
    });
    for (const inverse of [false, true]) {
      yield {
        operation: "rotate",
        shape: `[${rows}, ${heads} x ${depth}]${inverse ? ", back" : ""}`,
        bound: ROUNDED,
        run(ops) {
          const out = unset(ops, rows, heads * depth);
          ops.rotate(out, ops.floats(rows, heads * depth, x), {
            angles: ops.floats(POSITIONS, depth, turns),
            positions: ops.indices(rows, 1, positions),
            inverse,
          });
          return [out];
        },
      };
    }
  }
}
