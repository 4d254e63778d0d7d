// Every generated pair has the one property that its axiom speaks of, counted anew from its texts.

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  type AxiomName,
  axiomNames,
  type MinimalPair,
  minimalPairs,
} from "../../../src/experiments/describe/axioms.ts";
import { searchTerms, wordsOf } from "../../../src/formats/search_terms.ts";
import { openCollection } from "../../../src/formats/collection.ts";
import { wordVectors } from "../../../src/experiments/describe/word_vectors.ts";
import { openFolder } from "../../../src/deno/folder.ts";
import { root, withFixture } from "../fixture.ts";

const folder = decodeURIComponent(new URL("fixtures/collections/cooking", root).pathname);
const collection = await openCollection(openFolder(folder));
const ids = [...collection.qrels].slice(0, 12).flatMap(([query, grades]) =>
  [...grades.keys()].slice(0, 4).map((document) => ({ query, document }))
);
const passages = await collection.passagesOf(ids.map(({ document }) => document));
const texts = ids.map(({ query, document }) => ({
  query: collection.queries.get(query)!.text,
  passage: passages.get(document)!.text,
}));

/** Document frequencies of these passages. */
const idf = (word: string) => {
  const df = [...passages.values()].filter(({ text }) => wordsOf(text).includes(word)).length;
  return Math.log((passages.size + 0.5) / (df + 0.5));
};

type Similarity = (a: string, b: string) => number;

async function generated(
  use: (pairs: readonly MinimalPair[], similarity: Similarity) => void,
  { seed = 3, count = 8 } = {},
): Promise<void> {
  await withFixture((encoder) => {
    const { similarity } = wordVectors(encoder);
    const fits = (query: string, passage: string) =>
      encoder.tokenizer.encode(query, passage).ids.length < encoder.config.maxTokens;
    use(minimalPairs(texts, { idf, similarity, fits, seed, count }), similarity);
    return Promise.resolve();
  });
}

const counts = (passage: string) => {
  const found = new Map<string, number>();
  for (const word of wordsOf(passage)) found.set(word, (found.get(word) ?? 0) + 1);
  return found;
};

/** By how much each word's count differs. */
function changes(from: string, to: string): Map<string, number> {
  const [a, b] = [counts(from), counts(to)];
  const all = new Set([...a.keys(), ...b.keys()]);
  return new Map(
    [...all].map((word) => [word, (b.get(word) ?? 0) - (a.get(word) ?? 0)] as const)
      .filter(([, by]) => by !== 0),
  );
}

/** The words that come and go; each pair differs in one of each. */
function exchanged(from: string, to: string): { readonly out: string; readonly in: string } {
  const found = [...changes(from, to)];
  assertEquals(found.map(([, by]) => by).sort(), [-1, 1], `${from} -> ${to}`);
  assertEquals(wordsOf(from).length, wordsOf(to).length);
  return { out: found.find(([, by]) => by < 0)![0], in: found.find(([, by]) => by > 0)![0] };
}

const properties: Readonly<Record<AxiomName, (pair: MinimalPair, similarity: Similarity) => void>> =
  {
    TFC1({ query, term: named, passages: [more, less] }) {
      const { out, in: term } = exchanged(less, more);
      assertEquals(term, named);
      assert(searchTerms(query).includes(term) && counts(less).has(term));
      assert(!wordsOf(query).includes(out));
    },
    TFC2({ query, passages: [none, one, two] }) {
      const [first, second] = [exchanged(none, one), exchanged(one, two)];
      assertEquals(first.in, second.in);
      assert(searchTerms(query).includes(first.in));
      assert(![first.out, second.out].some((word) => wordsOf(query).includes(word)));
    },
    TDC({ query, passages: [rare, common] }) {
      const { out, in: comes } = exchanged(common, rare); // comes in place of the common one
      assert(searchTerms(query).includes(comes) && searchTerms(query).includes(out));
      assert(idf(comes) - idf(out) >= Math.log(2));
      // as often otherwise: each passage has the other's counts of the two
      const [a, b] = [counts(rare), counts(common)];
      assertEquals([a.get(comes), a.get(out) ?? 0], [b.get(out), b.get(comes) ?? 0]);
    },
    STMC1({ query, term, passages: [near, far], words }, similarity) {
      const { out, in: comes } = exchanged(far, near);
      assertEquals(words, [comes, out]);
      assert(searchTerms(query).includes(term!) && !counts(near).has(term!));
      assert(![comes, out].some((word) => wordsOf(query).includes(word)));
      assert(![comes, out].some((word) => word.slice(0, 4) === term!.slice(0, 4)));
      const cosine = similarity(term!, comes);
      assert(cosine > 0.35 && similarity(term!, out) < cosine / 2, `${term} ${comes} ${out}`);
      const all = new Set(texts.flatMap(({ passage }) => searchTerms(passage)));
      const nearer = [...all].filter((word) =>
        word.length > 2 && similarity(term!, word) > cosine && !wordsOf(query).includes(word) &&
        !word.startsWith(term!.slice(0, 4)) && !term!.startsWith(word.slice(0, 4))
      );
      assertEquals(nearer, []);
      assert(Math.abs(idf(comes) - idf(out)) <= Math.log(2));
    },
    LNC1({ query, passages: [short, long] }) {
      assert(long.startsWith(`${short} `));
      const more = wordsOf(long.slice(short.length));
      assertEquals(more.length, 10);
      assert(!more.some((word) => wordsOf(query).includes(word)));
      assert(searchTerms(query).some((term) => counts(short).has(term)));
    },
    LNC2({ query, passages: [twice, once] }) {
      assertEquals(wordsOf(twice), [...wordsOf(once), ...wordsOf(once)]);
      assert(searchTerms(query).some((term) => counts(once).has(term)));
    },
  };

