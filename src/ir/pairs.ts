// Which pairs of a collection stand for a class: by grade, capped fairly over queries, with a seed.

import { below, type Random, sample, seededRandom, shuffle } from "./random.ts";
import { compareBytes, rank } from "./ranking.ts";
import type { Label, Qrels, Run } from "./words.ts";

/** A pair by its ids. */
export interface PairKey {
  /** The query's id. */
  readonly query: string;
  /** The document's id. */
  readonly document: string;
  /** Its class. */
  readonly label: Label;
  /** True where nobody judged the pair: a negative drawn from a ranking. */
  readonly sampled: boolean;
}

/** Which pairs to select. */
export interface SelectionOptions {
  /** The class that is wanted. */
  readonly label: Label;
  /** The lowest grade of a relevant document; 1 by default. */
  readonly relevantFrom?: number;
  /** The highest grade of a non-relevant document; 0 by default. Grades between are ambiguous. */
  readonly nonRelevantUpto?: number;
  /**
   * A ranking to draw non-relevant pairs from, in place of judged ones: for each query as many as it
   * has relevant documents, none that was judged relevant or ambiguous.
   */
  readonly negatives?: Run;
  /** At most so many pairs, as evenly over queries as they allow; all by default. */
  readonly maxPairs?: number;
  /** 0 by default. */
  readonly seed?: number;
}

/** Pairs that stand for a class, and how many judged ones do not and why. */
export interface Selection {
  /** In byte order of the query ids, then of the document ids. */
  readonly pairs: readonly PairKey[];
  /** Judged pairs whose grade lies between the classes. */
  readonly ambiguous: number;
  /** Judged pairs of the other class. */
  readonly otherClass: number;
  /** Pairs of the class beyond `maxPairs`. */
  readonly beyondMaximum: number;
}

/** All pairs that stand for a class, in two orders, and how many judged ones do not and why. */
export interface PairPool extends Pick<Selection, "pairs" | "ambiguous" | "otherClass"> {
  /**
   * The same pairs in the order in which they are drawn: round the queries in random order, a random
   * pair of each. A selection of n pairs is the first n of them, whatever n.
   */
  drawn(): readonly PairKey[];
}

/** Options of {@linkcode pairPool}. */
export type PoolOptions = Omit<SelectionOptions, "maxPairs">;

/** The pairs of one class; the same options give the same orders on every machine. */
export function pairPool(qrels: Qrels, options: PoolOptions): PairPool {
  const { label, relevantFrom = 1, nonRelevantUpto = 0, negatives } = options;
  if (!(nonRelevantUpto < relevantFrom)) {
    throw new RangeError(
      `Cannot select pairs: expected non-relevant grades below relevant ones, got up to ${nonRelevantUpto} and from ${relevantFrom}`,
    );
  }
  const random = seededRandom(options.seed ?? 0);
  const classOf = (grade: number): Label | undefined =>
    grade >= relevantFrom ? "relevant" : grade <= nonRelevantUpto ? "non-relevant" : undefined;
  const counts = { ambiguous: 0, otherClass: 0 };
  const byQuery = [...qrels.keys()].sort(compareBytes).map((query): PairKey[] => {
    const grades = qrels.get(query)!;
    for (const grade of grades.values()) {
      if (classOf(grade) === undefined) counts.ambiguous++;
      else if (classOf(grade) !== label) counts.otherClass++;
    }
    const documents = label === "non-relevant" && negatives !== undefined
      ? drawNegatives(negatives.get(query) ?? new Map(), { grades, classOf, random })
      : [...grades].filter(([, grade]) => classOf(grade) === label).map(([document]) => document);
    return documents.sort(compareBytes).map((document) => ({
      query,
      document,
      label,
      sampled: !grades.has(document),
    }));
  });
  let order: readonly PairKey[] | undefined;
  return { pairs: byQuery.flat(), ...counts, drawn: () => order ??= drawEvenly(byQuery, random) };
}

/** Selects the pairs of one class; the same options give the same pairs on every machine. */
export function selectPairs(qrels: Qrels, options: SelectionOptions): Selection {
  const { maxPairs = Infinity } = options;
  if (!(maxPairs === Infinity || Number.isSafeInteger(maxPairs) && maxPairs > 0)) {
    throw new RangeError(`Cannot select pairs: expected a positive maximum, got ${maxPairs}`);
  }
  const { pairs, ambiguous, otherClass, drawn } = pairPool(qrels, options);
  const taken = pairs.length <= maxPairs
    ? pairs
    : drawn().slice(0, maxPairs).toSorted(comparePairs);
  return { pairs: taken, ambiguous, otherClass, beyondMaximum: pairs.length - taken.length };
}

/** The order of a selection: byte order of the query ids, then of the document ids. */
function comparePairs(a: PairKey, b: PairKey): number {
  return compareBytes(a.query, b.query) || compareBytes(a.document, b.document);
}

/** As many documents of a ranking as the query has relevant ones, none judged otherwise. */
function drawNegatives(
  scores: ReadonlyMap<string, number>,
  { grades, classOf, random }: {
    readonly grades: ReadonlyMap<string, number>;
    readonly classOf: (grade: number) => Label | undefined;
    readonly random: Random;
  },
): string[] {
  const relevant = [...grades.values()].filter((grade) => classOf(grade) === "relevant").length;
  const fit = rank(scores).filter((document) => {
    const grade = grades.get(document);
    return grade === undefined || classOf(grade) === "non-relevant";
  });
  return sample(fit, relevant, random);
}

/** Goes round the queries in random order, taking a random pair of each, until none are left. */
function drawEvenly(byQuery: readonly (readonly PairKey[])[], random: Random): PairKey[] {
  let waiting = shuffle(byQuery.map((_, i) => i).filter((i) => byQuery[i].length > 0), random);
  const pools = byQuery.map((own) => [...own]);
  const order: PairKey[] = [];
  while (waiting.length > 0) {
    for (const i of waiting) order.push(...pools[i].splice(below(pools[i].length, random), 1));
    waiting = waiting.filter((i) => pools[i].length > 0);
  }
  return order;
}
