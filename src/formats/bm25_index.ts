// An SQLite database as index for BM25: FTS5's, with Porter stems. bm25_search.ts ranks by it.

import type { DatabaseSync } from "node:sqlite";
import type { Passage } from "../ir/words.ts";

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
