/**
 * Minimal pairs for axioms of retrieval: passages that differ in one thing alone, of which the axiom
 * says how a retrieval score should change. Fang, Tao and Zhai 2004, doi:10.1145/1008992.1009004
 * (TFC1, TFC2, TDC, LNC1, LNC2); Fang and Zhai 2006, doi:10.1145/1148170.1148193 (STMC1).
 * MacAvaney et al. 2022 (ABNIRML, doi:10.1162/tacl_a_00457) and MechIR (Parry et al. 2025,
 * arXiv:2501.10165) put neural rankers to such pairs.
 */

import { isStopWord, searchTerms, wordPattern, wordsOf } from "../../formats/search_terms.ts";
import { below, type Random, seededRandom, seedFor, shuffle } from "../../ir/random.ts";

/** The names of the axioms. */
export const axiomNames = ["TFC1", "TFC2", "TDC", "STMC1", "LNC1", "LNC2"] as const;

/** The name of an axiom. */
export type AxiomName = typeof axiomNames[number];

/** What each contrast is; all should be positive in a retrieval score. */
export const axiomMeanings: Readonly<Record<AxiomName, string>> = {
  TFC1: "one more occurrence of a term, in place of another word",
  TFC2: "the first further occurrence of a term less the second",
  TDC: "one more occurrence of the rarer of two terms less one of the commoner",
  STMC1: "a word near a missing term less a word far from it, as rare, in the same place",
  LNC1: "the passage less the same with ten other words behind it",
  LNC2: "the passage twice less once",
};

/** What STMC1's contrast is where synonyms are given. */
export const synonymMeaning =
  "a synonym of a missing term less a word far from it, as rare, in the same place";

/** Passages for one query; what is measured of them is multiplied by `weights` and added up. */
export interface MinimalPair {
  /** Which axiom it is for. */
  readonly axiom: AxiomName;
  /** What is asked of all its passages. */
  readonly query: string;
  /** Place of the pair that it was made of. */
  readonly base: number;
  /** The term that it is about, where it is about one. */
  readonly term?: string;
  /** What differs. */
  readonly passages: readonly string[];
  /** Of the axiom: 1, -1, or -1, 2, -1. */
  readonly weights: readonly number[];
  /** The words that were put in, by passage. */
  readonly words: readonly string[];
}

/** What minimal pairs are made with. */
export interface AxiomTools {
  /** A word's inverse document frequency. */
  readonly idf: (word: string) => number;
  /** The cosine of two words' embeddings; NaN where one has none. */
  readonly similarity: (a: string, b: string) => number;
  /** Synonyms of words in lower case, which STMC1 takes in place of words whose embeddings are near. */
  readonly synonyms?: Pick<ReadonlyMap<string, readonly string[]>, "get">;
  /** Whether the model reads the whole of a query and a passage. */
  readonly fits: (query: string, passage: string) => boolean;
  readonly seed?: number;
}

/** Words that LNC1 puts behind a passage. */
const LONGER_BY = 10;

/** How much rarer, as a difference of inverse document frequencies, TDC's rarer term is: twice. */
const RARER = Math.log(2);

/** Least cosine of STMC1's near word. */
const NEAR = 0.35;

/**
 * At most `count` minimal pairs of every axiom, made of texts: queries are gone round in random order, and a
 * random pair of each is taken, as long as there are pairs to which the axiom applies.
 */
export function minimalPairs(
  texts: readonly { readonly query: string; readonly passage: string }[],
  { axioms = axiomNames, count, ...tools }: AxiomTools & {
    readonly axioms?: readonly AxiomName[];
    readonly count: number;
  },
): MinimalPair[] {
  const { seed = 0, fits } = tools;
  const order = roundQueries(texts.map(({ query }) => query), seededRandom(seedFor(seed, "bases")));
  const vocabulary = [...new Set(texts.flatMap(({ passage }) => wordsOf(passage)))]
    .filter((word) => isFiller(word)).sort();
  return axioms.flatMap((axiom) => {
    const found: MinimalPair[] = [];
    for (const [turn, base] of order.entries()) {
      if (found.length === count) break;
      const { query, passage } = texts[base];
      const other = texts[order[(turn + 1) % order.length]].passage;
      // TFC1 and TFC2 change a passage alike: they share the draws, so that it is attributed once
      const stream = axiom === "TFC2" ? "TFC1" : axiom;
      const random = seededRandom(seedFor(seed, `${stream} ${base}`));
      const text = textOf(query, passage);
      if (text.terms.length === 0 || text.spans.length === 0) continue;
      const made = makers[axiom](text, { ...tools, random, vocabulary, other });
      if (!made || !made.passages.every((one) => fits(query, one))) continue;
      found.push({ axiom, query, base, weights: weightsOf[axiom], ...made });
    }
    return found;
  });
}

