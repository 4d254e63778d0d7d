// TREC's files: qrels (also BEIR's, which have a header) and runs.

import { compareBytes, rank } from "../ir/ranking.ts";
import type { Qrels, Run } from "../ir/words.ts";
import { type ByteStream, excerpt, type Line, lineError, readLines } from "./lines.ts";

/**
 * Reads qrels: `query iteration document grade`, separated by blanks, or, where the first line is
 * BEIR's header `query-id corpus-id score`, those three separated by tabs. Throws a SyntaxError
 * that names file and line at a wrong number of fields, a grade that is no integer, or a document
 * judged twice for one query.
 */
export async function readQrels(bytes: ByteStream, file: string): Promise<Qrels> {
  const qrels = new Map<string, Map<string, number>>();
  let beir = false;
  for await (const line of readLines(bytes, file)) {
    if (line.text.trim() === "") continue;
    if (line.number === 1 && /^query-id\tcorpus-id\t/.test(line.text)) {
      beir = true;
      continue;
    }
    const [query, document, grade] = beir
      ? fields(line, "\t", "query-id, corpus-id, score")
      : fields(line, BLANKS, "query, iteration, document, grade").filter((_, i) => i !== 1);
    if (!/^[+-]?\d{1,9}$/.test(grade)) throw lineError(line, "an integer grade", excerpt(grade));
    add(qrels, { line, query, document, value: Number(grade) });
  }
  return qrels;
}

/**
 * Reads a run: `query Q0 document rank score tag`, separated by blanks; the rank is ignored, as
 * trec_eval does. Throws a SyntaxError that names file and line at a wrong number of fields, a
 * score that is no finite number, or a document retrieved twice for one query.
 */
export async function readRun(bytes: ByteStream, file: string): Promise<Run> {
  const run = new Map<string, Map<string, number>>();
  for await (const line of readLines(bytes, file)) {
    if (line.text.trim() === "") continue;
    const [query, , document, , score] = fields(
      line,
      BLANKS,
      "query, Q0, document, rank, score, tag",
    );
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(score) ? Number(score) : NaN;
    if (!Number.isFinite(value)) throw lineError(line, "a finite number as score", excerpt(score));
    add(run, { line, query, document, value });
  }
  return run;
}

/** The lines of a run file: queries in byte order, documents ranked, ranks from 1. */
export function* formatRun(run: Run, tag: string): Generator<string> {
  if (!/^\S+$/.test(tag)) {
    throw new SyntaxError(`Cannot write a run: expected a tag without blanks, got ${excerpt(tag)}`);
  }
  for (const query of [...run.keys()].sort(compareBytes)) {
    const scores = run.get(query)!;
    let place = 0;
    for (const document of rank(scores)) {
      yield `${query} Q0 ${document} ${++place} ${scores.get(document)} ${tag}\n`;
    }
  }
}

const BLANKS = /[ \t]+/;

function fields(line: Line, separator: string | RegExp, names: string): string[] {
  const found = line.text.trim().split(separator);
  const wanted = names.split(", ").length;
  if (found.length === wanted && !found.includes("")) return found;
  throw lineError(
    line,
    `${wanted} fields (${names})`,
    `${found.length} in ${excerpt(line.text)}`,
  );
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
