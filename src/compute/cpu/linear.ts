/** The linear layer. Twin of the forward kernel of src/compute/gpu/matmul.ts */

import type { Linear, LinearOptions } from "../ops.ts";
import { mask } from "./mask.ts";
import type { Matrix } from "./matrix.ts";
import { gelu } from "./normal.ts";

/** out = x Wᵀ + b, masked; activated = gelu(out). */
export function linear(
  out: Matrix,
  x: Matrix,
  layer: Linear,
  options: LinearOptions = {},
): void {
  product(out, x, layer);
  if (options.mask) mask(out, options.mask);
  const activated = options.activated as Matrix | undefined;
  activated?.data.set(out.data.map(gelu));
}

/** out = x Wᵀ + b. Four outputs at a time share the loads of x. */
function product(out: Matrix, x: Matrix, { weight, bias }: Linear): void {
  const inner = x.width;
  const outputs = out.width;
  const w = (weight as Matrix).data;
  const b = (bias as Matrix).data;
  for (let m = 0; m < out.rows; m++) {
    const row = x.data.subarray(m * inner, (m + 1) * inner);
    let n = 0;
    for (; n + 4 <= outputs; n += 4) {
      const w0 = n * inner, w1 = w0 + inner, w2 = w1 + inner, w3 = w2 + inner;
      let s0 = b[n], s1 = b[n + 1], s2 = b[n + 2], s3 = b[n + 3];
      for (let k = 0; k < inner; k++) {
        const value = row[k];
        s0 += value * w[w0 + k];
        s1 += value * w[w1 + k];
        s2 += value * w[w2 + k];
        s3 += value * w[w3 + k];
      }
      const at = m * outputs + n;
      out.data[at] = s0;
      out.data[at + 1] = s1;
      out.data[at + 2] = s2;
      out.data[at + 3] = s3;
    }
    for (; n < outputs; n++) {
      let sum = b[n];
      for (let k = 0; k < inner; k++) sum += row[k] * w[n * inner + k];
      out.data[m * outputs + n] = sum;
    }
  }
}
