// BM25 over an SQLite database: FTS5's index, Porter stems, Terrier's stop words and parameters.
// bm25() of https://sqlite.org/fts5.html#the_bm25_function has k1 1.2 and b 0.75, as Terrier has.

import type { DatabaseSync } from "node:sqlite";
import type { Passage, Query, Run } from "../ir/words.ts";
import { TERRIER_STOP_WORDS } from "./terrier_stop_words.ts";

const FORMAT = "bm25-index/";

/** Changes whenever an index of the same corpus would come out different. */
const VERSION = `${FORMAT}1 porter unicode61`;

/** Passages between two reports of progress. */
const REPORT_EVERY = 10_000;

/**
 * Fills an empty `database` with an index of `passages`; `identity` says which corpus they are, and
 * `progress` hears how many are in. The texts themselves are not kept.
 */
export async function buildBm25Index(
  database: DatabaseSync,
  passages: AsyncIterable<Passage>,
  { identity, progress = () => {} }: {
    readonly identity: string;
    readonly progress?: (passages: number) => void;
  },
): Promise<void> {
  // A build that is killed leaves a file nobody opens as index, so it needs no journal.
  database.exec(`
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE about (identity TEXT NOT NULL, passages INTEGER NOT NULL);
    CREATE TABLE ids (row INTEGER PRIMARY KEY, id TEXT NOT NULL);
    CREATE VIRTUAL TABLE texts USING fts5(text, content='', tokenize='porter unicode61');
    BEGIN;
  `);
  const addId = database.prepare("INSERT INTO ids VALUES (?, ?)");
  const addText = database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)");
  let row = 0;
  for await (const { id, text } of passages) {
    row++;
    addId.run(row, id);
    addText.run(row, text);
    if (row % REPORT_EVERY === 0) progress(row);
  }
  database.exec("INSERT INTO texts (texts) VALUES ('optimize')");
  database.prepare("INSERT INTO about VALUES (?, ?)").run(`${VERSION} ${identity}`, row);
  database.exec("COMMIT");
  progress(row);
}

/** Whether `database` holds a whole index of the corpus that `identity` names. */
export function isBm25IndexOf(database: DatabaseSync, identity: string): boolean {
  return identityOf(database) === `${VERSION} ${identity}`;
}

/** Whether `database` holds an index of any corpus, of any version. */
export function isBm25Index(database: DatabaseSync): boolean {
  return identityOf(database)?.startsWith(FORMAT) ?? false;
}

function identityOf(database: DatabaseSync): string | undefined {
  try {
    return String(database.prepare("SELECT identity FROM about").get()?.identity ?? "");
  } catch {
    return undefined; // no database, or one of something else
  }
}

/** The ids of all passages in an index. */
export function* indexedIds(database: DatabaseSync): Generator<string> {
  for (const { id } of database.prepare("SELECT id FROM ids").iterate()) yield String(id);
}

/** The `depth` best passages for each query; queries that match nothing are left out. */
export function searchBm25(
  database: DatabaseSync,
  queries: Iterable<Query>,
  { depth, progress = () => {} }: {
    readonly depth: number;
    readonly progress?: (queries: number) => void;
  },
): Run {
  if (!(Number.isSafeInteger(depth) && depth > 0)) {
    throw new RangeError(`Cannot search by BM25: expected a positive depth, got ${depth}`);
  }
  // FTS5's rank is the negated BM25 score; rows are in the corpus' order, so ties are settled.
  const search = database.prepare(`
    SELECT ids.id AS id, -best.rank AS score
    FROM (SELECT rowid, rank FROM texts WHERE texts MATCH ? ORDER BY rank, rowid LIMIT ?) AS best
    JOIN ids ON ids.row = best.rowid
  `);
  const run = new Map<string, Map<string, number>>();
  let done = 0;
  for (const { id, text } of queries) {
    const terms = searchTerms(text);
    const found = terms.length === 0 ? [] : search.all(matchAny(terms), depth);
    if (found.length > 0) {
      run.set(id, new Map(found.map((row) => [String(row.id), Number(row.score)])));
    }
    progress(++done);
  }
  return run;
}

/** The words of a query without stop words; with them where it has no others. */
export function searchTerms(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}\p{Co}]+/gu) ?? [];
  const content = words.filter((word) => !TERRIER_STOP_WORDS.has(word));
  return content.length > 0 ? content : words;
}

/** A word that occurs twice in the query counts twice. */
function matchAny(terms: readonly string[]): string {
  return terms.map((term) => `"${term}"`).join(" OR ");
}
