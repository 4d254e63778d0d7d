/**
 * A kernel that no change of the project makes faster or slower: a product of float64 matrices in plain
 * JavaScript, on one thread. Times divided by its time in the same run can be compared between machines,
 * and between quiet and busy minutes.
 */

/** The calibration's name in every group. */
export const CALIBRATION = "calibration";

const SIZE = 192;
const [a, b] = [1, 2].map((seed) =>
  Float64Array.from({ length: SIZE * SIZE }, (_, i) => ((i * 7919 * seed) % 1009) / 1009 - 0.5)
);

/** Adds the calibration to a group of benchmarks. */
export function calibrate(group: string): void {
  Deno.bench(CALIBRATION, { group, n: 60, warmup: 10 }, () => {
    const sum = product(a, b, SIZE);
    if (!Number.isFinite(sum)) throw new RangeError("the calibration's product is not finite");
  });
}

/** The sum of all numbers of a bᵀ. */
function product(a: Float64Array, b: Float64Array, size: number): number {
  let total = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += a[i * size + k] * b[j * size + k];
      total += sum;
    }
  }
  return total;
}
