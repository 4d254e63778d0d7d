/** One finished pair as bytes, so that a run that was stopped need not attribute it again. */

import { SEGMENTS } from "../model/heads.ts";
import type { PairAttribution } from "./attribution.ts";
import { segmentsOf } from "./path/segment_sums.ts";

/** A finished pair: its place in the list of all pairs, and what a scheme needs of it. */
export interface PairRecord extends Omit<PairAttribution, "completeness" | "points" | "F"> {
  /** F at the baseline and at the input. */
  readonly F: Pick<PairAttribution["F"], "baseline" | "input">;
  /** Gaps of completeness, the largest over all cuts. */
  readonly completeness: Pick<PairAttribution["completeness"], "relative" | "worst">;
}

// u32 index, evaluations, repeated, tokens, neurons, bytes of a number; f64 F and gaps; conductance
const WORDS = 6;
const NUMBERS = 4;
const HEAD = 4 * WORDS + 8 * NUMBERS;

/** The record's bytes; conductance as float32 where that loses nothing. */
export function encodePairRecord(pair: PairRecord): Uint8Array {
  const { F, completeness } = pair;
  // of a triple the relevant pair's conductances, then the other's; else those of each segment may follow
  const { other, bySegment = [] } = pair;
  const vectors = [pair.conductance, ...(other ? [other] : []), ...bySegment];
  const neurons = pair.conductance.length;
  const conductance = new Float64Array(vectors.length * neurons);
  vectors.forEach((vector, i) => conductance.set(vector, i * neurons));
  const exact = conductance.every((value) => Math.fround(value) === value || value !== value);
  const data = exact ? Float32Array.from(conductance) : conductance;
  const bytes = new Uint8Array(HEAD + data.byteLength);
  const view = new DataView(bytes.buffer);
  const words = [
    ...[pair.index, pair.evaluations, pair.repeated, pair.tokens],
    ...[data.length, data.BYTES_PER_ELEMENT],
  ];
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  [F.baseline, F.input, completeness.relative, completeness.worst]
    .forEach((value, i) => view.setFloat64(4 * WORDS + 8 * i, value, true));
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), HEAD);
  return bytes;
}

/**
 * Reads a record of a model of `neurons` neurons; the record of a triple has twice as many numbers, one
 * that is split by segment six times as many.
 *
 * @throws {SyntaxError} where it is none.
 */
export function decodePairRecord(bytes: Uint8Array, neurons: number): PairRecord {
  const wrong = (wanted: string, found: number) =>
    new SyntaxError(`Cannot read a finished pair: expected ${wanted}, got ${found}`);
  if (bytes.length < HEAD) throw wrong(`at least ${HEAD} bytes`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [index, evaluations, repeated, tokens, count, width] = Array.from(
    { length: WORDS },
    (_, i) => view.getUint32(4 * i, true),
  );
  const [baseline, input, relative, worst] = Array.from(
    { length: NUMBERS },
    (_, i) => view.getFloat64(4 * WORDS + 8 * i, true),
  );
  const vectors = count / neurons;
  if (![1, 2, 1 + SEGMENTS].includes(vectors)) throw wrong(`${neurons} neurons`, count);
  if (width !== 4 && width !== 8) throw wrong("numbers of 4 or 8 bytes", width);
  if (bytes.length !== HEAD + width * count) {
    throw wrong(`${HEAD + width * count} bytes`, bytes.length);
  }
  const own = bytes.slice(HEAD).buffer; // aligned
  const conductance = width === 8
    ? new Float64Array(own)
    : Float64Array.from(new Float32Array(own));
  return {
    ...{ index, evaluations, repeated, tokens },
    conductance: vectors === 1 ? conductance : conductance.slice(0, neurons),
    ...(vectors === 2 ? { other: conductance.slice(neurons) } : {}),
    ...(vectors > 2 ? { bySegment: segmentsOf(conductance, neurons) } : {}),
    F: { baseline, input },
    completeness: { relative, worst },
  };
}
