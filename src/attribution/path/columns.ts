/** Some units of an activation, without reading all of it. */

import type { Ops, Tensor } from "../../compute/ops.ts";

/**
 * Columns of x [rows, width], each [rows]. They are the product of x with lines of the identity matrix, so that
 * only these columns are read back.
 */
export async function columnsOf(
  ops: Ops,
  x: Tensor,
  units: readonly number[],
): Promise<Float64Array[]> {
  const identity = new Float32Array(units.length * x.width);
  units.forEach((unit, i) => identity[i * x.width + unit] = 1);
  const weight = ops.weights(units.length, x.width, identity);
  const bias = ops.zeros(1, units.length);
  const out = ops.empty(x.rows, units.length);
  ops.linear(out, x, { weight, bias });
  const all = await ops.read(out);
  ops.free(weight, bias, out);
  return units.map((_, i) =>
    Float64Array.from({ length: x.rows }, (_, row) => all[row * units.length + i])
  );
}
