// Words as the search sees them.

import { TERRIER_STOP_WORDS } from "./terrier_stop_words.ts";

/** What a word is made of. */
export const wordPattern = /[\p{L}\p{M}\p{N}\p{Co}]+/gu;

/** The words of a text, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(wordPattern) ?? [];
}

/** Whether a word in lower case is too common to search for. */
export function isStopWord(word: string): boolean {
  return TERRIER_STOP_WORDS.has(word);
}

/** The words of a query without stop words; with them where it has no others. */
export function searchTerms(text: string): string[] {
  const words = wordsOf(text);
  const content = words.filter((word) => !isStopWord(word));
  return content.length > 0 ? content : words;
}
