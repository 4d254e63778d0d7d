/** A batch in the backend's memory: the tokens of its pairs, and the sequences along their paths. */

import type { Ops, Tensor } from "../compute/ops.ts";
import type { EncoderConfig } from "./config.ts";
import { type Graph, placeOfSequence } from "./graph.ts";
import type { EncodedPair } from "./pair_tokenizer.ts";
import type { Weights } from "./weights.ts";

/** A pair with the word at each position of its baseline. */
export interface PathPair {
  /** The input, T tokens. */
  readonly encoded: EncodedPair;
  /** Word piece ids [T]; -1 is the zero vector. */
  readonly baseline: Int32Array;
}

/** The pairs of a batch. */
export interface PairTensors {
  readonly words: Tensor; // [W, E], the word embeddings that occur
  readonly tokens: Tensor; // index [n, 4], of all pairs: input word, baseline word, position, type
  /** The texts of each pair that are encoded together: lines of `tokens`. One, or query and passage. */
  readonly texts: readonly (readonly TextLines[])[];
}

/** A text's lines. */
export interface TextLines {
  readonly first: number;
  readonly length: number;
  /** The segment of each token. */
  readonly segments: Uint8Array;
  /** How many of its last tokens no token attends to; 0 unless given. */
  readonly unseen?: number;
  /** Which of its tokens maxima take, 1, and leave out, 0; all count unless given. */
  readonly counted?: Uint8Array;
}

/** One row of a batch: a point of a pair's path. */
export interface PathPoint {
  /** Which of the batch's pairs. */
  readonly pair: number;
  /** 0 the baseline, 1 the input. */
  readonly t: number;
}

/**
 * The sequences of a batch, one a point of a path: M tokens of R sequences. Where query and passage are
 * encoded apart, S = 2R texts, else S = R; the tables below have lines of texts.
 */
export interface SequenceTensors {
  readonly tokens: number; // M
  readonly count: number; // R
  readonly longest: number; // tokens of the longest text
  readonly embedSequences: Tensor; // index [S, 4], see Embedding.rows
  readonly sequenceOfToken: Tensor; // index [M, 1]
  readonly t: Tensor; // [S, 1]
  readonly attentionSequences: Tensor; // index [S, 4], every token a query
  readonly lastSequences: Tensor; // index [S, 4], the token that is taken the only query
  readonly sequenceOfQuery: Tensor; // index [S, 1], 0 … S - 1
  readonly taken: Tensor; // index [S, 1], each text's first token, or its last
  /** For graphs that rotate. */
  readonly places?: Tensor; // index [M, 1], each token's place in its text
  readonly takenPlaces?: Tensor; // index [S, 1], the place of the token that is taken
  /** For graphs that pool, or take maxima over each text's tokens. */
  readonly tokensOfSequence?: Tensor; // index [S, 2], first token and how many
  /** For graphs that take maxima over a passage's tokens. */
  readonly pairs?: Tensor; // index [R, 4], first token of the query, how many, the same of the passage
  readonly counted?: Tensor; // index [M, 1], whether maxima take the token
  /** Where some tokens are attended to by none: further lines of attentionSequences have those keys. */
  readonly rowOfKey?: Tensor; // index [M, 1]
  /** For graphs with a decoder. */
  readonly oneToOne?: Tensor; // index [S, 4], one query and one key a text
  readonly firstLine?: Tensor; // index [S, 1], zeros
  /** For graphs that look at segments. */
  readonly segmentOfToken?: Tensor; // index [M, 1]
  readonly segmentOfTaken?: Tensor; // index [S, 1], that of the token which a line a text counts for
}

/** Word embeddings in the memory of some operations. */
export interface WordTable {
  readonly words: Tensor; // [W, E]
  /** The line of each word piece, of the zero vector for -1. */
  readonly lineOf: ReadonlyMap<number, number>;
}