Deno.test("minimalPairs() makes pairs with the one property that each axiom speaks of", () =>
  generated((pairs, similarity) => {
    for (const axiom of axiomNames) {
      const own = pairs.filter((pair) => pair.axiom === axiom);
      assert(own.length >= 3, `${axiom}: ${own.length}`);
      for (const pair of own) {
        assertEquals(pair.query, texts[pair.base].query);
        assertEquals(pair.weights.reduce((sum, weight) => sum + weight), 0);
        properties[axiom](pair, similarity);
      }
    }
  }, { count: texts.length }));

Deno.test("minimalPairs() goes round the queries, and is the same for a seed alone", async () => {
  const all: (readonly MinimalPair[])[] = [];
  for (const seed of [3, 3, 4]) await generated((pairs) => all.push(pairs), { seed, count: 6 });
  assertEquals(all[0], all[1]);
  assertNotEquals(all[0], all[2]);
  const lnc2 = all[0].filter(({ axiom }) => axiom === "LNC2");
  assertEquals(new Set(lnc2.map(({ query }) => query)).size, lnc2.length);
});

Deno.test("minimalPairs() shares TFC1's passages with TFC2, and leaves out what the model cannot read", () =>
  generated((pairs) => {
    const of = (axiom: AxiomName) => pairs.filter((pair) => pair.axiom === axiom);
    const tfc1 = new Map(of("TFC1").map((pair) => [pair.base, pair]));
    for (const pair of of("TFC2")) {
      const [none, one] = pair.passages;
      assertEquals(tfc1.get(pair.base)?.passages, [one, none]);
    }
    assertEquals(
      minimalPairs(texts, { idf, similarity: () => NaN, fits: () => false, count: 5 }),
      [],
    );
  }));

Deno.test("minimalPairs() takes for STMC1 the nearest word, and one far from the term and as rare", () => {
  const texts = [{
    query: "whale",
    passage: "Copper kettle, polished metal, wooden spoon; whalers.",
  }];
  const cosines: Record<string, number> = { copper: 0.9, metal: 0.5, whalers: 0.99, kettle: 0.4 };
  const tools = {
    idf: (word: string) => word === "polished" ? 9 : 1,
    similarity: (_: string, word: string) => cosines[word] ?? 0,
    fits: () => true,
  };
  const far = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const [{ term, words }] = minimalPairs(texts, { ...tools, axioms: ["STMC1"], count: 1, seed });
    assertEquals([term, words[0]], ["whale", "copper"]);
    far.add(words[1]);
  }
  // not metal (.5 is more than half of .9), not polished (rarer), not whalers (the term's stem)
  assertEquals([...far].sort(), ["kettle", "spoon", "wooden"]);
  const unlike = { ...tools, similarity: () => 0.3 };
  assertEquals(minimalPairs(texts, { ...unlike, axioms: ["STMC1"], count: 1 }), []);
});

Deno.test("minimalPairs() takes for STMC1 a given synonym of a missing term, and a far word that is none", () => {
  const texts = [{
    query: "whale harpoon spoon",
    passage: "Copper kettle, polished metal, wooden spoon; whalers.",
  }];
  const cosines: Record<string, number> = { copper: 0.9, kettle: 0.2 };
  const synonyms = new Map([
    ["whale", ["whaling", "harpoon", "cetacean", "wooden", "leviathan"]],
    ["spoon", ["metal"]],
    ["copper", ["metal"]],
  ]);
  const tools = {
    idf: (word: string) => word === "polished" ? 9 : 1,
    similarity: (_: string, word: string) => cosines[word] ?? 0,
    fits: () => true,
  };
  const [near, far] = [new Set<string>(), new Set<string>()];
  for (let seed = 0; seed < 60; seed++) {
    const given = { ...tools, axioms: ["STMC1"] as const, count: 1, seed };
    const [{ term, words, passages }] = minimalPairs(texts, { ...given, synonyms });
    assertEquals(term, "whale"); // harpoon has none, spoon is there
    near.add(words[0]);
    far.add(words[1]);
    assert(passages.every((passage, i) => passage.includes(words[i])));
    assertEquals(minimalPairs(texts, { ...given, synonyms: new Map() }), []);
  }
  // not whaling (the term's stem), not harpoon (in the query)
  assertEquals([...near].sort(), ["cetacean", "leviathan", "wooden"]);
  // not copper (near), not polished (rarer), not wooden (a synonym), not whalers (the term's stem)
  assertEquals([...far].sort(), ["kettle", "metal"]);
});
