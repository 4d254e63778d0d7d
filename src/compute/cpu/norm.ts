/** LayerNorm and RMSNorm over groups of columns. Twin of shaders/norm.wgsl */

import type { Norm } from "../ops.ts";
import { moments } from "./add_norm.ts";
import type { Matrix } from "./matrix.ts";

/** out = (x - mean) scale ⊙ γ + β over each group of γ's width columns. */
export function norm(out: Matrix, x: Matrix, given: Norm): void {
  const gain = (given.gain as Matrix).data;
  const bias = (given.bias as Matrix | undefined)?.data;
  for (let at = 0; at < x.data.length; at += gain.length) {
    const group = x.data.subarray(at, at + gain.length);
    const { mean, scale } = groupMoments(group, given);
    group.forEach((value, c) => {
      out.data[at + c] = (value - mean) * scale * gain[c] + (bias ? bias[c] : 0);
    });
  }
}

/** What a norm subtracts from a group and multiplies it by: RMSNorm's 0 and 1 / √(mean(x²) + ε). */
export function groupMoments(
  group: Float64Array,
  { epsilon, kind }: Norm,
): { mean: number; scale: number } {
  if (kind !== "rms") return moments(group, epsilon);
  let squares = 0;
  for (const value of group) squares += value * value;
  return { mean: 0, scale: 1 / Math.sqrt(squares / group.length + epsilon) };
}
