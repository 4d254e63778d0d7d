// The order of a run's documents, by trec_eval's rules.

import type { Qrels, Run } from "./words.ts";

/**
 * Orders two texts by their UTF-8 bytes, as C's strcmp does: negative where `a` comes first.
 * (JavaScript's own order puts surrogate pairs before U+E000.)
 */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Document ids by score, highest first; equal scores by document id, descending, by bytes. */
export function rank(scores: ReadonlyMap<string, number>): string[] {
  return [...scores].sort(([a, x], [b, y]) => y - x || compareBytes(b, a)).map(([id]) => id);
}

/** One query's ranking seen by its assessors: all that a measure looks at. */
export interface Topic {
  /** Grades of the retrieved documents in rank order; undefined where nobody judged. */
  readonly ranked: readonly (number | undefined)[];
  /** Grades of all judged documents, retrieved or not, in no order. */
  readonly judged: readonly number[];
}

/** How a {@linkcode Measure} looks at a run. */
export interface MeasureOptions {
  /** How many documents of a ranking count; all by default. */
  readonly k?: number;
  /** The lowest grade of a relevant document, 1 by default; nDCG takes grades as they are. */
  readonly relevantFrom?: number;
  /** Whether queries that were judged but not in the run count as 0 (trec_eval -c); no by default. */
  readonly complete?: boolean;
}

/** Query id → value, in byte order of the query ids; queries without judgements are left out. */
export type Measure = (
  run: Run,
  qrels: Qrels,
  options?: MeasureOptions,
) => ReadonlyMap<string, number>;

/** Makes a measure of what it says of one topic, given k and the lowest relevant grade. */
export function perTopic(
  value: (topic: Topic, k: number, relevantFrom: number) => number,
): Measure {
  return (run, qrels, { k = Infinity, relevantFrom = 1, complete = false } = {}) => {
    if (!(k === Infinity || Number.isSafeInteger(k) && k > 0)) {
      throw new RangeError(`Cannot measure at k = ${k}: expected a positive integer`);
    }
    const ids = [...(complete ? qrels : run).keys()].filter((id) => qrels.has(id));
    return new Map(
      ids.sort(compareBytes).map((id) => {
        const topic = topicOf(run.get(id) ?? new Map(), qrels.get(id)!);
        return [id, topic.ranked.length === 0 ? 0 : value(topic, k, relevantFrom)];
      }),
    );
  };
}

function topicOf(scores: ReadonlyMap<string, number>, grades: ReadonlyMap<string, number>): Topic {
  return { ranked: rank(scores).map((id) => grades.get(id)), judged: [...grades.values()] };
}

/** How many grades are at least `relevantFrom`. */
export function countRelevant(
  grades: readonly (number | undefined)[],
  relevantFrom: number,
): number {
  return grades.filter((grade) => grade !== undefined && grade >= relevantFrom).length;
}
