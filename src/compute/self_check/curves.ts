/** Activations, normalisations and objectives: what goes number by number or row by row. */

import { type Norm, type Ops, targets } from "../ops.ts";
import { type CheckCase, CURVED, type Draw, ROUNDED, SUMMED, unset } from "./check_case.ts";

/** Cases of `tanh` and its gradient. */
export function* activations({ normal }: Draw): Generator<CheckCase> {
  for (const [rows, width] of [[1, 1], [7, 30], [37, 67]]) {
    const [x, dy, y] = [1.5, 1, 0.125].map((scale) => normal(rows * width, scale));
    const shape = `[${rows}, ${width}]`;
    yield {
      operation: "tanh",
      shape,
      bound: CURVED,
      run(ops) {
        const out = unset(ops, rows, width);
        ops.tanh(out, ops.floats(rows, width, x));
        return [out];
      },
    };
    yield {
      operation: "tanhBackward",
      shape,
      bound: ROUNDED,
      run(ops) {
        const dx = unset(ops, rows, width);
        ops.tanhBackward(dx, ops.floats(rows, width, dy), ops.floats(rows, width, y));
        return [dx];
      },
    };
  }
}

/** Cases of `addNorm` and its gradient. */
export function* norms({ normal }: Draw): Generator<CheckCase> {
  for (const [rows, width] of [[1, 5], [7, 30], [37, 67], [5, 384]]) {
    const [x, residual, dy] = [0.5, 0, 0].map((offset) => normal(rows * width, 1, offset));
    const [gain, bias] = [normal(width), normal(width)];
    const norm = (ops: Ops): Norm => (
      { gain: ops.floats(1, width, gain), bias: ops.floats(1, width, bias), epsilon: 1e-12 }
    );
    const shape = `[${rows}, ${width}]`;
    yield {
      operation: "addNorm",
      shape,
      bound: SUMMED,
      run(ops) {
        const out = unset(ops, rows, width);
        const inputs = [x, residual].map((data) => ops.floats(rows, width, data));
        ops.addNorm(out, inputs[0], inputs[1], norm(ops));
        return [out];
      },
    };
    yield {
      operation: "addNormBackward",
      shape,
      bound: SUMMED,
      run(ops) {
        const dx = unset(ops, rows, width);
        const inputs = [dy, x, residual].map((data) => ops.floats(rows, width, data));
        ops.addNormBackward(dx, inputs[0], inputs[1], inputs[2], norm(ops));
        return [dx];
      },
    };
  }
}

/** Cases of `objective`, each target on one and two logits. */
export function* objectives({ normal, below }: Draw): Generator<CheckCase> {
  const rows = 37;
  for (const labels of [1, 2]) {
    const logits = normal(rows * labels, 3);
    const label = Float32Array.from(below(rows, 2));
    for (const target of targets) {
      yield {
        operation: "objective",
        shape: `${target} of [${rows}, ${labels}]`,
        bound: CURVED,
        run(ops) {
          const [value, dlogits] = [unset(ops, rows, 1), unset(ops, rows, labels)];
          const inputs = [ops.floats(rows, labels, logits), ops.floats(rows, 1, label)];
          ops.objective(value, dlogits, inputs[0], inputs[1], target);
          return [value, dlogits];
        },
      };
    }
  }
}
