/** Results as tab-separated text: a header, then a line a record. */

import { mean } from "../../ir/measures.ts";
import type { CollectionAblation } from "../ablation/ablation.ts";
import type {
  AblationStudy,
  BaselineStudy,
  ConvergenceStudy,
  Location,
  OverlapStudy,
  PathTrace,
  SegmentShare,
} from "./results.ts";

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
export function locationTable(
  { components, counts }: Pick<Location, "components" | "counts">,
): string {
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

/** Table 4, a line a row, level and validation collection; groups of several follow their members. */
export function ablationRowsTable({ rows, groups }: AblationStudy): string {
  const header = [
    "expression",
    "level_percent",
    "neurons",
    "repetitions",
    "collection",
    "queries",
    "original_ndcg10",
    "ablated_ndcg10",
    "change_percent",
    "change_points",
    "points_low",
    "points_high",
    "paired_t",
    "paired_p",
    "holm_p",
    "independent_t",
    "independent_p",
    "cohens_d",
    "randomisation_p",
    "queries_losing",
    "queries_winning",
    "queries_unchanged",
    "percent_deviation",
    "significant_paired",
    "significant_independent",
    "significant_holm",
  ];
  const lines = rows.flatMap(({ expression, cells }) =>
    cells.flatMap((cell): Cell[][] => {
      const row = [expression, 100 * cell.level, cell.neurons, cell.repetitions];
      return [
        ...cell.collections.map((one): Cell[] => [
          ...row,
          one.collection,
          one.queries,
          one.original,
          one.ablated,
          one.percent,
          one.points,
          one.interval.low,
          one.interval.high,
          one.paired.t,
          one.paired.p,
          one.holm,
          one.independent.t,
          one.independent.p,
          one.effect,
          one.randomisation,
          one.queriesLosing,
          one.queriesWinning,
          one.queriesUnchanged,
          one.percentDeviation,
        ]),
        ...cell.groups.filter((_, g) => groups[g].collections.length > 1).map((one): Cell[] => [
          ...row,
          `${one.group} (${one.collections})`,
          ...["", "", ""],
          one.percent,
          one.points,
          ...Array<string>(13).fill(""),
          one.significant.paired,
          one.significant.independent,
          one.significant.holm,
        ]),
      ];
    })
  );
  return tsv(
    header,
    lines.map((line) => [...line, ...Array(header.length - line.length).fill("")]),
  );
}

/** What every row does to every query, and which passages come into its first ten and leave them. */
export function queriesTable({ queries, original, rows }: CollectionAblation): string {
  return tsv(
    ["expression", "level_percent", "query", "original", "ablated", "loss", "entered", "left"],
    rows.flatMap((row) =>
      queries.map((query, q): Cell[] => {
        const ablated = mean(row.ndcg.map((values) => values[q]));
        return [
          row.expression,
          100 * row.level,
          query,
          original[q],
          ablated,
          original[q] - ablated,
          row.swaps?.[q].entered.join(" "),
          row.swaps?.[q].left.join(" "),
        ];
      })
    ),
  );
}

/** Paths, a line a pair, neuron and point. */
export function traceTable(traces: readonly PathTrace[]): string {
  return tsv(
    ["pair", "neuron", "role", "t", "F", "activation", "gradient", "conductance"],
    traces.flatMap(({ t, F, neurons }, pair) =>
      neurons.flatMap((one) =>
        t.map((at, k): Cell[] => [
          pair,
          one.neuron,
          one.role,
          at,
          F[k],
          one.activation[k],
          one.gradient[k],
          one.conductance[k],
        ])
      )
    ),
  );
}

/** Contributions by segment, a line a scheme, layer, component and segment. */
export function segmentTable(shares: readonly SegmentShare[]): string {
  return tsv(
    ["scheme", "layer", "component", "segment", "conductance", "absolute", "tokens"],
    shares.flatMap(({ scheme, segments, components, values, absolute, tokens }) =>
      values.flatMap((layer, l) =>
        components.flatMap((component, c) =>
          segments.map((segment, s): Cell[] => [
            scheme,
            l,
            component,
            segment,
            layer[c][s],
            absolute[l][c][s],
            tokens[s],
          ])
        )
      )
    ),
  );
}

/** Rules against the reference: a line a rule over all pairs, then one for each label's mean. */
export function convergenceTable({ rows }: ConvergenceStudy): string {
  const header = [
    "rule",
    "steps",
    "tolerance",
    "of",
    "evaluations",
    ...["error", "absolute_error", "rank_correlation", "top_overlap", "completeness_gap"]
      .flatMap((name) => [name, `worst_${name}`]),
  ];
  return tsv(
    header,
    rows.flatMap((row): Cell[][] => {
      const { rule, steps, tolerance, error, absoluteError, rank, overlap, completeness } = row;
      const spreads = [error, absoluteError, rank, overlap, completeness];
      const name = [rule, steps, tolerance];
      return [
        [...name, "pairs", row.evaluations, ...spreads.flatMap(({ mean, worst }) => [mean, worst])],
        ...row.schemes.map((one): Cell[] => [
          ...[...name, `mean ${one.scheme}`, row.evaluations, one.error],
          ...["", "", "", "", "", one.overlap, "", "", ""],
        ]),
      ];
    }),
  );
}

/** Rules against the reference, a line a rule and pair, relevant pairs first. */
export function convergencePairsTable({ rows, pairs }: ConvergenceStudy): string {
  return tsv(
    [
      ...["rule", "steps", "tolerance", "pair", "label", "evaluations", "error", "absolute_error"],
      ...["rank_correlation", "top_overlap", "completeness_gap"],
    ],
    rows.flatMap((row) =>
      row.pairs.map((one, i): Cell[] => [
        ...[row.rule, row.steps, row.tolerance, i],
        i < pairs.relevant ? "relevant" : "non-relevant",
        ...[one.evaluations, one.error, one.absoluteError, one.rank, one.overlap, one.completeness],
      ])
    ),
  );
}
