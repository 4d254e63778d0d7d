/** Ablation, collection by collection: intervals, p-values, effect sizes, queries that lose. */

import type {
  AblationRow,
  AblationStudy,
  CollectionChange,
} from "../../experiments/results/results.ts";
import { count, fixed, percent, pValue } from "../numbers.ts";
import { numbers, type Table, table, texts } from "../table.ts";
import { rowName } from "./ablation.ts";

/** What a set does to one collection. */
interface SetOnCollection extends CollectionChange {
  readonly row: AblationRow;
  readonly neurons: number;
}

/** One table a level and way of ablation. */
export function ablationDetailTables(study: AblationStudy): readonly Table[] {
  return [
    ...tablesOf(study, study.rows),
    ...(study.others ?? []).flatMap(({ method, rows }) => tablesOf(study, rows, method)),
  ];
}

function tablesOf(
  { levels }: AblationStudy,
  rows: readonly AblationRow[],
  method?: string,
): readonly Table[] {
  const [idOf, of] = method ? [`-${method.replace(/[^\w]+/g, "-")}`, ` (${method})`] : ["", ""];
  return levels.map((level, at) =>
    table<SetOnCollection>({
      id: `table-4-at-${percent(level).replace(/[^\d.]/g, "").replace(".", "-")}${idOf}`,
      title: `Ablation${of} at ${percent(level)}, collection by collection`,
      caption:
        "Loss of nDCG@10 with its 95\u00a0% t interval over queries; p of the paired t-test, after " +
        "Holm’s correction, of the randomisation test, and of two independent samples; Cohen’s d of " +
        "the paired differences; share of queries that lose and win. “No query changes”: there is " +
        "nothing to test, and the cell is in no family.",
      columns: [
        texts("set", method ? "Neurons ablated" : "Neurons zeroed", ({ row }) => rowName(row), {
          value: ({ row }) => row.expression,
          names: true,
          spans: true,
        }),
        texts("collection", "Collection", ({ collection }) => collection),
        numbers("neurons", "Neurons", ({ neurons }) => neurons, count),
        decimals("percent", "Loss, %", ({ percent }) => percent),
        decimals("percent_deviation", "± over draws", ({ percentDeviation }) => percentDeviation),
        decimals("points", "Points", ({ points }) => points),
        decimals("points_low", "95\u00a0% from", ({ interval }) => interval.low),
        decimals("points_high", "to", ({ interval }) => interval.high),
        decimals("t", "t", ({ paired }) => paired.t),
        {
          ...numbers("p_paired", "p", ({ paired }) => paired.p, pValue),
          text: ({ holm, paired }) => [holm === null ? "no query" : pValue(paired.p)],
        },
        numbers("p_holm", "p, Holm", ({ holm }) => holm, (p) => p === null ? "changes" : pValue(p)),
        numbers("p_randomisation", "p, random.", ({ randomisation }) => randomisation, pValue),
        numbers("p_independent", "p, indep.", ({ independent }) => independent.p, pValue),
        decimals("d", "d", ({ effect }) => effect),
        numbers("losing", "Lose", ({ queriesLosing }) => queriesLosing, wholePercent),
        numbers("winning", "Win", ({ queriesWinning }) => queriesWinning, wholePercent),
      ],
      records: rows.flatMap((row) =>
        row.cells[at].collections.map((change) => ({
          ...change,
          row,
          neurons: row.cells[at].neurons,
        }))
      ),
      starts: ({ row }, before) => row !== before?.row,
    })
  );
}

const wholePercent = (part: number) => percent(part, 0);

function decimals(
  key: string,
  heading: string,
  value: (change: SetOnCollection) => number | null,
) {
  return numbers(key, heading, value, (number) => fixed(number));
}
