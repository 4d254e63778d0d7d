/** Table 1: what baselines leave of the relevance signal. */

import type { BaselineStudy } from "../../experiments/results/results.ts";
import { count, fixed, significant } from "../numbers.ts";
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
  const { collection, pairs, rows, choice } = study;
  return {
    id: "table-1",
    number: "Table 1",
    title: "Baselines",
    caption: [
      `Mean of p(relevant) − p(non-relevant) over ${
        count(pairs)
      } pairs of ${collection}, between −1 ` +
      "and 1: the closer to 0, the more of the relevance signal a baseline removes (bold).",
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
  };
}
