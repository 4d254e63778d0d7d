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
  unrelated: "Passage of another query",
  pad: "All tokens → [PAD]",
  "pad-query": "Query tokens → [PAD]",
  "pad-content": "All tokens but [CLS], [SEP] → [PAD]",
  zero: "All tokens → zero vectors",
  "zero-query": "Query tokens → zero vectors",
};

/** What the table shows and its file of data holds of a baseline. */
function columnsOf(
  { pairs, choice, score }: BaselineStudy,
): readonly (Column<BaselineRow> | DataColumn<BaselineRow>)[] {
  return [
    texts(
      "baseline",
      "Input of the model",
      ({ baseline }) => baselines[baseline] ?? [code(baseline)],
      { value: ({ baseline }) => baseline, names: true },
    ),
    numbers(
      score ?? "difference",
      score ? "Mean similarity" : "Mean difference",
      ({ difference }) => difference,
      (x) => fixed(x, 3),
      { mark: ({ baseline }) => baseline === choice ? "largest" : null },
    ),
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
  const { collection, pairs, queries, rows, padAhead, score } = study;
  const mean = score
    ? "Mean similarity"
    : "Mean of p(relevant) − p(non-relevant), between −1 and 1,";
  const reading = score
    ? "the closer to that of a query with the passage of another, the more neutral a baseline is (bold)."
    : "the closer to 0, the more of the relevance signal a baseline removes (bold).";
  return table({
    id: "table-1",
    number: "Table 1",
    title: "Baselines",
    caption: `${mean} over ${count(pairs)} pairs of ${
      count(queries)
    } queries of ${collection}, with its standard error over queries: ${reading}`,
    columns: columnsOf(study),
    records: rows,
    notes: [[
      `All tokens → [PAD] is closer to ${score ? "that" : "0"} than the closest of the others (`,
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