/** Uploads the word embeddings that occur in pairs, at both ends of their paths. */
export function uploadWords(
  ops: Ops,
  config: EncoderConfig,
  weights: Weights,
  pairs: readonly PathPair[],
): WordTable {
  const lineOf = new Map<number, number>();
  for (const { encoded: { ids }, baseline } of pairs) {
    ids.forEach((id, i) => {
      for (const word of [id, baseline[i]]) if (!lineOf.has(word)) lineOf.set(word, lineOf.size);
    });
  }
  const width = config.embeddingWidth;
  const words = new Float32Array(lineOf.size * width);
  for (const [word, at] of lineOf) {
    if (word >= 0) words.set(weights.words.subarray(word * width, (word + 1) * width), at * width);
  }
  return { words: ops.floats(lineOf.size, width, words), lineOf };
}

/** Uploads the tokens of a batch's pairs, whose words a table holds. */
export function uploadTokens(
  ops: Ops,
  config: EncoderConfig,
  { words, lineOf }: WordTable,
  pairs: readonly PathPair[],
): PairTensors {
  const count = pairs.reduce((sum, { encoded }) => sum + encoded.ids.length, 0);
  const tokens = new Uint32Array(4 * count);
  let line = 0;
  const texts = pairs.map(({ encoded, baseline }) => {
    const { ids, types, segments, second, unseen, counted } = encoded;
    const begins = second === undefined ? [0] : [0, second];
    return begins.map((from, text): TextLines => {
      const first = line;
      const own = ids.subarray(from, begins[text + 1]);
      const positions = positionsOf(own, config);
      own.forEach((id, i) => {
        const words = [lineOf.get(id)!, lineOf.get(baseline[from + i])!];
        tokens.set([...words, positions[i], types[from + i]], 4 * line++);
      });
      return {
        ...{ first, length: own.length, segments: segments.subarray(from, begins[text + 1]) },
        ...(unseen && text === 0 ? { unseen } : {}),
        ...(counted && { counted: counted.subarray(from, begins[text + 1]) }),
      };
    });
  });
  return { words, tokens: ops.indices(line, 4, tokens), texts };
}

/** Uploads the pairs of a batch. */
export function uploadPairs(
  ops: Ops,
  config: EncoderConfig,
  weights: Weights,
  pairs: readonly PathPair[],
): PairTensors {
  return uploadTokens(ops, config, uploadWords(ops, config, weights, pairs), pairs);
}

/**
 * Lines of the position table [T]. In the families of fairseq they count from the padding id + 1, a
 * padding token in the text has the padding id's line and is not counted.
 */
export function positionsOf(
  ids: Uint32Array,
  { family, padding }: Pick<EncoderConfig, "family" | "padding">,
): Uint32Array {
  if (!family.positionsAfterPadding) return ids.map((_, i) => i);
  let last = padding;
  return ids.map((id) => id === padding ? padding : ++last);
}

