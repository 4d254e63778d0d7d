/** Results as tab-separated text: a header, then a line a record. */

import { components } from "../model/components.ts";
import type { BaselineStudy, Location, OverlapStudy } from "./results.ts";

/** A cell of a table. */
export type Cell = string | number | boolean | null | undefined;

/** Lines under a header; null and undefined become empty, tabs and line ends in texts blanks. */
export function tsv(header: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const text = (cell: Cell) =>
    typeof cell === "number"
      ? String(Number(cell.toPrecision(12)))
      : String(cell ?? "").replaceAll(/[\t\r\n]+/g, " ");
  const lines = [header.join("\t")];
  for (const row of rows) lines.push(row.map(text).join("\t"));
  return `${lines.join("\n")}\n`;
}

/** Overlap curves, a line a point; levels and shares in per cent. */
export function overlapTable({ curves }: OverlapStudy): string {
  const header = [
    "expression",
    "kind",
    "label",
    "collections",
    "in_domain",
    "figures",
    "level_percent",
    "size",
    "count",
    "percent",
    "low",
    "high",
    "chance_percent",
    "null_mean",
    "null_low",
    "null_high",
  ];
  return tsv(
    header,
    curves.flatMap((curve) =>
      curve.points.map((point) => [
        curve.expression,
        curve.kind,
        curve.label,
        curve.collections.join(","),
        curve.inDomain,
        curve.figures.join(","),
        100 * point.level,
        point.size,
        point.count,
        point.percent,
        point.interval?.low,
        point.interval?.high,
        point.chance,
        point.nullBand.mean,
        point.nullBand.low,
        point.nullBand.high,
      ])
    ),
  );
}

/** Members by layer (a line each) and component (a column each), with sums. */
export function locationTable({ counts }: Pick<Location, "counts">): string {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return tsv(
    ["layer", ...components, "all"],
    [
      ...counts.map((row, layer): Cell[] => [layer, ...row, sum(row)]),
      [
        "all",
        ...components.map((_, c) => sum(counts.map((row) => row[c]))),
        sum(counts.map(sum)),
      ],
    ],
  );
}

/** Table 1, a line a baseline. */
export function baselineTable({ rows, pairs, choice }: BaselineStudy): string {
  return tsv(
    ["baseline", "difference", "standard_error", "pairs", "paper", "chosen"],
    rows.map((row) => [
      row.baseline,
      row.difference,
      row.standardError,
      pairs,
      row.paper,
      row.baseline === choice,
    ]),
  );
}
