// Signals of pairs against counts by hand.

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { longestRun, signalsOf } from "../../../src/experiments/describe/signals.ts";
import { wordsOf } from "../../../src/formats/search_terms.ts";

const idf = (word: string) => ({ flea: 2, life: 0.5, span: 1, dog: 4 })[word] ?? 9;

/** Cosines that a reader can add up. */
const similarity = (a: string, b: string) => {
  const found = {
    "span cat": 0.25,
    "span lives": 0.75,
    "life cat": 0.5,
    "life lives": 0.125,
    "flea flea": 1,
  };
  return found[`${a} ${b}` as keyof typeof found] ?? NaN;
};

Deno.test("signalsOf() counts what a reader counts", () => {
  // terms: life, span, flea; "what is the … of a" are stop words
  const query = "What is the life-span of a flea?";
  const passage = "The cat: lives of a flea. A flea of a cat!";
  const found = signalsOf({ query, passage, grade: 2, bm25: 1.5 }, { idf, similarity });
  assertEquals(found, {
    "exact-match": 2, // flea, flea
    "idf-match": 2, // flea, once
    "bm25": 1.5,
    "coverage": 1 / 3,
    "longest-ngram": 3, // of a flea
    "first-match": 5, // the cat lives of a
    "passage-length": 11,
    "query-length": 8, // what is the life span of a flea
    "grade": 2,
    "unmatched-similarity": (0.5 + 0.75) / 2, // life: cat; span: lives
  });
});

Deno.test("signalsOf() has no place of a match, no similarity and no grade where there is none", () => {
  const none = signalsOf({ query: "dog", passage: "A cat." });
  assertEquals(none["exact-match"], 0);
  assertEquals(none["longest-ngram"], 0);
  assertEquals(none["coverage"], 0);
  for (
    const name of ["first-match", "idf-match", "bm25", "grade", "unmatched-similarity"] as const
  ) {
    assertEquals(none[name], NaN, name);
  }
  // every term matches: there is nothing to be similar
  const all = signalsOf({ query: "dog", passage: "Dog" }, { idf, similarity });
  assertEquals([all["unmatched-similarity"], all["first-match"], all["idf-match"]], [NaN, 0, 4]);
  // a query of stop words alone keeps them
  assertEquals(signalsOf({ query: "It is the", passage: "the" })["exact-match"], 1);
});

Deno.test("longestRun() finds runs that begin within others", () => {
  const run = (a: string, b: string) => longestRun(wordsOf(a), wordsOf(b));
  assertEquals(run("a b a b c", "x a b c"), 3);
  assertEquals(run("a b c", "a c b"), 1);
  assertEquals(run("", "a"), 0);
  assertEquals(run("a a a", "a a"), 2);
  assertAlmostEquals(run("a b", "b a"), 1);
});
