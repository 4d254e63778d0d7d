/**
 * Sums of float64 vectors that do not depend on their order, so that shards merge to the same bytes.
 *
 * Every number is split into a multiple of 2⁻²⁰ and a rest of which a multiple of 2⁻⁷² is kept (the
 * part beyond, at most 2⁻⁷³, is dropped, number by number). Both parts are summed in float64, where
 * multiples of a power of two add without rounding as long as the sum has no more than 53 bits.
 */

/** An exact sum of vectors. */
export interface ExactSum {
  /** Multiples of 2⁻²⁰, each below 2³³. */
  readonly high: Float64Array;
  /** Multiples of 2⁻⁷². */
  readonly low: Float64Array;
}

const HIGH = 1.5 * 2 ** 32; // adding and subtracting it rounds to a multiple of 2⁻²⁰
const LOW = 1.5 * 2 ** -20; // … of 2⁻⁷²
const MOST = 2 ** 31;

/** The sum of no vectors of `length` numbers. */
export function exactSum(length: number): ExactSum {
  return { high: new Float64Array(length), low: new Float64Array(length) };
}

/**
 * Adds a vector.
 *
 * @throws {RangeError} where a number is not finite or beyond 2³¹.
 */
export function addExactly({ high, low }: ExactSum, values: ArrayLike<number>): void {
  for (let i = 0; i < high.length; i++) {
    const value = values[i];
    const upper = (value + HIGH) - HIGH;
    high[i] += upper;
    low[i] += (value - upper + LOW) - LOW;
    if (!(Math.abs(value) < MOST && Math.abs(high[i]) < MOST)) {
      throw new RangeError(`Cannot add number ${i}: expected less than 2^31 in size, got ${value}`);
    }
  }
}

/** Adds another exact sum. */
export function mergeExactly(into: ExactSum, other: ExactSum): void {
  for (let i = 0; i < into.high.length; i++) {
    into.high[i] += other.high[i];
    into.low[i] += other.low[i];
  }
}
