/** Table 4: what zeroing neurons does to nDCG@10. */

import type { AblationRow, AblationStudy, GroupChange } from "../../experiments/results/results.ts";
import { sentence } from "../page/html.ts";
import { notation } from "../notation.ts";
import { alphaText, count, fixed, percent } from "../numbers.ts";
import { prose } from "../prose.ts";
import { type Cell, cell, column, name, type Row, type Table } from "../table.ts";
import type { Line } from "../text.ts";

/** Table 4: change in per cent, and how many collections change significantly (paired test). */
export function ablationTable(study: AblationStudy): Table {
  return {
    id: "table-4",
    number: "Table 4",
    title: "Ablation",
    caption: [
      "Loss of nDCG@10 in per cent of the unpruned model’s, after zeroing sets of neurons cut at a " +
      "share of all; negative is a gain. In parentheses, if any, the collections of the group with " +
      `p ≤ ${
        alphaText(study.alpha)
      } in a two-tailed paired t-test over queries. Bold: the largest ` +
      "loss of a group’s column; underlined: the second.",
    ],
    columns: [
      column("set", "Neurons zeroed", "start"),
      column("group", "Collections", "start"),
      ...study.levels.flatMap((level) => [column(`percent@${level}`, percent(level))]),
    ],
    rows: byGroup(study, ({ percent, significant, mark }) => [{
      ...cell(fixed(percent) + (significant.paired ? ` (${significant.paired})` : ""), percent),
      mark,
    }]),
    notes: [sizes(study)],
  };
}

/** Beyond Table 4: points, and the counts under each of the tests. */
export function ablationTestsTable(study: AblationStudy): Table {
  return {
    id: "table-4-tests",
    number: "",
    title: "Ablation in points, and significance by test",
    caption: [
      "Loss of nDCG@10 in points (hundredths), and collections of the group with p ≤ " +
      `${
        alphaText(study.alpha)
      } by the paired t-test, after Holm’s correction, and by the test of ` +
      "two independent samples that the paper’s code uses.",
    ],
    columns: [
      column("set", "Neurons zeroed", "start"),
      column("group", "Collections", "start"),
      ...study.levels.flatMap((level) => [
        column(`points@${level}`, `${percent(level)}: points`),
        column(`paired@${level}`, "paired"),
        column(`holm@${level}`, "Holm"),
        column(`independent@${level}`, "indep."),
      ]),
    ],
    rows: byGroup(study, ({ points, significant }) => [
      cell(fixed(points), points),
      ...[significant.paired, significant.holm, significant.independent].map((number) =>
        cell(String(number), number)
      ),
    ]),
    notes: [prose(sentence(study.family)), prose(sentence(study.interval))],
  };
}

/** A row for every set and group, the set's name spanning its groups. */
function byGroup(study: AblationStudy, cells: (change: GroupChange) => readonly Cell[]): Row[] {
  return study.rows.flatMap((row) =>
    study.groups.map(({ name: group, collections }, i) => ({
      starts: i === 0,
      cells: [
        { ...name(rowName(row), row.expression), span: study.groups.length, covered: i > 0 },
        cell(collections.length > 1 ? `${group}, mean of ${collections.length}` : group, group),
        ...row.cells.flatMap(({ groups }) => {
          const change = groups.find((each) => each.group === group);
          return change ? cells(change) : cells(nothing(group));
        }),
      ],
    }))
  );
}

/** How a row is called. */
export function rowName({ expression, kind }: AblationRow): Line {
  if (kind === "set") return [notation(expression)];
  const matched = expression.match(/^random\((.*?)(?:,\s*\d+)?\)$/)?.[1];
  return matched ? ["Random, like ", notation(matched)] : ["Random"];
}

/** Sizes of the sets at every level; an empty set changes nothing. */
function sizes({ rows, levels }: AblationStudy): Line {
  const parts = rows.filter(({ kind }) => kind === "set").flatMap((row) => [
    "; ",
    ...rowName(row),
    ` ${row.cells.map(({ neurons }) => count(neurons)).join(", ")}`,
  ]);
  const random = [
    ...new Set(
      rows.filter(({ kind }) => kind === "random").map(({ cells }) => count(cells[0].repetitions)),
    ),
  ];
  return [
    `Neurons zeroed at ${levels.map((level) => percent(level)).join(", ")}: `,
    ...parts.slice(1),
    ".",
    random.length > 0 ? ` Random rows are means of ${random.join(" or ")} draws.` : "",
  ];
}

function nothing(group: string): GroupChange {
  const significant = { paired: 0, independent: 0, holm: 0 };
  return { group, percent: null, points: NaN, collections: 0, significant, mark: null };
}
