// BM25 over an index of bm25_index.ts: the postings of a query's words are read once each, and summed.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Query, Run } from "../ir/words.ts";
import { searchTerms } from "./search_terms.ts";

/** Terrier's parameters, which are FTS5's too. */
const [K1, B] = [1.2, 0.75];

/** Searches an index. */
export interface Bm25Searcher {
  /** The `depth` best passages by document id; ties are settled by the corpus' order. */
  search(text: string, depth: number): ReadonlyMap<string, number>;
  /** The score of each text with its passage; 0 where they share no word. */
  scoresOf(pairs: readonly SearchedPair[]): number[];
  /** A word's weight in the sum. */
  idf(word: string): number;
}

/** A text and a passage that it may find. */
export interface SearchedPair {
  readonly text: string;
  /** The passage's id. */
  readonly id: string;
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
  const { search } = bm25Searcher(database);
  const run = new Map<string, ReadonlyMap<string, number>>();
  let done = 0;
  for (const { id, text } of queries) {
    const found = search(text, depth);
    if (found.size > 0) run.set(id, found);
    progress(++done);
  }
  return run;
}

/**
 * Opens an index for searching.
 *
 * s(d) = Σ_w n_w idf_w · tf (k1 + 1) / (tf + k1 (1 - b + b |d| / avg)), n_w how often the query has w,
 * idf_w = ln((N - df + ½) / (df + ½)), at least 10⁻⁶: bm25() of https://sqlite.org/fts5.html, which is
 * not asked for the sum since it takes time as the square of the query's words.
 */
export function bm25Searcher(database: DatabaseSync): Bm25Searcher {
  const lengths = passageLengths(database);
  const passages = lengths.length - 1; // rows are numbered from 1
  const average = lengths.reduce((sum, length) => sum + length, 0) / passages;
  const postingsOf = postingsReader(database);
  const idOf = database.prepare("SELECT id FROM ids WHERE row = ?");
  const scores = new Float64Array(lengths.length); // zeros between two searches
  const idfOf = ({ rows }: Postings) => {
    const idf = Math.log((passages - rows.length + 0.5) / (rows.length + 0.5));
    return idf > 0 ? idf : 1e-6;
  };
  /** What `use` makes of the rows that a text finds, while their scores stand. */
  const searched = <T>(text: string, use: (found: readonly number[]) => T): T => {
    const found: number[] = [];
    for (const [word, count] of countWords(searchTerms(text))) {
      const postings = postingsOf(word);
      const weight = idfOf(postings);
      postings.rows.forEach((row, i) => {
        const tf = postings.frequencies[i];
        const part = weight * ((tf * (K1 + 1)) /
          (tf + K1 * (1 - B + B * lengths[row] / average)));
        if (scores[row] === 0) found.push(row);
        scores[row] += count * part;
      });
    }
    const result = use(found);
    for (const row of found) scores[row] = 0;
    return result;
  };
  return {
    search: (text, depth) =>
      searched(text, (found) => {
        const best = bestOf(found, { scores, depth });
        return new Map(best.map((row) => [String(idOf.get(row)!.id), scores[row]]));
      }),
    scoresOf(pairs) {
      const rows = rowsOf(database, pairs.map(({ id }) => id));
      const all = new Array<number>(pairs.length);
      for (const [text, places] of Map.groupBy(pairs.keys(), (place) => pairs[place].text)) {
        searched(text, () => {
          for (const place of places) all[place] = scores[rows.get(pairs[place].id)!];
        });
      }
      return all;
    },
    idf: (word) => idfOf(postingsOf(word)),
  };
}

/** The rows of passages, found in one pass over the index. */
function rowsOf(database: DatabaseSync, ids: readonly string[]): Map<string, number> {
  const wanted = new Set(ids);
  const rows = new Map<string, number>();
  for (const { row, id } of database.prepare("SELECT row, id FROM ids").iterate()) {
    if (wanted.has(String(id))) rows.set(String(id), Number(row));
  }
  const missing = ids.find((id) => !rows.has(id));
  if (missing === undefined) return rows;
  throw new RangeError(
    `Cannot score passage ${JSON.stringify(missing)} by BM25: the index has none of that id`,
  );
}

