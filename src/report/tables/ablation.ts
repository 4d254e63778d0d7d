/** Table 4: what zeroing neurons does to nDCG@10. */

import type { AblationRow, AblationStudy, GroupChange } from "../../experiments/results/results.ts";
import { sentence } from "../page/html.ts";
import { notation } from "../notation.ts";
import { alphaText, count, fixed, percent } from "../numbers.ts";
import { prose } from "../prose.ts";
import { type Column, numbers, type Table, table, type TableParts, texts } from "../table.ts";
import type { Line } from "../text.ts";

/**
 * Table 4: change in per cent, and how many collections change significantly (paired test); where neurons
 * were ablated in several ways, these stand side by side.
 */
export function ablationTable(study: AblationStudy): Table {
  return table({
    id: "table-4",
    number: "Table 4",
    title: "Ablation",
    caption:
      `Loss of nDCG@10 in per cent of the unpruned model’s, after ${
        study.others ? "ablating" : "zeroing"
      } sets of neurons cut at a ` +
      `share of all${
        study.others ? `: ${waysText(study)}` : ""
      }; negative is a gain. In parentheses, if any, the collections of the group with ` +
      `p ≤ ${
        alphaText(study.alpha)
      } in a two-tailed paired t-test over queries. Bold: the largest ` +
      "loss of a group’s column; underlined: the second.",
    ...byGroup(study, ({ key, heading }, change) => [{
      ...numbers(`percent@${key}`, heading, (one) => change(one).percent, fixed2),
      text(one) {
        const { percent, significant } = change(one);
        return [fixed(percent) + (significant.paired ? ` (${significant.paired})` : "")];
      },
      mark: (one) => change(one).mark,
    }]),
    notes: [sizes(study)],
  });
}

/** Beyond Table 4: points, and the counts under each of the tests. */
export function ablationTestsTable(study: AblationStudy): Table {
  return table({
    id: "table-4-tests",
    title: "Ablation in points, and significance by test",
    caption: "Loss of nDCG@10 in points (hundredths), and collections of the group with p ≤ " +
      `${
        alphaText(study.alpha)
      } by the paired t-test, after Holm’s correction, and by the test of ` +
      "two independent samples that the paper’s code uses.",
    ...byGroup(study, ({ key, heading }, change) => [
      numbers(`points@${key}`, `${heading}: points`, (one) => change(one).points, fixed2),
      numbers(`paired@${key}`, "paired", (one) => change(one).significant.paired, String),
      numbers(`holm@${key}`, "Holm", (one) => change(one).significant.holm, String),
      numbers(
        `independent@${key}`,
        "indep.",
        (one) => change(one).significant.independent,
        String,
      ),
    ]),
    notes: [prose(sentence(study.family)), prose(sentence(study.interval))],
  });
}

/** What a set does to a group of collections. */
interface SetOnGroup {
  readonly row: AblationRow;
  readonly name: string;
  readonly collections: readonly string[];
}

/** The columns of a level, and of one way of ablation where there are several. */
interface Part {
  readonly key: string;
  readonly heading: string;
}

/** The ways of ablation in words, in the order of the columns. */
export function waysText({ others = [] }: Pick<AblationStudy, "others">): string {
  const words = others.map(({ method }) => methodText(method));
  return ["zeroed", ...words].join(", ");
}

/** A way of ablation in words. */
function methodText(method: string): string {
  const known: Readonly<Record<string, string>> = {
    mean: "set to their means",
    resample: "taken from other pairs",
  };
  return known[method] ?? `multiplied by ${method.replace("scale ", "")}`;
}

/**
 * A row for every set and group, the set's name spanning its groups; `columns` of every level and, where
 * there are several, of every way of ablation.
 */
function byGroup(
  { rows, others, groups, levels }: AblationStudy,
  columns: (part: Part, change: (one: SetOnGroup) => GroupChange) => Column<SetOnGroup>[],
): Pick<TableParts<SetOnGroup>, "columns" | "records" | "starts"> {
  return {
    columns: [
      texts("set", others ? "Neurons ablated" : "Neurons zeroed", ({ row }) => rowName(row), {
        value: ({ row }) => row.expression,
        names: true,
        spans: true,
      }),
      texts(
        "group",
        "Collections",
        ({ name, collections: { length } }) => length > 1 ? `${name}, mean of ${length}` : name,
        { value: ({ name }) => name },
      ),
      ...levels.flatMap((level, at) => [
        ...columns(
          { key: String(level), heading: others ? `${percent(level)}, zero` : percent(level) },
          ({ row, name }) => row.cells[at].groups.find(({ group }) => group === name)!,
        ),
        ...(others ?? []).flatMap((other) =>
          columns(
            { key: `${level} ${other.method}`, heading: other.method },
            ({ row, name }) =>
              other.rows.find(({ expression }) => expression === row.expression)!
                .cells[at].groups.find(({ group }) => group === name)!,
          )
        ),
      ]),
    ],
    records: rows.flatMap((row) => groups.map((group) => ({ row, ...group }))),
    starts: (one, before) => one.row !== before?.row,
  };
}

const fixed2 = (value: number | null) => fixed(value);

/** The name of a row. */
export function rowName({ expression, kind }: AblationRow): Line {
  if (kind === "set") return [notation(expression)];
  const matched = expression.match(/^random\((.*?)(?:,\s*\d+)?\)$/)?.[1];
  return matched ? ["Random, like ", notation(matched)] : ["Random"];
}

/** Sizes of the sets at every level; an empty set changes nothing. */
function sizes({ rows, others, levels }: AblationStudy): Line {
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
    `Neurons ${others ? "ablated" : "zeroed"} at ${
      levels.map((level) => percent(level)).join(", ")
    }: `,
    ...parts.slice(1),
    ".",
    random.length > 0 ? ` Random rows are means of ${random.join(" or ")} draws.` : "",
  ];
}
