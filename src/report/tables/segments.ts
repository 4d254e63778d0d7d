/** What each segment of the input contributes to a scheme. */

import type { SegmentShare } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, fixed, percent } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";

/**
 * Share of the absolute conductance by segment, against the segment's share of the tokens. The last
 * layer is apart: all of it but keys and values is computed for [CLS] alone, whatever is important.
 */
export function segmentTable(schemes: readonly SegmentShare[]): Table {
  const segments = [...new Set(schemes.flatMap((scheme) => scheme.segments))];
  return {
    id: "table-segments",
    number: "",
    title: "Contributions by input segment",
    caption: [
      "Share of the absolute conductance of all neurons that comes from each segment’s tokens, and " +
      "how many times the segment’s share of the tokens that is. The last layer is apart: but for keys " +
      "and values it has [CLS] alone, since nothing else reaches the output from there.",
    ],
    columns: [
      column("scheme", "Scheme", "start"),
      column("layers", "Layers", "start"),
      ...segments.flatMap((segment) => [
        column(`share ${segment}`, segment),
        column(`times_even ${segment}`, "× even"),
      ]),
    ],
    rows: schemes.flatMap((scheme) => {
      const last = scheme.absolute.length - 1;
      const parts = last > 0
        ? [
          { name: last === 1 ? "0" : `0 to ${last - 1}`, from: 0, to: last, even: true },
          { name: `${last}, the last`, from: last, to: last + 1, even: false },
        ]
        : [{ name: "0, the last", from: 0, to: 1, even: false }];
      return parts.map((part, i) => ({
        starts: i === 0,
        cells: [
          { ...name([notation(scheme.scheme)]), span: parts.length, covered: i > 0 },
          cell(part.name),
          ...segments.flatMap((segment) => {
            const { share, ratio } = shareOf(scheme, scheme.segments.indexOf(segment), part);
            return [
              cell(share === null ? "–" : percent(share, 1), share),
              cell(part.even ? fixed(ratio) : "–", part.even ? ratio : null),
            ];
          }),
        ],
      }));
    }),
    notes: schemes.slice(0, 1).map(({ scheme, segments, tokens, pairs, evaluations }) => [
      `Over ${count(pairs)} pairs a scheme, with the schemes’ own rule (`,
      notation(scheme),
      `: ${fixed(evaluations, 1)} evaluations a pair). Mean tokens of a pair of `,
      notation(scheme),
      `: ${segments.map((segment, s) => `${segment} ${fixed(tokens[s], 1)}`).join(", ")}.`,
    ]),
  };
}

function shareOf(
  { absolute, tokens }: SegmentShare,
  segment: number,
  { from, to }: { readonly from: number; readonly to: number },
) {
  if (segment < 0) return { share: null, ratio: null };
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const cells = absolute.slice(from, to).flat();
  const share = sum(cells.map((values) => values[segment])) / sum(cells.map(sum));
  return { share, ratio: share / (tokens[segment] / sum(tokens)) };
}
