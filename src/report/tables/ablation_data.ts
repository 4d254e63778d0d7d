/** Table 4 with every test, and every query under every set, as files of data. */

import { mean } from "../../ir/measures.ts";
import type { CollectionAblation } from "../../experiments/ablation/ablation.ts";
import type {
  AblationCell,
  AblationRow,
  AblationStudy,
  CollectionChange,
  GroupChange,
} from "../../experiments/results/results.ts";
import { type DataColumn, dataTsv, datum, type Value } from "../table.ts";

/** A row at a level, on a validation collection or on a group of them. */
interface Change {
  readonly method: string;
  readonly row: AblationRow;
  readonly cell: AblationCell;
  readonly one?: CollectionChange;
  readonly group?: GroupChange;
}

const methodColumn = datum<Change>("ablation", ({ method }) => method);
const ofCollection = (key: string, value: (one: CollectionChange) => Value) =>
  datum<Change>(key, ({ one }) => one && value(one));
const ofGroup = (key: string, value: (group: GroupChange) => Value) =>
  datum<Change>(key, ({ group }) => group && value(group));

const changes: readonly DataColumn<Change>[] = [
  datum("expression", ({ row }) => row.expression),
  datum("level_percent", ({ cell }) => 100 * cell.level),
  datum("neurons", ({ cell }) => cell.neurons),
  datum("repetitions", ({ cell }) => cell.repetitions),
  datum(
    "collection",
    ({ one, group }) => group ? `${group.group} (${group.collections})` : one?.collection,
  ),
  ofCollection("queries", ({ queries }) => queries),
  ofCollection("original_ndcg10", ({ original }) => original),
  ofCollection("ablated_ndcg10", ({ ablated }) => ablated),
  datum("change_percent", ({ one, group }) => (one ?? group)?.percent),
  datum("change_points", ({ one, group }) => (one ?? group)?.points),
  ofCollection("points_low", ({ interval }) => interval.low),
  ofCollection("points_high", ({ interval }) => interval.high),
  ofCollection("paired_t", ({ paired }) => paired.t),
  ofCollection("paired_p", ({ paired }) => paired.p),
  ofCollection("holm_p", ({ holm }) => holm),
  ofCollection("independent_t", ({ independent }) => independent.t),
  ofCollection("independent_p", ({ independent }) => independent.p),
  ofCollection("cohens_d", ({ effect }) => effect),
  ofCollection("randomisation_p", ({ randomisation }) => randomisation),
  ofCollection("queries_losing", ({ queriesLosing }) => queriesLosing),
  ofCollection("queries_winning", ({ queriesWinning }) => queriesWinning),
  ofCollection("queries_unchanged", ({ queriesUnchanged }) => queriesUnchanged),
  ofCollection("percent_deviation", ({ percentDeviation }) => percentDeviation),
  ofGroup("significant_paired", ({ significant }) => significant.paired),
  ofGroup("significant_independent", ({ significant }) => significant.independent),
  ofGroup("significant_holm", ({ significant }) => significant.holm),
];

/**
 * Table 4, a line a row, level and validation collection; groups of several follow their members. The
 * way of ablation has a column where it is not zeroing alone.
 */
export function ablationTsv({ rows, others = [], groups }: AblationStudy): string {
  const ways = [...(rows.length > 0 ? [{ method: "zero", rows }] : []), ...others];
  return dataTsv(
    [...(others.length > 0 ? [methodColumn] : []), ...changes],
    ways.flatMap(({ method, rows }) =>
      rows.flatMap((row) =>
        row.cells.flatMap((cell): Change[] => [
          ...cell.collections.map((one) => ({ method, row, cell, one })),
          ...cell.groups.filter((_, g) => groups[g].collections.length > 1)
            .map((group) => ({ method, row, cell, group })),
        ])
      )
    ),
  );
}

/** What every row does to every query, and which passages come into its first ten and leave them. */
export function queriesTsv({ queries, original, rows }: CollectionAblation): string {
  const records = rows.flatMap((row) =>
    queries.map((query, q) => ({
      row,
      query,
      before: original[q],
      after: mean(row.ndcg.map((values) => values[q])),
      swap: row.swaps?.[q],
    }))
  );
  const otherwise = rows.some(({ method }) => method !== undefined);
  return dataTsv<(typeof records)[number]>([
    ...(otherwise
      ? [datum<(typeof records)[number]>("ablation", ({ row }) => row.method ?? "zero")]
      : []),
    datum("expression", ({ row }) => row.expression),
    datum("level_percent", ({ row }) => 100 * row.level),
    datum("query", ({ query }) => query),
    datum("original", ({ before }) => before),
    datum("ablated", ({ after }) => after),
    datum("loss", ({ before, after }) => before - after),
    datum("entered", ({ swap }) => swap?.entered.join(" ")),
    datum("left", ({ swap }) => swap?.left.join(" ")),
  ], records);
}
