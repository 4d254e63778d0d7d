/** Attribution schemes: mean and spread of every neuron's conductance over pairs. */

import { SEGMENTS } from "../../model/heads.ts";
import { neuronCount, type NeuronSpace, type Part } from "../../model/neurons.ts";
import {
  addExactly,
  type ExactSum,
  exactSum,
  mergeExactly,
  MOST_VECTORS,
  rounded,
} from "./exact_sum.ts";
import { addToQuery, mergeQuerySums, type QuerySums } from "./query_sums.ts";

/** Exact sums of conductances over pairs. */
export interface ConductanceSums {
  /** Σ conductance, by neuron id. */
  readonly sum: ExactSum;
  /** Σ conductance², by neuron id. */
  readonly squares: ExactSum;
}

/** Sums of a triple's pairs with the other passages. */
export interface OtherSums extends ConductanceSums {
  /** Sums by query, where they are kept. */
  byQuery?: QuerySums;
}

/** Sums over pairs, exact whatever their order. */
export interface SchemeSums extends ConductanceSums {
  /** The model's sizes. */
  readonly space: NeuronSpace;
  /** How many pairs were added. */
  pairs: number;
  /** Of target `pairwise` the sums of the pairs with the other passages. */
  readonly other?: OtherSums;
  /** Where they are kept, the sums of what the tokens of each segment contribute. */
  readonly bySegment?: readonly ConductanceSums[];
  /** Sums by query, where they are kept. */
  byQuery?: QuerySums;
}

/** Mean and spread of conductances over pairs. */
export interface ConductanceMoments {
  /** Mean conductance by neuron id. */
  readonly mean: Float64Array;
  /** Sum of squared deviations from the mean by neuron id. */
  readonly m2: Float64Array;
}

/** An attribution scheme. */
export interface Scheme extends ConductanceMoments {
  /** The model's sizes. */
  readonly space: NeuronSpace;
  /** Number of pairs. */
  readonly pairs: number;
  /** Mean conductance by neuron id; NaN for one that is not below the unit of a scheme towards one. */
  readonly mean: Float64Array;
  /** Sum of squared deviations from the mean by neuron id; variance = m2 / (pairs - 1). */
  readonly m2: Float64Array;
  /** With target `pairwise`, the pairs with the other passages; mean and m2 are then of the relevant ones. */
  readonly other?: ConductanceMoments;
  /** Moments of what the tokens of each segment contribute, for linears alone, where they are kept. */
  readonly bySegment?: readonly ConductanceMoments[];
  /** The strings of the file's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The sums that mean and m2 come from, for merging; files of other programs may lack them. */
  readonly sums?: SchemeSums;
}

/**
 * Sums of no pairs yet. The neurons of `absent` linears, which are not below the unit that conductance is
 * towards, have no numbers: the sums are NaN there, and so is all that is made of them.
 */
export function schemeSums(
  space: NeuronSpace,
  { byQuery = false, absent = [], isPairwise = false, bySegment = false }: {
    readonly byQuery?: boolean;
    /** Whether what tokens of each segment contribute is summed too. */
    readonly bySegment?: boolean;
    /** Whether triples are summed, whose pairs with the other passages have sums of their own. */
    readonly isPairwise?: boolean;
    readonly absent?: readonly Part[];
  } = {},
): SchemeSums {
  const count = neuronCount(space);
  const zeros = () => {
    const sum = exactSum(count);
    for (const { first, units } of absent) {
      for (const part of sum.parts) part.fill(NaN, first, first + units);
    }
    return sum;
  };
  return {
    ...{ space, pairs: 0, sum: zeros(), squares: zeros() },
    ...(isPairwise
      ? { other: { sum: zeros(), squares: zeros(), ...(byQuery ? { byQuery: new Map() } : {}) } }
      : {}),
    ...(bySegment
      ? { bySegment: Array.from({ length: SEGMENTS }, () => ({ sum: zeros(), squares: zeros() })) }
      : {}),
    ...(byQuery ? { byQuery: new Map() } : {}),
  };
}

