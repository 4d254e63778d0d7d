/** Synonyms as lines of text: words of one meaning, tabs between them. */

import { wordsOf } from "./search_terms.ts";

/** Other words of one meaning, by a word in lower case; undefined where there are none. */
export type Synonyms = Pick<ReadonlyMap<string, readonly string[]>, "get">;

/**
 * Parses synonyms, in lower case; `name` is what errors call the file. Words of a line are synonyms of each
 * other; a word of several lines has those of all of them, in the order of the file.
 *
 * @throws {SyntaxError} naming the line: fewer than two words, or what is no single word.
 */
export function parseSynonyms(text: string, { name }: { readonly name: string }): Synonyms {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) {
    throw new SyntaxError(`Cannot read synonyms of ${name}: the file is empty`);
  }
  // lines of each word, not its synonyms: of a line of n words those would be n (n - 1)
  const linesOf = new Map<string, (readonly string[])[]>();
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
      const own = linesOf.get(word);
      if (own) own.push(words);
      else linesOf.set(word, [words]);
    }
  });
  return {
    get(word) {
      const others = new Set(linesOf.get(word)?.flat());
      return others.delete(word) ? [...others] : undefined;
    },
  };
}
