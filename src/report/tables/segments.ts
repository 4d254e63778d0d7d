/** What each segment of the input contributes to a scheme. */

import type { SegmentShare } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, fixed, percent } from "../numbers.ts";
import { dataTsv, datum, numbers, type Table, table, texts } from "../table.ts";

/** Layers `from` (included) to `to` (excluded); `even`: whether every token may contribute there. */
interface LayerRange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly even: boolean;
}

interface SchemePart {
  readonly scheme: SegmentShare;
  readonly part: LayerRange;
}

/**
 * Share of the absolute conductance by segment, against the segment's share of the tokens. The last
 * layer is apart: all of it but keys and values is computed for [CLS] alone, whatever is important.
 */
export function segmentTable(schemes: readonly SegmentShare[]): Table {
  const segments = [...new Set(schemes.flatMap((scheme) => scheme.segments))];
  const records = schemes.flatMap((scheme) => partsOf(scheme).map((part) => ({ scheme, part })));
  return table<SchemePart>({
    id: "table-segments",
    title: "Contributions by input segment",
    caption:
      "Share of the absolute conductance of all neurons that comes from each segment’s tokens, and " +
      "how many times the segment’s share of the tokens that is. The last layer is apart: but for keys " +
      "and values it has [CLS] alone, since nothing else reaches the output from there.",
    columns: [
      texts("scheme", "Scheme", ({ scheme }) => [notation(scheme.scheme)], {
        names: true,
        spans: true,
      }),
      texts("layers", "Layers", ({ part }) => part.name),
      ...segments.flatMap((segment) => {
        const of = ({ scheme, part }: SchemePart) =>
          shareOf(scheme, scheme.segments.indexOf(segment), part);
        return [
          numbers(
            `share ${segment}`,
            segment,
            (one: SchemePart) => of(one).share,
            (share) => share === null ? "–" : percent(share, 1),
          ),
          numbers(
            `times_even ${segment}`,
            "× even",
            (one: SchemePart) => one.part.even ? of(one).ratio : null,
            (ratio) => fixed(ratio),
          ),
        ];
      }),
    ],
    records,
    starts: ({ scheme }, before) => scheme !== before?.scheme,
    notes: schemes.slice(0, 1).map(({ scheme, segments, tokens, pairs, evaluations }) => [
      `Over ${count(pairs)} pairs a scheme, with the schemes’ own rule (`,
      notation(scheme),
      `: ${fixed(evaluations, 1)} evaluations a pair). Mean tokens of a pair of `,
      notation(scheme),
      `: ${segments.map((segment, s) => `${segment} ${fixed(tokens[s], 1)}`).join(", ")}.`,
    ]),
  });
}

/** All layers but the last, and the last. */
function partsOf({ absolute }: SegmentShare): readonly LayerRange[] {
  const last = absolute.length - 1;
  if (last === 0) return [{ name: "0, the last", from: 0, to: 1, even: false }];
  return [
    { name: last === 1 ? "0" : `0 to ${last - 1}`, from: 0, to: last, even: true },
    { name: `${last}, the last`, from: last, to: last + 1, even: false },
  ];
}

function shareOf(
  { absolute, tokens }: SegmentShare,
  segment: number,
  { from, to }: LayerRange,
) {
  if (segment < 0) return { share: null, ratio: null };
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const cells = absolute.slice(from, to).flat();
  const share = sum(cells.map((values) => values[segment])) / sum(cells.map(sum));
  return { share, ratio: share / (tokens[segment] / sum(tokens)) };
}

/** Contributions as data, a line a scheme, layer, component and segment. */
export function segmentTsv(schemes: readonly SegmentShare[]): string {
  const records = schemes.flatMap((of) =>
    of.values.flatMap((_, l) =>
      of.components.flatMap((_, c) => of.segments.map((_, s) => ({ of, l, c, s })))
    )
  );
  return dataTsv<(typeof records)[number]>([
    datum("scheme", ({ of }) => of.scheme),
    datum("layer", ({ l }) => l),
    datum("component", ({ of, c }) => of.components[c]),
    datum("segment", ({ of, s }) => of.segments[s]),
    datum("conductance", ({ of, l, c, s }) => of.values[l][c][s]),
    datum("absolute", ({ of, l, c, s }) => of.absolute[l][c][s]),
    datum("tokens", ({ of, s }) => of.tokens[s]),
  ], records);
}
