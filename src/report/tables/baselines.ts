/** Table 1: what baselines leave of the relevance signal. */

import type { BaselineStudy } from "../../experiments/results/results.ts";
import { count, fixed, pValue, significant } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";
import { code } from "../text.ts";

/** What the paper calls them. */
const baselines: Readonly<Record<string, string>> = {
  original: "Original embedding",
  pad: "All tokens → [PAD]",
  "pad-query": "Query tokens → [PAD]",
  "pad-content": "All tokens but [CLS], [SEP] → [PAD]",
  zero: "All tokens → zero vectors",
  "zero-query": "Query tokens → zero vectors",
};

/** Table 1. */
export function baselineTable(study: BaselineStudy): Table {
  const { collection, pairs, queries, rows, choice, padAhead } = study;
  return {
    id: "table-1",
    number: "Table 1",
    title: "Baselines",
    caption: [
      `Mean of p(relevant) − p(non-relevant) over ${count(pairs)} pairs of ${
        count(queries)
      } queries of ${collection}, between −1 and 1, with its standard error over queries: the closer ` +
      "to 0, the more of the relevance signal a baseline removes (bold).",
    ],
    columns: [
      column("baseline", "Input of the model", "start"),
      column("difference", "Mean difference"),
      column("standard_error", "± standard error"),
      column("paper", "monoBERT-large, paper"),
    ],
    rows: rows.map((row) => ({
      cells: [
        name(baselines[row.baseline] ?? [code(row.baseline)], row.baseline),
        {
          ...cell(fixed(row.difference, 3), row.difference),
          mark: row.baseline === choice ? "largest" : null,
        },
        cell(significant(row.standardError, 2), row.standardError),
        cell(fixed(row.paper), row.paper),
      ],
    })),
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
  };
}