/** Uploads the sequences of a batch. */
export function uploadSequences(
  ops: Ops,
  graph: Pick<Graph, "taken" | "kinds">,
  { texts }: PairTensors,
  points: readonly PathPoint[],
): SequenceTensors {
  const { taken, kinds } = graph;
  const rows = points.flatMap(({ pair, t }) => texts[pair].map((lines) => ({ ...lines, t })));
  const count = rows.length;
  const embedSequences = new Uint32Array(4 * count);
  const lastSequences = new Uint32Array(4 * count);
  const oneToOne = new Uint32Array(4 * count);
  const firsts = new Uint32Array(count);
  const takenPlaces = new Uint32Array(count);
  const tokensOfSequence = new Uint32Array(2 * count);
  let tokens = 0;
  rows.forEach(({ first, length }, r) => {
    embedSequences.set([tokens, length, first, 0], 4 * r);
    lastSequences.set([tokens, length, r, 1], 4 * r);
    oneToOne.set([r, 1, r, 1], 4 * r);
    tokensOfSequence.set([tokens, length], 2 * r);
    firsts[r] = tokens;
    takenPlaces[r] = taken === "first" ? 0 : length - 1;
    tokens += length;
  });
  const sequenceOfToken = new Uint32Array(tokens);
  const places = new Uint32Array(tokens);
  rows.forEach(({ length }, r) => {
    sequenceOfToken.fill(r, firsts[r], firsts[r] + length);
    for (let i = 0; i < length; i++) places[firsts[r] + i] = i;
  });
  const seen = attentionRows(rows, firsts);
  return {
    tokens,
    count: points.length,
    longest: Math.max(...rows.map(({ length }) => length)),
    embedSequences: ops.indices(count, 4, embedSequences),
    sequenceOfToken: ops.indices(tokens, 1, sequenceOfToken),
    t: ops.floats(count, 1, Float64Array.from(rows, ({ t }) => t)),
    attentionSequences: ops.indices(seen.rows.length / 4, 4, Uint32Array.from(seen.rows)),
    lastSequences: ops.indices(count, 4, lastSequences),
    sequenceOfQuery: ops.indices(count, 1, Uint32Array.from(rows, (_, r) => r)),
    taken: ops.indices(count, 1, firsts.map((line, r) => line + takenPlaces[r])),
    ...(kinds.has("rotate") && {
      places: ops.indices(tokens, 1, places),
      takenPlaces: ops.indices(count, 1, takenPlaces),
    }),
    ...((kinds.has("pool") || kinds.has("terms")) &&
      { tokensOfSequence: ops.indices(count, 2, tokensOfSequence) }),
    ...(kinds.has("segment") && {
      segmentOfToken: ops.indices(
        tokens,
        1,
        Uint32Array.from(rows.flatMap(({ segments }) => [...segments])),
      ),
      segmentOfTaken: ops.indices(
        count,
        1,
        Uint32Array.from(rows, ({ segments, length }) => segments[placeOfSequence(graph, length)]),
      ),
    }),
    ...(kinds.has("maxSim") && {
      pairs: ops.indices(points.length, 4, tokensOfSequence),
      counted: ops.indices(tokens, 1, countedTokens(rows, tokens)),
    }),
    ...(seen.rows.length > 4 * count && {
      rowOfKey: ops.indices(tokens, 1, rowsOfKeys(seen, sequenceOfToken)),
    }),
    ...(kinds.has("start") && {
      oneToOne: ops.indices(count, 4, oneToOne),
      firstLine: ops.indices(count, 1, new Uint32Array(count)),
    }),
  };
}

/**
 * Lines of attention's rows: a text's tokens look at those that are seen. Tokens that no token attends to
 * are the keys of further lines, which have no queries, behind those of the texts.
 */
function attentionRows(
  texts: readonly TextLines[],
  firsts: Uint32Array,
): { readonly rows: readonly number[]; readonly unseen: readonly (readonly [number, number])[] } {
  const unseen: (readonly [number, number])[] = [];
  const rows = texts.flatMap(({ length, unseen: hidden = 0 }, r) => {
    if (hidden > 0) unseen.push([firsts[r] + length - hidden, hidden]);
    return [firsts[r], length - hidden, firsts[r], length];
  });
  return {
    rows: [...rows, ...unseen.flatMap(([first, count]) => [first, count, first, 0])],
    unseen,
  };
}

/** The line of attention's rows that every token is a key of. */
function rowsOfKeys(
  { rows, unseen }: ReturnType<typeof attentionRows>,
  sequenceOfToken: Uint32Array,
): Uint32Array {
  const found = sequenceOfToken.slice();
  const texts = rows.length / 4 - unseen.length;
  unseen.forEach(([first, count], k) => found.fill(texts + k, first, first + count));
  return found;
}

/** Whether maxima take a token. */
function countedTokens(texts: readonly TextLines[], tokens: number): Uint32Array {
  const found = new Uint32Array(tokens);
  let at = 0;
  for (const { length, counted } of texts) {
    found.set(counted ?? new Uint32Array(length).fill(1), at);
    at += length;
  }
  return found;
}

/** Frees a batch's sequences. */
export function freeSequences(ops: Ops, sequences: SequenceTensors): void {
  ops.free(...Object.values(sequences).filter((one) => typeof one !== "number"));
}
