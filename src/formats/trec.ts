// TREC's files: qrels (also BEIR's, which have a header) and runs.

import { compareBytes, rank } from "../ir/ranking.ts";
import type { Qrels, Run } from "../ir/words.ts";
import { type ByteStream, excerpt, type Line, lineError, readLines } from "./lines.ts";

/** Whose rules: trec_eval 10 skips comments and keeps scores as doubles, 9 as floats. */
export interface TrecOptions {
  /** trec_eval's version; 10 unless given. */
  readonly trecEval?: 9 | 10;
}

/**
 * Reads qrels: `query iteration document grade`, separated by blanks, or, where the first line is
 * BEIR's header `query-id corpus-id score`, those three separated by tabs. Lines that begin with #
 * are comments of version 10. Throws a SyntaxError that names file and line at a wrong number of
 * fields, a grade that is no integer, or a document judged twice for one query, and the file where
 * it holds no judgement.
 */
export async function readQrels(
  bytes: ByteStream,
  file: string,
  { trecEval = 10 }: TrecOptions = {},
): Promise<Qrels> {
  const qrels = new Map<string, Map<string, number>>();
  let beir = false;
  for await (const line of readLines(bytes, file)) {
    if (isBlank(line)) continue;
    if (line.number === 1 && /^query-id\tcorpus-id\t/.test(line.text)) {
      beir = true;
      continue;
    }
    if (!beir && trecEval === 10 && line.text.startsWith("#")) continue;
    const [query, document, grade] = beir
      ? exactly(3, line, line.text.trim().split("\t"), "query-id, corpus-id, score")
      : exactly(4, line, words(line), "query, iteration, document, grade")
        .filter((_, i) => i !== 1);
    if (!/^[+-]?\d{1,9}$/.test(grade)) throw lineError(line, "an integer grade", excerpt(grade));
    add(qrels, { line, query, document, value: Number(grade) });
  }
  if (qrels.size > 0) return qrels;
  throw new SyntaxError(`Cannot read ${file}: expected a judgement, found none`);
}

/**
 * Reads a run: `query Q0 document rank score tag`, separated by blanks; the rank and what follows
 * the tag are ignored, as trec_eval does. Lines whose first sign is # are comments of version 10;
 * version 9 keeps scores as float32, so that more of them are equal. Throws a SyntaxError that names
 * file and line at too few fields, a score that is no finite number, or a document retrieved twice
 * for one query, and the file where it holds no line.
 */
export async function readRun(
  bytes: ByteStream,
  file: string,
  { trecEval = 10 }: TrecOptions = {},
): Promise<Run> {
  const run = new Map<string, Map<string, number>>();
  for await (const line of readLines(bytes, file)) {
    if (isBlank(line) || trecEval === 10 && /^[ \t\v\f\r]*#/.test(line.text)) continue;
    const found = words(line).slice(0, 6);
    const [query, , document, , score] = exactly(
      6,
      line,
      found,
      "query, Q0, document, rank, score, tag",
    );
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(score) ? Number(score) : NaN;
    if (!Number.isFinite(value)) throw lineError(line, "a finite number as score", excerpt(score));
    add(run, { line, query, document, value: trecEval === 10 ? value : Math.fround(value) });
  }
  if (run.size > 0) return run;
  throw new SyntaxError(`Cannot read ${file}: expected a line of a run, found none`);
}

/**
 * Throws a RangeError where an id cannot be a field of a run or of qrels: {@linkcode readRun} would
 * read another one. `of` says whose ids they are.
 */
export function checkTrecIds(ids: Iterable<string>, of: "query" | "document"): void {
  for (const id of ids) {
    const fault = id === ""
      ? "an empty one"
      : /[ \t\n\v\f\r]/.test(id)
      ? "one with a blank"
      : !id.isWellFormed()
      ? "one that is no Unicode text"
      : of === "query" && /^(#|\ufeff)/.test(id)
      ? "one that begins as a comment does"
      : undefined;
    if (fault !== undefined) {
      throw new RangeError(
        `Cannot write ${of} ${excerpt(id)} into a run: expected an id of one word, found ${fault}`,
      );
    }
  }
}

/**
 * The lines of a run file: queries in byte order, documents ranked, ranks from 1. All is checked
 * before the first: what {@linkcode readRun} would refuse, or read otherwise, is a RangeError.
 */
export function formatRun(run: Run, tag: string): Generator<string> {
  if (!/^\S+$/.test(tag)) {
    throw new SyntaxError(`Cannot write a run: expected a tag without blanks, got ${excerpt(tag)}`);
  }
  checkTrecIds(run.keys(), "query");
  let documents = 0;
  for (const [query, scores] of run) {
    checkTrecIds(scores.keys(), "document");
    documents += scores.size;
    for (const [document, score] of scores) {
      if (Number.isFinite(score)) continue;
      throw new RangeError(
        `Cannot write a run: expected finite scores, got ${score} for document ${
          excerpt(document)
        } of query ${excerpt(query)}`,
      );
    }
  }
  if (documents === 0) {
    throw new RangeError("Cannot write a run: expected a retrieved document, found none");
  }
  return runLines(run, tag);
}

function* runLines(run: Run, tag: string): Generator<string> {
  for (const query of [...run.keys()].sort(compareBytes)) {
    const scores = run.get(query)!;
    let place = 0;
    for (const document of rank(scores)) {
      yield `${query} Q0 ${document} ${++place} ${scores.get(document)} ${tag}\n`;
    }
  }
}

/** C's isspace, for what a line can hold; a no-break space is part of an id. */
const BLANKS = /[ \t\v\f\r]+/;

function isBlank({ text }: Line): boolean {
  return !/[^ \t\v\f\r]/.test(text);
}

function words({ text }: Line): string[] {
  return text.split(BLANKS).filter((word) => word !== "");
}

function exactly(
  count: number,
  line: Line,
  found: readonly string[],
  names: string,
): readonly string[] {
  if (found.length === count && !found.includes("")) return found;
  throw lineError(line, `${count} fields (${names})`, `${found.length} in ${excerpt(line.text)}`);
}

function add(
  table: Map<string, Map<string, number>>,
  entry: {
    readonly line: Line;
    readonly query: string;
    readonly document: string;
    readonly value: number;
  },
): void {
  const row = table.get(entry.query) ?? new Map<string, number>();
  if (row.has(entry.document)) {
    throw lineError(
      entry.line,
      `every document once for query "${entry.query}"`,
      `"${entry.document}" again`,
    );
  }
  table.set(entry.query, row.set(entry.document, entry.value));
}
