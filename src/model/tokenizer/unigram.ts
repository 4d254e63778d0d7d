/** Unigram: the pieces whose scores have the largest sum. */

import { type Fields, shown, tokenizerError } from "./read.ts";
import type { PieceModel } from "./tokens.ts";

/** How much less than the least likely piece an unknown character is worth. */
const UNKNOWN_PENALTY = 10;

/** A Unigram model of its fields. */
export function openUnigram(fields: Fields): PieceModel {
  const ids = new Map<string, number>();
  const scores: number[] = [];
  let longest = 0;
  for (const entry of fields.list("vocab")) {
    const [piece, value] = Array.isArray(entry) ? entry : [];
    if (typeof piece !== "string" || typeof value !== "number" || !Number.isFinite(value)) {
      throw tokenizerError(`expected vocab of Unigram to hold [piece, score], got ${shown(entry)}`);
    }
    ids.set(piece, scores.length);
    scores.push(value);
    longest = Math.max(longest, piece.length);
  }
  if (fields.flag("byte_fallback", false)) {
    throw tokenizerError("expected byte_fallback of Unigram to be false, got true");
  }
  const unknown = fields.whole("unk_id", { least: 0, most: scores.length - 1 });
  const penalty = scores.reduce((least, value) => Math.min(least, value), Infinity) -
    UNKNOWN_PENALTY;

  return {
    ids,
    encode(text) {
      // by UTF-16 unit: the best path's score up to here, where its last piece starts, and its id
      const best = new Float64Array(text.length + 1);
      const from = new Int32Array(text.length + 1).fill(-1);
      const last = new Int32Array(text.length + 1);
      const offer = (start: number, end: number, id: number, value: number) => {
        const sum = value + best[start];
        if (from[end] >= 0 && !(sum > best[end])) return;
        best[end] = sum;
        from[end] = start;
        last[end] = id;
      };
      for (let start = 0; start < text.length;) {
        const width = text.codePointAt(start)! > 0xffff ? 2 : 1;
        let single = false;
        for (let end = start + 1; end <= Math.min(text.length, start + longest); end++) {
          const id = ids.get(text.slice(start, end));
          if (id === undefined) continue;
          offer(start, end, id, scores[id]);
          if (end === start + width) single = true;
        }
        if (!single) offer(start, start + width, unknown, penalty);
        start += width;
      }
      const pieces: { id: number; token: string }[] = [];
      for (let end = text.length; end > 0; end = from[end]) {
        const token = text.slice(from[end], end);
        const next = pieces.at(-1); // the piece behind this one
        if (last[end] === unknown && next?.id === unknown) next.token = token + next.token;
        else pieces.push({ id: last[end], token });
      }
      return pieces.reverse();
    },
  };
}
