// Student's t distribution, through the regularised incomplete beta function.

/**
 * Probability that |T| ≥ |t| for Student's T with `degrees` of freedom (two-tailed p-value):
 * I_x(ν/2, ½) with x = ν / (ν + t²).   DLMF 8.17, https://dlmf.nist.gov/8.17
 */
export function twoTailed(t: number, degrees: number): number {
  if (Number.isNaN(t)) return NaN;
  const square = t * t;
  if (square === Infinity) return 0;
  return betaRatio({
    a: degrees / 2,
    b: 0.5,
    x: degrees / (degrees + square),
    y: square / (degrees + square),
  });
}

/**
 * The t ≥ 0 with P(|T| < t) = `level` for Student's T with `degrees` of freedom: an interval's half
 * width in standard errors (scipy's t.ppf((1 + level) / 2)).
 */
export function centralT(level: number, degrees: number): number {
  if (!(level > 0 && level < 1 && degrees > 0)) {
    throw new RangeError(
      `Cannot compute Student's t: expected a level between 0 and 1 and degrees of freedom above 0, got ${level} and ${degrees}`,
    );
  }
  let high = 1;
  while (twoTailed(high, degrees) > 1 - level) high *= 2;
  let low = 0;
  for (;;) { // bisection, until no number lies between
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (twoTailed(middle, degrees) > 1 - level) low = middle;
    else high = middle;
  }
}

/** I_x(a, b), y = 1 − x given apart so that neither loses its small digits. */
function betaRatio({ a, b, x, y }: { a: number; b: number; x: number; y: number }): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const front = Math.exp(
    a * Math.log(x) + b * Math.log(y) + logGamma(a + b) - logGamma(a) - logGamma(b),
  );
  // The fraction converges fast left of the distribution's mean; right of it, use I_x(a,b) = 1 − I_y(b,a).
  return x < (a + 1) / (a + b + 2)
    ? front * betaFraction(a, b, x) / a
    : 1 - front * betaFraction(b, a, y) / b;
}

/** The continued fraction DLMF 8.17.22, by Lentz's method (doi:10.1364/AO.15.000668). */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const away = (value: number) => Math.abs(value) < tiny ? tiny : value;
  let c = 1;
  let d = 1 / away(1 - (a + b) * x / (a + 1));
  let result = d;
  for (let m = 1; m < 10_000; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= c * d;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return result;
}

/** ln Γ(x), x > 0: Stirling's series (DLMF 5.11.1) above 10, reached by Γ(x + 1) = x·Γ(x). */
function logGamma(x: number): number {
  let shift = 0;
  while (x < 10) shift += Math.log(x++);
  const s = 1 / (x * x);
  const series = (1 / 12 -
    s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360)))))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
