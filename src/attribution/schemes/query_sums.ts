/**
 * Sums of conductance by query, for statistics whose sample is the queries: one float64 a neuron
 * and query, exact and in any order. Every conductance is rounded to a multiple of 2⁻⁴⁰ (9e-13),
 * far below the errors of float32 and of the quadrature; sums below 2¹³ of such multiples have 53
 * bits.
 */

/** A query's pairs. */
export interface QuerySum {
  /** Pairs that were added. */
  pairs: number;
  /** Σ conductance over them, by neuron id. */
  readonly sum: Float64Array;
}

/** Sums by the query's text: equal texts are one query. */
export type QuerySums = Map<string, QuerySum>;

/** The most bytes that sums by query take unless they are asked for. */
export const USUAL_BYTES = 2 ** 29;

// Adding and subtracting 1.5 · 2⁵² · unit rounds to a multiple of the unit.
const ROUNDER = 1.5 * 2 ** 12;
const [MOST_VALUE, MOST_SUM] = [2 ** 11, 2 ** 13];

/** Whether sums by query are kept unless options say: where they take at most 512 MiB. */
export function keptByQuery(queries: number, neurons: number): boolean {
  return queries * neurons * Float64Array.BYTES_PER_ELEMENT <= USUAL_BYTES;
}

/**
 * Adds a pair's conductances to its query's; NaN stands for a neuron that has none, and stays.
 *
 * @throws {RangeError} where one is beyond 2¹¹, or a query's sum beyond 2¹³.
 */
export function addToQuery(sums: QuerySums, query: string, conductance: Float64Array): void {
  const one = sums.get(query) ?? { pairs: 0, sum: new Float64Array(conductance.length) };
  sums.set(query, one);
  one.pairs++;
  conductance.forEach((value, id) => {
    one.sum[id] += (value + ROUNDER) - ROUNDER;
    if (
      !(Math.abs(value) < MOST_VALUE && Math.abs(one.sum[id]) < MOST_SUM || Number.isNaN(value))
    ) {
      throw tooLarge(query, value);
    }
  });
}

/** Adds other sums of the same model. */
export function mergeQuerySums(into: QuerySums, other: QuerySums): void {
  for (const [query, { pairs, sum }] of other) {
    const one = into.get(query) ?? { pairs: 0, sum: new Float64Array(sum.length) };
    into.set(query, one);
    one.pairs += pairs;
    sum.forEach((value, id) => {
      one.sum[id] += value;
      if (Math.abs(one.sum[id]) >= MOST_SUM) throw tooLarge(query, value);
    });
  }
}

function tooLarge(query: string, value: number): RangeError {
  return new RangeError(
    `Cannot sum conductances of query ${
      JSON.stringify(query.slice(0, 60))
    } exactly: expected less than ${MOST_VALUE} in size, got ${value}; without sums by query any size is summed`,
  );
}
