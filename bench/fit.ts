/** Least squares of relative errors: how cost grows. */

/** A polynomial, with what it leaves. */
export interface Fit {
  /** Coefficients, of x⁰ first. */
  readonly coefficients: readonly number[];
  /** Root of the mean squared relative residual. */
  readonly residual: number;
}

/**
 * The polynomial of `degree` with the least Σ ((y - p(x)) / y)²: large values do not drown small ones.
 *
 * @throws {RangeError} where there are fewer points than coefficients.
 */
export function fit(x: readonly number[], y: readonly number[], degree: number): Fit {
  const size = degree + 1;
  if (x.length < size) {
    throw new RangeError(
      `Cannot fit ${size} coefficients: expected as many points, got ${x.length}`,
    );
  }
  const scale = Math.max(...x.map(Math.abs)); // keeps the normal equations well conditioned
  const rows = x.map((at, i) => Array.from({ length: size }, (_, k) => (at / scale) ** k / y[i]));
  // normal equations AᵀA c = Aᵀ1, with the right side as last column
  const system = Array.from(
    { length: size },
    (_, i) => [
      ...Array.from(
        { length: size },
        (_, j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0),
      ),
      rows.reduce((sum, row) => sum + row[i], 0),
    ],
  );
  for (let column = 0; column < size; column++) {
    const pivot = system.slice(column)
      .reduce((a, b) => Math.abs(b[column]) > Math.abs(a[column]) ? b : a);
    system.splice(system.indexOf(pivot), 1);
    system.splice(column, 0, pivot);
    for (const row of system) {
      if (row === pivot) continue;
      const factor = row[column] / pivot[column];
      row.forEach((_, j) => row[j] -= factor * pivot[j]);
    }
  }
  const scaled = system.map((row, i) => row[size] / row[i]);
  const squares = rows.map((row) =>
    (row.reduce((sum, value, k) => sum + value * scaled[k], -1)) ** 2
  );
  return {
    coefficients: scaled.map((value, k) => value / scale ** k),
    residual: Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / x.length),
  };
}

/** E.g. "3.1 + .52 x + .0004 x²". */
export function fitText({ coefficients, residual }: Fit): string {
  const powers = ["", " x", " x²"];
  const terms = coefficients.map((value, k) =>
    `${k > 0 ? value < 0 ? " - " : " + " : value < 0 ? "-" : ""}${
      Number(Math.abs(value).toPrecision(2))
    }${powers[k]}`
  );
  return `${terms.join("")}; residual ${(100 * residual).toFixed(1)} %`;
}
