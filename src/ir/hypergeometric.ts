// How many members random sets share: hypergeometric distributions and their sums, exact.

/** P(X = least + i) by i. */
export interface Distribution {
  readonly least: number;
  readonly probabilities: Float64Array;
}

/** Probabilities below this are dropped at both ends: what all of them lose is far below 1e-12. */
const TINY = 1e-25;

/** What a random set of `b` and one of `a` units of `units` share (scipy's hypergeom(units, a, b)). */
export function hypergeometric(units: number, a: number, b: number): Distribution {
  const least = Math.max(0, a + b - units);
  const most = Math.min(a, b);
  const choose = (n: number, k: number) => logFactorial(n) - logFactorial(k) - logFactorial(n - k);
  const all = choose(units, b);
  return trimmed({
    least,
    probabilities: Float64Array.from(
      { length: most - least + 1 },
      (_, i) => Math.exp(choose(a, least + i) + choose(units - a, b - least - i) - all),
    ),
  });
}

/** X + Y of independent X and Y. */
export function addDistributions(x: Distribution, y: Distribution): Distribution {
  const probabilities = new Float64Array(x.probabilities.length + y.probabilities.length - 1);
  x.probabilities.forEach((p, i) => {
    for (let j = 0; j < y.probabilities.length; j++) probabilities[i + j] += p * y.probabilities[j];
  });
  return trimmed({ least: x.least + y.least, probabilities });
}

/** P(X ≤ value) and P(X ≥ value). */
export function tails(
  { least, probabilities }: Distribution,
  value: number,
): { readonly below: number; readonly above: number } {
  let [below, above] = [0, 0];
  probabilities.forEach((p, i) => {
    if (least + i <= value) below += p;
    if (least + i >= value) above += p;
  });
  return { below: Math.min(1, below), above: Math.min(1, above) };
}

function trimmed({ least, probabilities }: Distribution): Distribution {
  let [first, end] = [0, probabilities.length];
  while (end - first > 1 && probabilities[first] < TINY) first++;
  while (end - first > 1 && probabilities[end - 1] < TINY) end--;
  return { least: least + first, probabilities: probabilities.slice(first, end) };
}

const logFactorials = [0];

function logFactorial(n: number): number {
  for (let k = logFactorials.length; k <= n; k++) {
    logFactorials.push(logFactorials[k - 1] + Math.log(k));
  }
  return logFactorials[n];
}
