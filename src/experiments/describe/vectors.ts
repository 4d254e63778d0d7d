/** Lengths and products of vectors. */

/** Σ x_i y_i. */
export function product(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** √Σ x_i². */
export function normOf(x: ArrayLike<number>): number {
  return Math.sqrt(product(x, x));
}
