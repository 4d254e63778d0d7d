// The exact upper bound of a share, from a sample.

/**
 * The Clopper-Pearson upper bound of a share of which a sample of `n` has `k`: the share at which so few
 * or fewer come up in a part `1 - confidence` of all samples. Clopper and Pearson 1934, doi:10.2307/2331986
 */
export function shareUpperBound(k: number, n: number, confidence = 0.95): number {
  if (k >= n) return 1;
  let [low, high] = [k / n, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (atMost(k, n, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** P(X ≤ k) of a binomial variable. */
function atMost(k: number, n: number, p: number): number {
  let [sum, logTerm] = [0, n * Math.log1p(-p)]; // of i = 0
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return sum;
}