/** How often each word occurs, in the order of their first occurrences. */
function countWords(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Where a word occurs: rows, ascending, and how often in each. */
interface Postings {
  readonly rows: readonly number[];
  readonly frequencies: readonly number[];
}

/** Reads the postings of words; what FTS5 splits in several tokens is a phrase of them. */
function postingsReader(database: DatabaseSync): (word: string) => Postings {
  // FTS5 itself tokenizes and stems: words of a query are put through a table that holds nothing else
  database.exec(`
    CREATE VIRTUAL TABLE IF NOT EXISTS temp.postings USING fts5vocab(main, texts, 'instance');
    CREATE VIRTUAL TABLE IF NOT EXISTS temp.words
      USING fts5(word, content='', contentless_delete=1, tokenize='porter unicode61');
    CREATE VIRTUAL TABLE IF NOT EXISTS temp.tokens USING fts5vocab(temp, words, 'instance');
  `);
  const clear = database.prepare("DELETE FROM temp.words");
  const add = database.prepare("INSERT INTO temp.words (rowid, word) VALUES (1, ?)");
  const tokens = database.prepare("SELECT term FROM temp.tokens ORDER BY offset");
  // one text for all rows: a row at a time would take twenty times as long
  const rowsOf = database.prepare(
    "SELECT group_concat(doc) AS found FROM temp.postings WHERE term = ?",
  );
  const placesOf = database.prepare(
    "SELECT group_concat(doc || ',' || offset) AS found FROM temp.postings WHERE term = ?",
  );
  return (word) => {
    clear.run();
    add.run(word);
    const terms = tokens.all().map(({ term }) => String(term));
    if (terms.length === 0) return { rows: [], frequencies: [] };
    if (terms.length === 1) return counted(numbersOf(rowsOf, terms[0]));
    return counted(phrase(terms.map((term) => numbersOf(placesOf, term))));
  };
}

/** The numbers that a statement joins by commas. */
function numbersOf(statement: StatementSync, term: string): number[] {
  const text = statement.get(term)?.found;
  const numbers: number[] = [];
  if (typeof text !== "string") return numbers;
  let number = 0; // digit by digit: a common word has millions of postings
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0) number = 10 * number + digit;
    else {
      numbers.push(number);
      number = 0;
    }
  }
  numbers.push(number);
  return numbers;
}

/** The row of every place where terms follow one another, given the rows and offsets of each. */
function phrase(places: readonly (readonly number[])[]): number[] {
  const at = (found: readonly number[], shift: number) => {
    const keys = new Set<string>();
    for (let i = 0; i < found.length; i += 2) keys.add(`${found[i]} ${found[i + 1] - shift}`);
    return keys;
  };
  const [first, ...others] = places.map(at);
  return Array.from(first).filter((key) => others.every((keys) => keys.has(key)))
    .map((key) => Number(key.split(" ")[0]));
}

/** Rows, each as often as it has occurrences, as postings. */
function counted(occurrences: readonly number[]): Postings {
  const [rows, frequencies]: number[][] = [[], []];
  for (const row of occurrences) {
    if (row === rows.at(-1)) frequencies[frequencies.length - 1]++;
    else {
      rows.push(row);
      frequencies.push(1);
    }
  }
  return { rows, frequencies };
}

/** Tokens of every passage by its row. */
function passageLengths(database: DatabaseSync): Uint32Array {
  const { last } = database.prepare("SELECT max(id) AS last FROM texts_docsize").get()!;
  const lengths = new Uint32Array(Number(last ?? 0) + 1);
  const sizes = database.prepare(`
    SELECT group_concat(hex(sz)) AS found FROM
      (SELECT sz FROM texts_docsize WHERE id > ? AND id <= ? ORDER BY id)
  `);
  const most = 100_000; // rows at once
  for (let from = 0; from + 1 < lengths.length; from += most) {
    String(sizes.get(from, from + most)!.found).split(",")
      .forEach((hex, i) => lengths[from + 1 + i] = varint(hex));
  }
  return lengths;
}

/** SQLite's integer of variable length: 7 bits a byte, the highest first, the last below 128. */
function varint(hex: string): number {
  let value = 0;
  for (let i = 0; i < hex.length; i += 2) {
    value = value * 128 + (parseInt(hex.slice(i, i + 2), 16) & 127);
  }
  return value;
}

/** The `depth` rows with the highest scores, of equal ones the first. */
function bestOf(
  found: readonly number[],
  { scores, depth }: { readonly scores: Float64Array; readonly depth: number },
): number[] {
  const least = found.length <= depth
    ? 0
    : Float64Array.from(found, (row) => scores[row]).sort()[found.length - depth];
  return found.filter((row) => scores[row] >= least)
    .sort((a, b) => scores[b] - scores[a] || a - b).slice(0, depth);
}
