/** Table 1: what baselines leave of the relevance signal. */

import type { BaselineRow, BaselineStudy } from "../../experiments/results/results.ts";
import { count, fixed, pValue, significant } from "../numbers.ts";
import {
  type Column,
  type DataColumn,
  dataTsv,
  datum,
  numbers,
  type Table,
  table,
  texts,
} from "../table.ts";
import { code } from "../text.ts";

/** The paper's names of the baselines. */
const baselines: Readonly<Record<string, string>> = {
  original: "Original embedding",
  pad: "All tokens → [PAD]",
  "pad-query": "Query tokens → [PAD]",
  "pad-content": "All tokens but [CLS], [SEP] → [PAD]",
  zero: "All tokens → zero vectors",
  "zero-query": "Query tokens → zero vectors",
};

/** What the table shows and its file of data holds of a baseline. */
function columnsOf(
  { pairs, choice }: BaselineStudy,
): readonly (Column<BaselineRow> | DataColumn<BaselineRow>)[] {
  return [
    texts(
      "baseline",
      "Input of the model",
      ({ baseline }) => baselines[baseline] ?? [code(baseline)],
      { value: ({ baseline }) => baseline, names: true },
    ),
    numbers("difference", "Mean difference", ({ difference }) => difference, (x) => fixed(x, 3), {
      mark: ({ baseline }) => baseline === choice ? "largest" : null,
    }),
    numbers(
      "standard_error",
      "± standard error",
      ({ standardError }) => standardError,
      (x) => significant(x, 2),
    ),
    datum("pairs", () => pairs),
    numbers("paper", "monoBERT-large, paper", ({ paper }) => paper, (x) => fixed(x)),
    datum("chosen", ({ baseline }) => baseline === choice),
  ];
}

/** Table 1 as a file of data, a line a baseline. */
export function baselineTsv(study: BaselineStudy): string {
  return dataTsv(columnsOf(study), study.rows);
}

/** Table 1. */
export function baselineTable(study: BaselineStudy): Table {
  const { collection, pairs, queries, rows, padAhead } = study;
  return table({
    id: "table-1",
    number: "Table 1",
    title: "Baselines",
    caption:
      `Mean of p(relevant) − p(non-relevant) over ${count(pairs)} pairs of ${
        count(queries)
      } queries of ${collection}, between −1 and 1, with its standard error over queries: the closer ` +
      "to 0, the more of the relevance signal a baseline removes (bold).",
    columns: columnsOf(study),
    records: rows,
    notes: [[
      "All tokens → [PAD] is closer to 0 than the closest of the others (",
      code(padAhead.runnerUp),
      `) by ${fixed(padAhead.value, 3)}${
        padAhead.interval
          ? ` (95\u00a0% interval ${fixed(padAhead.interval.low, 3)} to ${
            fixed(padAhead.interval.high, 3)
          }, p ${pValue(padAhead.p)})`
          : ""
      }.`,
    ]],
  });
}
