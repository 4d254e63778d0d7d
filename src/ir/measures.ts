// Measures by name, as ir_measures and the field write them: nDCG@10, AP(rel=2)@1000, MRR@10.

import { judged } from "./judged.ts";
import { ndcg } from "./ndcg.ts";
import { averagePrecision, precision, recall } from "./precision_recall.ts";
import type { Measure } from "./ranking.ts";
import { reciprocalRank } from "./reciprocal_rank.ts";
import type { Qrels, Run } from "./words.ts";

const NAMES: ReadonlyMap<string, Measure> = new Map([
  ["nDCG", ndcg],
  ["MRR", reciprocalRank],
  ["RR", reciprocalRank],
  ["P", precision],
  ["R", recall],
  ["AP", averagePrecision],
  ["Judged", judged],
]);

/** P, R and Judged are meaningless without a cutoff; the others have a value over the whole ranking. */
const NEED_CUTOFF: ReadonlySet<string> = new Set(["P", "R", "Judged"]);

/** A measure with its cutoff and lowest relevant grade fixed, under the name it was asked by. */
export interface NamedMeasure {
  /** As it was asked for. */
  readonly name: string;
  /** Query id → value; `complete` counts judged queries that the run lacks as 0. */
  readonly measure: Measure;
}

/**
 * The measure that `name` names: nDCG, MRR (or RR), P, R, AP or Judged, then optionally (rel=G),
 * the lowest grade that is relevant, then @k, the cutoff. Throws a SyntaxError for other names.
 */
export function parseMeasure(name: string): NamedMeasure {
  const match = /^([A-Za-z]+)(?:\(rel=(\d+)\))?(?:@([1-9]\d*))?$/.exec(name);
  const base = match === null ? undefined : findName(match[1]);
  if (match === null || base === undefined) {
    const names = [...NAMES.keys()].map((known) => NEED_CUTOFF.has(known) ? `${known}@k` : known);
    throw new SyntaxError(
      `Cannot parse measure "${name}": expected one of ${names.join(", ")}, with @k for a cutoff`,
    );
  }
  const k = match[3] === undefined ? Infinity : Number(match[3]);
  if (k === Infinity && NEED_CUTOFF.has(base)) {
    throw new SyntaxError(`Cannot parse measure "${name}": expected a cutoff, as in ${base}@10`);
  }
  const relevantFrom = Number(match[2] ?? 1);
  if (relevantFrom === 0) {
    throw new SyntaxError(`Cannot parse measure "${name}": expected rel=1 or higher, got rel=0`);
  }
  if (match[2] !== undefined && (base === "nDCG" || base === "Judged")) {
    throw new SyntaxError(`Cannot parse measure "${name}": expected no (rel=G), ${base} has none`);
  }
  const measure = NAMES.get(base)!;
  return {
    name,
    measure: (run, qrels, options) => measure(run, qrels, { ...options, k, relevantFrom }),
  };
}

/** Options of {@linkcode measure}. */
export interface MeasureOptions {
  /** Counts judged queries that the run lacks as 0, as trec_eval -c does. */
  readonly complete?: boolean;
}

/**
 * The mean over queries of the measure that `name` names, as trec_eval computes it: `nDCG@10`,
 * `MRR@10`, `P@5`, `R@100`, `AP`, `AP(rel=2)`, `Judged@10`. NaN where no query is judged and ranked.
 *
 * @throws {SyntaxError} for another name.
 */
export function measure(
  qrels: Qrels,
  run: Run,
  name: string,
  options: MeasureOptions = {},
): number {
  return mean(measureByQuery(qrels, run, name, options));
}

/** The same by query id. */
export function measureByQuery(
  qrels: Qrels,
  run: Run,
  name: string,
  options: MeasureOptions = {},
): ReadonlyMap<string, number> {
  return parseMeasure(name).measure(run, qrels, options);
}

function findName(name: string): string | undefined {
  return [...NAMES.keys()].find((known) => known.toLowerCase() === name.toLowerCase());
}

/** The arithmetic mean of a measure's values, summed in their order; NaN where there are none. */
export function mean(values: ReadonlyMap<string, number> | readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (const value of values.values()) {
    sum += value;
    count++;
  }
  return sum / count;
}

/** Four decimals as C's printf gives them: exact ties go to the even digit (0.03125 → 0.0312). */
export function formatValue(value: number): string {
  // A double that lies half-way between two 4-decimal numbers is a multiple of 1/32.
  if (Number.isInteger(value * 32)) {
    const five = value.toFixed(5);
    if (five.endsWith("5") && Number(five.at(-2)) % 2 === 0) return five.slice(0, -1);
  }
  return value.toFixed(4);
}
