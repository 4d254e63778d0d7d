// A collection's judgements, those of documents that its corpus lacks left out.

import type { Passage } from "../ir/words.ts";
import { type Collection, missingError } from "./collection.ts";

/** A collection whose judgements are all of documents that are there. */
export interface JudgedCollection extends Collection {
  /** What was left out. */
  readonly missing: MissingDocuments;
}

/** Judgements of documents that the corpus lacks. */
export interface MissingDocuments {
  /** How many judgements there are of them. */
  readonly judgements: number;
  /** The documents' ids, in the order of the judgements. */
  readonly documents: readonly string[];
}

/** Options of {@linkcode withoutMissing}. */
export interface JudgedOptions {
  /** Whether a judgement of a missing document is an error. */
  readonly strict: boolean;
  /** Called with every passage of the corpus. */
  readonly onPassage?: (passage: Passage) => void;
}

/** Characters of the judged documents' texts that are kept at hand. */
const MOST = 2 ** 25;

/**
 * The collection without judgements of documents that the corpus lacks, found in one pass. The texts of
 * judged documents stay at hand where they are not too many: asking for them takes no other pass.
 *
 * @throws {RangeError} that names the first where `strict`.
 */
export async function withoutMissing(
  collection: Collection,
  { strict, onPassage }: JudgedOptions,
): Promise<JudgedCollection> {
  const absent = new Set<string>();
  for (const grades of collection.qrels.values()) {
    for (const document of grades.keys()) absent.add(document);
  }
  const held = new Map<string, Passage>();
  let [size, fits] = [0, true];
  for await (const passage of collection.passages()) {
    onPassage?.(passage);
    if (!absent.delete(passage.id) || !fits) continue;
    size += passage.text.length;
    fits = size <= MOST;
    if (fits) held.set(passage.id, passage);
    else held.clear();
  }
  if (strict && absent.size > 0) {
    const { name: folder, judgements: requestedBy } = collection;
    throw await missingError([...absent], { folder, requestedBy });
  }
  const qrels = new Map<string, ReadonlyMap<string, number>>();
  let judgements = 0;
  for (const [query, grades] of collection.qrels) {
    const found = new Map([...grades].filter(([document]) => !absent.has(document)));
    judgements += grades.size - found.size;
    if (found.size > 0) qrels.set(query, found);
  }
  return {
    ...collection,
    qrels,
    missing: { judgements, documents: [...absent] },
    async passagesOf(ids, requestedBy) {
      const wanted = new Set(ids);
      if (wanted.isSubsetOf(held)) {
        return new Map(Array.from(wanted, (id) => [id, held.get(id)!]));
      }
      return await collection.passagesOf(wanted, requestedBy);
    },
  };
}
