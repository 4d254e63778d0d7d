/**
 * Sums of float64 vectors that do not depend on their order, so that shards merge to the same bytes.
 *
 * Every number is split into multiples of 2⁻²⁰, 2⁻⁵⁴ and 2⁻⁸⁸; what is beyond, at most 2⁻⁸⁹, is
 * dropped, number by number. Each part has at most 33 bits below the next one's unit (the first is
 * bounded), so that 2²⁰ of them add in float64's 53 bits without rounding.
 */

/** An exact sum of vectors: its parts, coarse to fine; their sum is the value. */
export interface ExactSum {
  /** Multiples of 2⁻²⁰, 2⁻⁵⁴ and 2⁻⁸⁸. */
  readonly parts: readonly [Float64Array, Float64Array, Float64Array];
}

/** Vectors that may be added. */
export const MOST_VECTORS = 2 ** 20;

// Adding and subtracting 1.5 · 2⁵² · unit rounds to a multiple of the unit.
const [COARSE, MIDDLE, FINE] = [2 ** -20, 2 ** -54, 2 ** -88].map((unit) => 1.5 * 2 ** 52 * unit);
const MOST = 2 ** 31;

/** The sum of no vectors of `length` numbers. */
export function exactSum(length: number): ExactSum {
  return {
    parts: [new Float64Array(length), new Float64Array(length), new Float64Array(length)],
  };
}

/**
 * Adds a vector. A place of the sum that is NaN stands for no number: only NaN is added there.
 *
 * @throws {RangeError} where another number is not finite, or it or the sum is beyond 2³¹.
 */
export function addExactly(
  { parts: [coarse, middle, fine] }: ExactSum,
  values: Float64Array,
): void {
  for (let i = 0; i < coarse.length; i++) {
    const value = values[i];
    const before = coarse[i];
    const first = (value + COARSE) - COARSE;
    const rest = value - first;
    const second = (rest + MIDDLE) - MIDDLE;
    coarse[i] += first;
    middle[i] += second;
    fine[i] += (rest - second + FINE) - FINE;
    if (!(Math.abs(value) < MOST && Math.abs(coarse[i]) < MOST)) {
      if (Number.isNaN(before) && Number.isNaN(value)) continue;
      throw new RangeError(`Cannot add number ${i}: expected less than 2^31 in size, got ${value}`);
    }
  }
}

/** Adds another exact sum. */
export function mergeExactly(into: ExactSum, other: ExactSum): void {
  into.parts.forEach((part, p) => {
    for (let i = 0; i < part.length; i++) part[i] += other.parts[p][i];
  });
}

/** The sum, rounded to float64. */
export function rounded({ parts: [coarse, middle, fine] }: ExactSum): Float64Array {
  return coarse.map((value, i) => value + (middle[i] + fine[i]));
}

/** Gives every NaN the same bits: arithmetic leaves different ones, and equal files need equal bytes. */
export function oneNaN(data: Float64Array): void {
  for (let i = 0; i < data.length; i++) if (data[i] !== data[i]) data[i] = NaN;
}
