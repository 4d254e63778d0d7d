/** Lines of points by the segment of their tokens, in the form that the operation `conductance` takes. */

import type { Ops, Tensor } from "../../compute/ops.ts";
import { placeOfSequence } from "../../model/graph.ts";
import type { Value } from "../../model/steps.ts";
import { SEGMENTS } from "../../model/heads.ts";
import { textsOf } from "../../model/pair_tokenizer.ts";
import { type PathStore, type StoredPoint, tokensOf } from "./path_store.ts";

/** A text's lines of a value, one after another. */
export interface TextRun {
  readonly first: number;
  /** The segment of each line; a line a sequence counts for the token that it is read at. */
  readonly segments: Uint8Array;
  /** How many of its last lines no token attends to; 0 unless given. */
  readonly unseen?: number;
}

/** Lines of a stored point in a value, text by text; of two pairs those of one side. */
export function linesOfPoint(
  { paths, sides, encoder: { graph } }: PathStore,
  point: StoredPoint,
  { side, value: { lines } }: { readonly side: number; readonly value: Value },
): readonly TextRun[] {
  const path = paths[point.pair];
  const own = tokensOf(path, sides === 1 ? undefined : side);
  const texts = path.split === undefined ? textsOf(path.encoded) : [own];
  return texts.map(({ first, count }, text) => {
    const segments = path.encoded.segments.subarray(first, first + count);
    const unseen = first === 0 && texts.length === 2 ? path.encoded.unseen : 0;
    if (lines === "token") return { first: point.token + first, segments, unseen };
    const line = lines === "text" ? 2 * point.sequence + text : sides * point.sequence + side;
    const place = placeOfSequence(graph, count);
    return { first: line, segments: segments.subarray(place, place + 1) };
  });
}

/** The ends of an interval of one of several pairs, text by text. */
export interface SegmentedInterval {
  /** The pair's place among those that are summed. */
  readonly pair: number;
  readonly from: readonly TextRun[];
  readonly to: readonly TextRun[];
}

/**
 * Items of {@linkcode Ops.conductance}, one a run of lines of one segment, by segment, then in the order of
 * the intervals; and groups of {@linkcode Ops.sumRows}, one a segment and pair: line `segment · count + pair`.
 * `intervals`: those of a pair follow each other, pairs ascending.
 */
export function itemsBySegment(
  ops: Ops,
  intervals: readonly SegmentedInterval[],
  count: number,
): { readonly items: Tensor; readonly groups: Tensor } {
  const all = intervals.flatMap(({ pair, from, to }) =>
    from.flatMap(({ first, segments }, text) => {
      const found: { readonly segment: number; readonly pair: number; readonly item: number[] }[] =
        [];
      for (let at = 0; at < segments.length;) {
        const segment = segments[at];
        let end = at;
        while (end < segments.length && segments[end] === segment) end++;
        found.push({ segment, pair, item: [first + at, to[text].first + at, end - at] });
        at = end;
      }
      return found;
    })
  );
  all.sort((x, y) => x.segment - y.segment); // stable
  const groups: number[] = [];
  let next = 0;
  for (let segment = 0; segment < SEGMENTS; segment++) {
    for (let pair = 0; pair < count; pair++) {
      const first = next;
      while (next < all.length && all[next].segment === segment && all[next].pair === pair) next++;
      groups.push(first, next - first);
    }
  }
  return {
    items: ops.indices(all.length, 3, Uint32Array.from(all.flatMap(({ item }) => item))),
    groups: ops.indices(SEGMENTS * count, 2, Uint32Array.from(groups)),
  };
}
