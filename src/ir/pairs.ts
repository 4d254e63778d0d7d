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

/** Selects the pairs of one class; the same options give the same pairs on every machine. */
export function selectPairs(qrels: Qrels, options: SelectionOptions): Selection {
  const { label, relevantFrom = 1, nonRelevantUpto = 0, negatives, maxPairs = Infinity } = options;
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
  const pairs = capEvenly(byQuery, maxPairs, random);
  const all = byQuery.reduce((sum, own) => sum + own.length, 0);
  return { pairs, ...counts, beyondMaximum: all - pairs.length };
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

/** Goes round the queries in random order, taking a random pair of each, until `most` are taken. */
function capEvenly(byQuery: readonly PairKey[][], most: number, random: Random): PairKey[] {
  if (!(most === Infinity || Number.isSafeInteger(most) && most > 0)) {
    throw new RangeError(`Cannot select pairs: expected a positive maximum, got ${most}`);
  }
  const total = byQuery.reduce((sum, own) => sum + own.length, 0);
  if (total <= most) return byQuery.flat();
  let left = most;
  let waiting = shuffle(byQuery.map((_, i) => i).filter((i) => byQuery[i].length > 0), random);
  const pools = byQuery.map((own) => [...own]);
  const taken = byQuery.map((): PairKey[] => []);
  while (left > 0) {
    for (const i of waiting) {
      if (left-- === 0) break;
      taken[i].push(...pools[i].splice(below(pools[i].length, random), 1));
    }
    waiting = waiting.filter((i) => pools[i].length > 0);
  }
  return taken.flatMap((own) => own.sort((a, b) => compareBytes(a.document, b.document)));
}
