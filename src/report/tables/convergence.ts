/** How many points of the path suffice. */

import type {
  ConvergenceRow,
  ConvergenceStudy,
  SchemeConvergence,
  Spread,
} from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, fixed, percent, significant } from "../numbers.ts";
import { dataTsv, datum, numbers, type Table, table, texts, type Value } from "../table.ts";

/** The paper's rule. */
export function isPapers({ rule, steps }: Pick<ConvergenceRow, "rule" | "steps">): boolean {
  return rule === "right" && steps === 100;
}

/** A row a rule and number of steps. */
export function convergenceTable(study: ConvergenceStudy): Table {
  const { rows, pairs, level, size, collection, reference } = study;
  const schemes = rows[0]?.schemes.map(({ scheme }) => scheme) ?? [];
  const part = (value: number | null) => value === null ? "–" : percent(value, 1);
  return table<ConvergenceRow>({
    id: "table-convergence",
    title: "How many points of the path suffice",
    caption:
      `Every rule against a much finer one (${
        count(reference.evaluations)
      } points a pair, dense where the path is steep), over ${pairs.relevant} relevant and ${pairs.nonRelevant} non-relevant pairs of ` +
      `${collection}. Error: Euclidean distance of a pair’s conductances from the reference’s, as ` +
      `a part of their length. Same neurons: how much of the strongest ${percent(level)} (${
        count(size)
      }) is the reference’s. The paper’s rule is bold.`,
    columns: [
      texts("rule", "Rule", ({ rule }) => rule, { names: true }),
      {
        ...numbers(
          "parameter",
          "Steps or tolerance",
          ({ steps, tolerance }) => steps ?? tolerance,
          String,
        ),
        text: ({ steps, tolerance }) => [steps === null ? String(tolerance) : count(steps)],
      },
      {
        ...numbers("evaluations", "Evaluations a pair", ({ evaluations }) => evaluations, count),
        text: ({ steps, evaluations }) => [fixed(evaluations, steps === null ? 1 : 0)],
      },
      numbers("error", "Mean error", ({ error }) => error.mean, part, {
        mark: (row) => isPapers(row) ? "largest" : null,
      }),
      numbers("median_error", "Median", ({ error }) => error.median, part),
      numbers("worst_error", "Worst", ({ error }) => error.worst, part),
      numbers("rank_correlation", "Rank correlation", ({ rank }) => rank.mean, (x) => fixed(x, 4)),
      numbers("overlap", "Same neurons", ({ overlap }) => overlap.mean, part),
      numbers("worst_overlap", "Worst", ({ overlap }) => overlap.worst, part),
      ...schemes.flatMap((scheme, s) => [
        numbers(
          `overlap ${scheme}`,
          ["Same in ", notation(scheme)],
          (row: ConvergenceRow) => row.schemes[s].overlap,
          part,
        ),
        numbers(
          `overlap of scheme ${scheme}`,
          "with all its pairs",
          (row: ConvergenceRow) => row.schemes[s].ofScheme?.overlap ?? null,
          part,
        ),
      ]),
      numbers("completeness", "Gap of completeness", ({ completeness }) => completeness.mean, part),
    ],
    records: rows,
    starts: ({ rule }, before) => before !== undefined && rule !== before.rule,
    notes: [[
      `The reference itself errs by about ${errors(reference.error.mean)} on average and ${
        errors(reference.error.worst)
      } at worst: a third of its distance from a half of its points. `,
      "The worst overlap is the least. Rank correlation is Spearman’s, over all neurons of a pair. " +
      "“Same in” is of the mean over these pairs; “with all its pairs” of the whole scheme, to whose " +
      "mean the mean difference of the rules over these pairs is added: exact where these are all.",
    ]],
  });
}

function errors(value: number | null): string {
  return value === null ? "–" : `${significant(100 * value, 2)}\u00a0%`;
}

/** A rule over all pairs, or one label's mean. */
interface Compared {
  readonly row: ConvergenceRow;
  readonly scheme?: SchemeConvergence;
}

const rule = <R extends { readonly row: ConvergenceRow }>() => [
  datum<R>("rule", ({ row }) => row.rule),
  datum<R>("steps", ({ row }) => row.steps),
  datum<R>("tolerance", ({ row }) => row.tolerance),
];

/** The mean over pairs or, where there is one, a label's mean; and the worst of the pairs. */
const spread = (
  key: string,
  of: (row: ConvergenceRow) => Spread,
  ofScheme: (scheme: SchemeConvergence) => Value = () => null,
) => [
  datum<Compared>(key, ({ row, scheme }) => scheme ? ofScheme(scheme) : of(row).mean),
  datum<Compared>(`worst_${key}`, ({ row, scheme }) => scheme ? null : of(row).worst),
];

/** Rules against the reference as data: a line a rule over all pairs, then one a label's mean. */
export function convergenceTsv({ rows }: ConvergenceStudy): string {
  return dataTsv<Compared>(
    [
      ...rule<Compared>(),
      datum("of", ({ scheme }) => scheme ? `mean ${scheme.scheme}` : "pairs"),
      datum("evaluations", ({ row }) => row.evaluations),
      ...spread("error", ({ error }) => error, ({ error }) => error),
      ...spread("absolute_error", ({ absoluteError }) => absoluteError),
      ...spread("rank_correlation", ({ rank }) => rank),
      ...spread("top_overlap", ({ overlap }) => overlap, ({ overlap }) => overlap),
      ...spread("completeness_gap", ({ completeness }) => completeness),
    ],
    rows.flatMap((row): Compared[] => [{ row }, ...row.schemes.map((scheme) => ({ row, scheme }))]),
  );
}

/** Rules against the reference as data, a line a rule and pair, relevant pairs first. */
export function convergencePairsTsv({ rows, pairs }: ConvergenceStudy): string {
  const records = rows.flatMap((row) => row.pairs.map((pair, at) => ({ row, pair, at })));
  return dataTsv<(typeof records)[number]>([
    ...rule<(typeof records)[number]>(),
    datum("pair", ({ at }) => at),
    datum("label", ({ at }) => at < pairs.relevant ? "relevant" : "non-relevant"),
    datum("evaluations", ({ pair }) => pair.evaluations),
    datum("error", ({ pair }) => pair.error),
    datum("absolute_error", ({ pair }) => pair.absoluteError),
    datum("rank_correlation", ({ pair }) => pair.rank),
    datum("top_overlap", ({ pair }) => pair.overlap),
    datum("completeness_gap", ({ pair }) => pair.completeness),
  ], records);
}
