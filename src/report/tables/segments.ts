/** What each segment of the input contributes to a scheme. */

import type { SegmentShare } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { fixed, percent } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";

/** Share of the absolute conductance by segment, against the segment's share of the tokens. */
export function segmentTable(schemes: readonly SegmentShare[]): Table {
  const segments = [...new Set(schemes.flatMap((scheme) => scheme.segments))];
  return {
    id: "table-segments",
    number: "",
    title: "Contributions by input segment",
    caption: [
      "Share of the absolute conductance of all neurons that comes from each segment’s tokens, and " +
      "how many times the segment’s share of the tokens that is.",
    ],
    columns: [
      column("scheme", "Scheme", "start"),
      ...segments.flatMap((segment) => [
        column(`share ${segment}`, segment),
        column(`times_even ${segment}`, "× even"),
      ]),
    ],
    rows: schemes.map((scheme) => {
      const shares = segments.map((segment) => shareOf(scheme, scheme.segments.indexOf(segment)));
      return {
        cells: [
          name([notation(scheme.scheme)]),
          ...shares.flatMap(({ share, ratio }) => [
            cell(share === null ? "–" : percent(share, 1), share),
            cell(fixed(ratio), ratio),
          ]),
        ],
      };
    }),
    notes: schemes.slice(0, 1).map(({ scheme, segments, tokens }) => [
      "Mean tokens of a pair of ",
      notation(scheme),
      `: ${segments.map((segment, s) => `${segment} ${fixed(tokens[s], 1)}`).join(", ")}.`,
    ]),
  };
}

function shareOf({ absolute, tokens }: SegmentShare, segment: number) {
  if (segment < 0) return { share: null, ratio: null };
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const cells = absolute.flat();
  const share = sum(cells.map((values) => values[segment])) / sum(cells.map(sum));
  return { share, ratio: share / (tokens[segment] / sum(tokens)) };
}