/**
 * Adds one pair's conductances, by neuron id; `query` is its text, for the sums by query, `other` what a
 * triple's other pair has, and `bySegment` what the tokens of each segment contribute.
 */
export function addPair(
  sums: SchemeSums,
  conductance: Float64Array,
  query = "",
  { other, bySegment }: {
    readonly other?: Float64Array;
    readonly bySegment?: readonly Float64Array[];
  } = {},
): void {
  if ((other === undefined) !== (sums.other === undefined)) {
    throw new TypeError("Cannot add pairs and triples in one scheme");
  }
  if ((bySegment === undefined) !== (sums.bySegment === undefined)) {
    throw new TypeError("Cannot add pairs with and without sums by segment in one scheme");
  }
  addConductance(sums, conductance);
  if (sums.other && other) {
    addConductance(sums.other, other);
    if (sums.other.byQuery) addToQuery(sums.other.byQuery, query, other);
  }
  sums.bySegment?.forEach((segment, i) => addConductance(segment, bySegment![i]));
  if (sums.byQuery) addToQuery(sums.byQuery, query, conductance);
  sums.pairs++;
}

function addConductance({ sum, squares }: ConductanceSums, conductance: Float64Array): void {
  addExactly(sum, conductance);
  addExactly(squares, conductance.map((value) => value * value));
}

/** Adds the pairs of other sums of the same model; sums by query are kept where both have them. */
export function mergeSums(into: SchemeSums, other: SchemeSums): void {
  mergeExactly(into.sum, other.sum);
  mergeExactly(into.squares, other.squares);
  if ((into.other === undefined) !== (other.other === undefined)) {
    throw new TypeError("Cannot merge sums of pairs with sums of triples");
  }
  if (into.other && other.other) {
    mergeExactly(into.other.sum, other.other.sum);
    mergeExactly(into.other.squares, other.other.squares);
    mergeByQuery(into.other, other.other);
  }
  if ((into.bySegment === undefined) !== (other.bySegment === undefined)) {
    throw new TypeError("Cannot merge sums by segment with sums without");
  }
  into.bySegment?.forEach((segment, i) => {
    mergeExactly(segment.sum, other.bySegment![i].sum);
    mergeExactly(segment.squares, other.bySegment![i].squares);
  });
  mergeByQuery(into, other);
  into.pairs += other.pairs;
}

function mergeByQuery(into: { byQuery?: QuerySums }, other: { readonly byQuery?: QuerySums }) {
  if (into.byQuery && other.byQuery) mergeQuerySums(into.byQuery, other.byQuery);
  else delete into.byQuery;
}

/** The scheme of sums of at least one pair. */
export function schemeOf(sums: SchemeSums, metadata: Readonly<Record<string, string>>): Scheme {
  const { space, pairs } = sums;
  if (pairs === 0) {
    throw new RangeError("Cannot make an attribution scheme: expected pairs, got none");
  }
  if (pairs > MOST_VECTORS) {
    throw new RangeError(`Cannot sum ${pairs} pairs exactly: expected at most ${MOST_VECTORS}`);
  }
  return {
    ...{ space, pairs, ...momentsOf(sums, pairs), metadata, sums },
    ...(sums.other ? { other: momentsOf(sums.other, pairs) } : {}),
    ...(sums.bySegment
      ? { bySegment: sums.bySegment.map((segment) => momentsOf(segment, pairs)) }
      : {}),
  };
}

function momentsOf({ sum, squares }: ConductanceSums, pairs: number): ConductanceMoments {
  const total = rounded(sum);
  const mean = total.map((value) => value / pairs);
  const m2 = rounded(squares).map((value, i) => Math.max(0, value - total[i] * mean[i]));
  return { mean, m2 };
}
