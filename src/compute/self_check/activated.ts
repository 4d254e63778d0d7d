/** Sums, and activations with and without a gate. */

import { activations, type Ops } from "../ops.ts";
import { type CheckCase, CURVED, type Draw, ROUNDED, unset } from "./check_case.ts";

const shapes = [[1, 1], [7, 30], [37, 67]] as const;

/** Cases of `add`: into a third tensor, and into either of the two. */
export function* sums({ normal }: Draw): Generator<CheckCase> {
  for (const [rows, width] of shapes) {
    const [x, y] = [normal(rows * width), normal(rows * width)];
    yield {
      operation: "add",
      shape: `[${rows}, ${width}]`,
      bound: ROUNDED,
      run(ops) {
        const [first, second] = [x, y].map((data) => ops.floats(rows, width, data));
        const out = unset(ops, rows, width);
        ops.add(out, first, second);
        ops.add(first, first, second); // x + y
        ops.add(second, first, second); // x + 2 y
        return [out, first, second];
      },
    };
  }
}

/** Cases of `divide`, with zeros among the divisors. */
export function* quotients({ normal }: Draw): Generator<CheckCase> {
  for (const [rows, width] of shapes) {
    const [x, y] = [normal(rows * width), normal(rows * width)];
    const by = y.map((value, i) => i % 3 === 1 ? 0 : value + (value < 0 ? -1 : 1));
    yield {
      operation: "divide",
      shape: `[${rows}, ${width}]`,
      bound: ROUNDED,
      run(ops) {
        const out = unset(ops, rows, width);
        ops.divide(out, ops.floats(rows, width, x), ops.floats(rows, width, by));
        return [out];
      },
    };
  }
}

/** Cases of `activate` and its gradients, over all of each curve and its left tail. */
export function* activated({ normal }: Draw): Generator<CheckCase> {
  for (const [rows, width] of shapes) {
    for (const offset of [0, -4]) {
      const [x, gate, dout] = [normal(rows * width, 1.5, offset)]
        .concat(normal(rows * width), normal(rows * width));
      const floats = (ops: Ops, data: Float32Array) => ops.floats(rows, width, data);
      for (const name of activations) {
        const shape = `${name} of [${rows}, ${width}] around ${offset}`;
        yield {
          operation: "activate",
          shape,
          bound: CURVED,
          run(ops) {
            const [alone, gated] = [unset(ops, rows, width), unset(ops, rows, width)];
            ops.activate(alone, floats(ops, x), { name });
            ops.activate(gated, floats(ops, x), { name, gate: floats(ops, gate) });
            return [alone, gated];
          },
        };
        yield {
          operation: "activateBackward",
          shape,
          bound: CURVED,
          run(ops) {
            const [alone, dx, dgate] = [0, 0, 0].map(() => unset(ops, rows, width));
            const [slope, input, by] = [dout, x, gate].map((data) => floats(ops, data));
            ops.activateBackward(alone, slope, input, { name });
            ops.activateBackward(dx, slope, input, { name, gate: by, dgate });
            return [alone, dx, dgate];
          },
        };
      }
    }
  }
}
