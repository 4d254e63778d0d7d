/** Central differences of the float64 twins: the witness of every backward pass. */

import { assertLess } from "@std/assert";
import type { IndexMatrix, Matrix } from "../../../src/compute/cpu/matrix.ts";
import { drawing } from "../../../src/compute/self_check/check_case.ts";
import { relativeError } from "../../../src/compute/self_check.ts";

/** Half the distance between neighbouring points of the stencil; inputs are about 1. */
const STEP = 1e-3;

/**
 * The stencil of four points errs by STEP⁴/30 of the fifth derivative, 3e-14 of it, and by the
 * rounding of F over STEP, 1e-13 of F; a tenth of a wrong term would show as 1e-2.
 */
const GRADIENT = 1e-9;

const draw = drawing(7);

/** A matrix of seeded, nearly normal numbers. */
export function matrix(rows: number, width: number, scale = 1): Matrix {
  return filled(rows, width, Float64Array.from(draw.normal(rows * width, scale)));
}

/** A matrix of given numbers. */
export function filled(rows: number, width: number, data: ArrayLike<number>): Matrix {
  return { rows, width, type: "float", data: Float64Array.from(data) };
}

/** A matrix that a twin has to write whole. */
export function unset(rows: number, width: number): Matrix {
  return filled(rows, width, new Float64Array(rows * width).fill(NaN));
}

/** A matrix of given indices. */
export function indices(rows: number, width: number, data: ArrayLike<number>): IndexMatrix {
  return { rows, width, type: "index", data: Uint32Array.from(data) };
}

/** Σ a ⊙ b. */
export function dot(a: Matrix, b: Matrix): number {
  return a.data.reduce((sum, value, i) => sum + value * b.data[i], 0);
}

/** ∂F/∂x by (8 (F(x + h) - F(x - h)) - (F(x + 2h) - F(x - 2h))) / 12h, one number of x at a time. */
export function differences(F: () => number, x: Matrix): Float64Array {
  return x.data.map((value, i) => {
    const at = (offset: number) => {
      x.data[i] = value + offset * STEP;
      return F();
    };
    const slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * STEP);
    x.data[i] = value;
    return slope;
  });
}

/** Asserts that `dx` is the gradient of F with respect to `x`, which F reads. */
export function assertGradient(dx: Matrix, F: () => number, x: Matrix, what = "dx"): void {
  assertLess(relativeError(dx.data, differences(F, x)), GRADIENT, what);
}
