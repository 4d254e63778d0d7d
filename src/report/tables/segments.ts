/** What each segment of the input contributes to a scheme. */

import type { SegmentShare } from "../../experiments/results.ts";
import { notation } from "../notation.ts";
import { fixed, percent } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";

/** Share of the absolute conductance by segment, and by one token of it. */
export function segmentTable(schemes: readonly SegmentShare[]): Table {
  return {
    id: "table-segments",
    number: "",
    title: "Contributions by input segment",
    caption: [
      "Share of the absolute conductance of all neurons that comes from each segment’s tokens, " +
      "beside the segment’s share of the tokens.",
    ],
    columns: [
      column("scheme", "Scheme", "start"),
      column("segment", "Segment", "start"),
      column("tokens", "Mean tokens"),
      column("share_of_tokens", "Share of tokens"),
      column("share", "Share of conductance"),
      column("ratio", "Times even"),
    ],
    rows: schemes.flatMap(({ scheme, segments, absolute, tokens }) => {
      const sums = segments.map((_, s) =>
        absolute.flat().reduce((sum, values) => sum + values[s], 0)
      );
      const [all, length] = [sums, tokens].map((each) => each.reduce((a, b) => a + b, 0));
      return segments.map((segment, s) => {
        const [share, even] = [sums[s] / all, tokens[s] / length];
        return {
          starts: s === 0,
          cells: [
            { ...name([notation(scheme)]), span: segments.length, covered: s > 0 },
            cell(segment),
            cell(fixed(tokens[s], 1), tokens[s]),
            cell(percent(even, 1), even),
            cell(percent(share, 1), share),
            cell(fixed(share / even), share / even),
          ],
        };
      });
    }),
  };
}