const weightsOf: Readonly<Record<AxiomName, readonly number[]>> = {
  TFC1: [1, -1],
  TFC2: [-1, 2, -1],
  TDC: [1, -1],
  STMC1: [1, -1],
  LNC1: [1, -1],
  LNC2: [1, -1],
};

/** A word of a passage, and where it stands. */
interface Span {
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

/** A pair's texts, cut into words. */
interface Text {
  readonly passage: string;
  /** Distinct words of the query without stop words. */
  readonly terms: readonly string[];
  /** All words of the query. */
  readonly asked: ReadonlySet<string>;
  readonly spans: readonly Span[];
  /** Words of the passage that may be replaced: three letters or more, no stop words, none of the query's. */
  readonly fillers: readonly Span[];
}

function textOf(query: string, passage: string): Text {
  const spans = Array.from(passage.matchAll(wordPattern), ({ 0: word, index }): Span => ({
    word: word.toLowerCase(),
    from: index,
    to: index + word.length,
  }));
  const asked = new Set(wordsOf(query));
  const fillers = spans.filter(({ word }) => isFiller(word) && !asked.has(word));
  return { passage, terms: [...new Set(searchTerms(query))], asked, spans, fillers };
}

const isFiller = (word: string) => word.length > 2 && !isStopWord(word);

const countOf = ({ spans }: Text, term: string) => spans.filter(({ word }) => word === term).length;

/** The passage with words in place of some of its own, which must not overlap. */
function replaced(
  passage: string,
  changes: readonly { readonly at: Span; readonly by: string }[],
): string {
  return changes.toSorted((a, b) => b.at.from - a.at.from)
    .reduce((text, { at, by }) => text.slice(0, at.from) + by + text.slice(at.to), passage);
}

interface MakerTools extends Omit<AxiomTools, "seed" | "fits"> {
  readonly random: Random;
  readonly vocabulary: readonly string[];
  /** The passage of the next pair in the order, which is of another query while there is one. */
  readonly other: string;
}

type Maker = (
  text: Text,
  tools: MakerTools,
) => Pick<MinimalPair, "term" | "passages" | "words"> | undefined;

/** Passages in which a term that the passage has takes the place of 0, 1, 2, … other words. */
function moreOften(text: Text, random: Random, most: number) {
  const present = text.terms.filter((term) => countOf(text, term) > 0);
  if (present.length === 0 || text.fillers.length < 2) return undefined; // as TFC2 needs
  const term = present[below(present.length, random)];
  const at = shuffle(text.fillers, random).slice(0, most);
  return Array.from({ length: most + 1 }, (_, n) => ({
    term,
    passage: replaced(text.passage, at.slice(0, n).map((one) => ({ at: one, by: term }))),
    words: Array<string>(n).fill(term).join(" "),
  }));
}

const split = (
  made: readonly { readonly term?: string; readonly passage: string; readonly words: string }[],
) => ({
  ...(made[0].term === undefined ? {} : { term: made[0].term }),
  passages: made.map(({ passage }) => passage),
  words: made.map(({ words }) => words),
});

/** Words, each in the same place. */
function inPlaceOf(text: Text, random: Random, words: readonly string[]) {
  const at = text.fillers[below(text.fillers.length, random)];
  return split(words.map((by) => ({
    passage: replaced(text.passage, [{ at, by }]),
    words: by,
  })));
}

const makers: Readonly<Record<AxiomName, Maker>> = {
  TFC1(text, { random }) {
    const made = moreOften(text, random, 2);
    return made && split([made[1], made[0]]);
  },
  TFC2(text, { random }) {
    const made = moreOften(text, random, 2);
    return made && split(made);
  },
  TDC(text, { random, idf }) {
    if (text.fillers.length === 0) return undefined;
    const weighed = text.terms.map((term) => ({ term, idf: idf(term), n: countOf(text, term) }));
    const [best] = weighed.flatMap((rare) =>
      weighed.filter(({ n }) => n === rare.n)
        .map((common) => ({ rare, common, gap: rare.idf - common.idf }))
    ).filter(({ gap }) => gap >= RARER).toSorted((a, b) => b.gap - a.gap);
    return best && inPlaceOf(text, random, [best.rare.term, best.common.term]);
  },
  STMC1(text, { random, idf, similarity, vocabulary, synonyms }) {
    if (synonyms) return synonymOfMissing(text, synonyms, { random, idf, similarity, vocabulary });
    const missing = text.terms.filter((term) => countOf(text, term) === 0 && isFiller(term));
    if (missing.length === 0 || text.fillers.length === 0) return undefined;
    const term = missing[below(missing.length, random)];
    const free = vocabulary.filter((word) => !text.asked.has(word) && !sharesStem(word, term));
    let near = "";
    let cosine = NEAR;
    for (const word of free) {
      const found = similarity(term, word);
      if (found > cosine) [near, cosine] = [word, found];
    }
    if (near === "") return undefined;
    const asRare = free.filter((word) =>
      word !== near && Math.abs(idf(word) - idf(near)) <= RARER &&
      similarity(term, word) < cosine / 2
    );
    if (asRare.length === 0) return undefined;
    return { term, ...inPlaceOf(text, random, [near, asRare[below(asRare.length, random)]]) };
  },
  LNC1(text, { random, other }) {
    const words = wordsOf(other).filter((word) => !text.asked.has(word));
    if (words.length < LONGER_BY || text.terms.every((term) => countOf(text, term) === 0)) {
      return undefined;
    }
    const first = below(words.length - LONGER_BY + 1, random);
    const more = words.slice(first, first + LONGER_BY).join(" ");
    return split([
      { passage: text.passage, words: "" },
      { passage: `${text.passage} ${more}`, words: more },
    ]);
  },
  LNC2(text) {
    if (text.terms.every((term) => countOf(text, term) === 0)) return undefined;
    return split([
      { passage: `${text.passage} ${text.passage}`, words: text.passage },
      { passage: text.passage, words: "" },
    ]);
  },
};

/** STMC1 by a list: a synonym of a missing term, and a word that is none, far from it and as rare. */
function synonymOfMissing(
  text: Text,
  synonyms: NonNullable<AxiomTools["synonyms"]>,
  { random, idf, similarity, vocabulary }: Pick<
    MakerTools,
    "random" | "idf" | "similarity" | "vocabulary"
  >,
): ReturnType<Maker> {
  const isAsRare = (a: string, b: string) => Math.abs(idf(a) - idf(b)) <= RARER;
  const missing = text.terms.filter((term) => countOf(text, term) === 0).flatMap((term) => {
    const own = new Set(synonyms.get(term));
    if (own.size === 0) return [];
    const far = vocabulary.filter((word) =>
      !own.has(word) && !text.asked.has(word) && !sharesStem(word, term) &&
      similarity(term, word) < NEAR
    );
    const usable = [...own].filter((word) => !text.asked.has(word) && !sharesStem(word, term))
      .map((near) => ({ near, far: far.filter((word) => isAsRare(word, near)) }))
      .filter(({ far }) => far.length > 0);
    return usable.length > 0 ? [{ term, usable }] : [];
  });
  if (missing.length === 0 || text.fillers.length === 0) return undefined;
  const { term, usable } = missing[below(missing.length, random)];
  const { near, far } = usable[below(usable.length, random)];
  return { term, ...inPlaceOf(text, random, [near, far[below(far.length, random)]]) };
}

/** Whether two words may be forms of one: the same first four letters, or one begins the other. */
function sharesStem(a: string, b: string): boolean {
  return a.startsWith(b.slice(0, 4)) || b.startsWith(a.slice(0, 4));
}

/** Places of texts: the queries are gone round in random order, a random text of each, until none are left. */
function roundQueries(queries: readonly string[], random: Random): number[] {
  const byQuery = [...Map.groupBy(queries.keys(), (place) => queries[place]).values()];
  let waiting = shuffle(byQuery, random).map((places) => shuffle(places, random));
  const order: number[] = [];
  for (let turn = 0; waiting.length > 0; turn++) {
    waiting = waiting.filter((places) => turn < places.length);
    for (const places of waiting) order.push(places[turn]);
  }
  return order;
}
