/** Synonyms as lines of text: words of one meaning, tabs between them. */

import { wordsOf } from "./search_terms.ts";

/**
 * Parses synonyms, in lower case; `name` is what errors call the file. Words of a line are synonyms of each
 * other; a word of several lines has those of all of them, in the order of the file.
 *
 * @throws {SyntaxError} naming the line: fewer than two words, or what is no single word.
 */
export function parseSynonyms(
  text: string,
  { name }: { readonly name: string },
): ReadonlyMap<string, readonly string[]> {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) {
    throw new SyntaxError(`Cannot read synonyms of ${name}: the file is empty`);
  }
  const found = new Map<string, Set<string>>();
  lines.forEach((line, i) => {
    const fields = line.split("\t");
    const words = [...new Set(fields.flatMap(wordsOf))];
    if (words.length < 2 || !fields.every((field) => wordsOf(field).length === 1)) {
      const excerpt = JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
      throw new SyntaxError(
        `Cannot read synonyms of ${name}, line ${
          i + 1
        }: expected two or more single words with tabs between them, got ${excerpt}`,
      );
    }
    for (const word of words) {
      const own = found.get(word) ?? new Set();
      for (const other of words) if (other !== word) own.add(other);
      found.set(word, own);
    }
  });
  return new Map([...found].map(([word, others]) => [word, [...others]]));
}
