/** Normally distributed random numbers. */

import type { Random } from "../src/ir/random.ts";

/** Numbers of mean 0 and variance 1 (Marsaglia's polar method, doi:10.1137/1006063). */
export function normalNumbers(random: Random): () => number {
  let spare: number | undefined;
  const uniform = () => (random() + 0.5) / 2 ** 31 - 1; // within -1 … 1
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const [u, v] = [uniform(), uniform()];
      const s = u * u + v * v;
      if (s >= 1) continue;
      const factor = Math.sqrt(-2 * Math.log(s) / s);
      spare = v * factor;
      return u * factor;
    }
  };
}
