/** Ablation, collection by collection: intervals, p-values, effect sizes, queries that lose. */

import type { AblationStudy } from "../../experiments/results/results.ts";
import { count, fixed, percent, pValue } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";
import { rowName } from "./ablation.ts";

/** One table a level. */
export function ablationDetailTables(study: AblationStudy): readonly Table[] {
  return study.levels.map((level, at) => ({
    id: `table-4-at-${percent(level).replace(/[^\d.]/g, "").replace(".", "-")}`,
    number: "",
    title: `Ablation at ${percent(level)}, collection by collection`,
    caption: [
      "Loss of nDCG@10 with its 95\u00a0% t interval over queries; p of the paired t-test, after " +
      "Holm’s correction, of the randomisation test, and of two independent samples; Cohen’s d of " +
      "the paired differences; share of queries that lose and win. “No query changes”: there is " +
      "nothing to test, and the cell is in no family.",
    ],
    columns: [
      column("set", "Neurons zeroed", "start"),
      column("collection", "Collection", "start"),
      column("neurons", "Neurons"),
      column("percent", "Loss, %"),
      column("percent_deviation", "± over draws"),
      column("points", "Points"),
      column("points_low", "95\u00a0% from"),
      column("points_high", "to"),
      column("t", "t"),
      column("p_paired", "p"),
      column("p_holm", "p, Holm"),
      column("p_randomisation", "p, random."),
      column("p_independent", "p, indep."),
      column("d", "d"),
      column("losing", "Lose"),
      column("winning", "Win"),
    ],
    rows: study.rows.flatMap((row) => {
      const { neurons, collections } = row.cells[at];
      return collections.map((change, i) => ({
        starts: i === 0,
        cells: [
          { ...name(rowName(row), row.expression), span: collections.length, covered: i > 0 },
          cell(change.collection),
          cell(count(neurons), neurons),
          cell(fixed(change.percent), change.percent),
          cell(fixed(change.percentDeviation), change.percentDeviation),
          cell(fixed(change.points), change.points),
          cell(fixed(change.interval.low), change.interval.low),
          cell(fixed(change.interval.high), change.interval.high),
          cell(fixed(change.paired.t), change.paired.t),
          cell(change.holm === null ? "no query" : pValue(change.paired.p), change.paired.p),
          cell(change.holm === null ? "changes" : pValue(change.holm), change.holm),
          cell(pValue(change.randomisation), change.randomisation),
          cell(pValue(change.independent.p), change.independent.p),
          cell(fixed(change.effect), change.effect),
          cell(percent(change.queriesLosing, 0), change.queriesLosing),
          cell(percent(change.queriesWinning, 0), change.queriesWinning),
        ],
      }));
    }),
  }));
}
