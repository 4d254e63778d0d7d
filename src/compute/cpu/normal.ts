/** The normal distribution and exact GELU in float64. */

/** φ(x) = exp(-x²/2) / √(2π). */
export function normalPdf(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/**
 * Φ(x), to about 1e-15.
 *
 * |x| < 3: Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/(3·5) + …), all terms of one sign (Abramowitz & Stegun 26.2.11).
 * Beyond: the tail φ(x) / (x + 1/(x + 2/(x + 3/…))), from its 80th level inwards (26.2.14).
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return x;
  const distance = Math.abs(x);
  if (distance < 3) {
    let sum = 0;
    let term = x;
    for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && odd < 200; odd += 2) {
      sum += term;
      term *= x * x / odd;
    }
    return 0.5 + normalPdf(x) * sum;
  }
  let fraction = distance;
  for (let level = 80; level > 0; level--) fraction = distance + level / fraction;
  const tail = normalPdf(distance) / fraction;
  return x < 0 ? tail : 1 - tail;
}

/** x Φ(x). */
export function gelu(x: number): number {
  return x * normalCdf(x);
}

/** gelu′(x) = Φ(x) + x φ(x). */
export function geluSlope(x: number): number {
  return normalCdf(x) + x * normalPdf(x);
}
