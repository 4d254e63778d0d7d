/** How many points of the path suffice. */

import type { ConvergenceRow, ConvergenceStudy } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, fixed, percent, significant } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";

/** The paper's rule. */
export function isPapers({ rule, steps }: Pick<ConvergenceRow, "rule" | "steps">): boolean {
  return rule === "right" && steps === 100;
}

/** A row a rule and number of steps. */
export function convergenceTable(study: ConvergenceStudy): Table {
  const { rows, pairs, level, size, collection, reference } = study;
  const schemes = rows[0]?.schemes.map(({ scheme }) => scheme) ?? [];
  const part = (value: number | null) => value === null ? "–" : percent(value, 1);
  return {
    id: "table-convergence",
    number: "",
    title: "How many points of the path suffice",
    caption: [
      `Every rule against a much finer one (${
        count(reference.evaluations)
      } points a pair, dense where the path is steep), over ${pairs.relevant} relevant and ${pairs.nonRelevant} non-relevant pairs of ` +
      `${collection}. Error: Euclidean distance of a pair’s conductances from the reference’s, as ` +
      `a part of their length. Same neurons: how much of the strongest ${percent(level)} (${
        count(size)
      }) is the reference’s. ` + "The paper’s rule is bold.",
    ],
    columns: [
      column("rule", "Rule", "start"),
      column("parameter", "Steps or tolerance"),
      column("evaluations", "Evaluations a pair"),
      column("error", "Mean error"),
      column("median_error", "Median"),
      column("worst_error", "Worst"),
      column("rank_correlation", "Rank correlation"),
      column("overlap", "Same neurons"),
      column("worst_overlap", "Worst"),
      ...schemes.flatMap((scheme) => [
        column(`overlap ${scheme}`, ["Same in ", notation(scheme)]),
        column(`overlap of scheme ${scheme}`, "with all its pairs"),
      ]),
      column("completeness", "Gap of completeness"),
    ],
    rows: rows.map((row, i) => ({
      starts: i > 0 && rows[i - 1].rule !== row.rule,
      cells: [
        name(row.rule),
        cell(
          row.steps === null ? String(row.tolerance) : count(row.steps),
          row.steps ?? row.tolerance,
        ),
        cell(fixed(row.evaluations, row.steps === null ? 1 : 0), row.evaluations),
        {
          ...cell(part(row.error.mean), row.error.mean),
          mark: isPapers(row) ? "largest" : null,
        },
        cell(part(row.error.median), row.error.median),
        cell(part(row.error.worst), row.error.worst),
        cell(fixed(row.rank.mean, 4), row.rank.mean),
        cell(part(row.overlap.mean), row.overlap.mean),
        cell(part(row.overlap.worst), row.overlap.worst),
        ...row.schemes.flatMap(({ overlap, ofScheme }) => [
          cell(part(overlap), overlap),
          cell(part(ofScheme?.overlap ?? null), ofScheme?.overlap ?? null),
        ]),
        cell(part(row.completeness.mean), row.completeness.mean),
      ],
    })),
    notes: [[
      `The reference itself errs by about ${errors(reference.error.mean)} on average and ${
        errors(reference.error.worst)
      } at worst: a third of its distance from a half of its points. `,
      "The worst overlap is the least. Rank correlation is Spearman’s, over all neurons of a pair. " +
      "“Same in” is of the mean over these pairs; “with all its pairs” of the whole scheme, to whose " +
      "mean the mean difference of the rules over these pairs is added: exact where these are all.",
    ]],
  };
}

function errors(value: number | null): string {
  return value === null ? "–" : `${significant(100 * value, 2)}\u00a0%`;
}
