/** Table 4: changes of nDCG@10, tested and averaged. */

import { mean } from "../../ir/measures.ts";
import { meanInterval } from "../../ir/mean_interval.ts";
import { randomisationTest } from "../../ir/resampling.ts";
import { cohensD, holm, independentTTest, pairedTTest, type TTest } from "../../ir/significance.ts";
import type { AblatedCollection, RowOnCollection } from "./ablation.ts";
import { ablationContrasts, type ContrastTests } from "./ablation_contrasts.ts";
import type { AblationMethod } from "./methods.ts";
import type {
  AblationCell,
  AblationRow,
  AblationStudy,
  CollectionChange,
  GroupChange,
  TestResult,
} from "../results/results.ts";

/** Significance level of the paper. */
const ALPHA = 0.05;

/** Makes the table; every collection has the same rows in the same order. */
export function ablationTable(
  collections: readonly AblatedCollection[],
  { seed = 0, home, tests, changes }: {
    readonly seed?: number;
    /** The training collection, where there is one: its sets are compared with each other. */
    readonly home?: string;
    /** Tests that decide claims, in place of the usual ones. */
    readonly tests?: ContrastTests;
    /** What {@linkcode ablationChanges} found of the same collections with the same seed. */
    readonly changes?: AblationChanges;
  } = {},
): AblationStudy {
  const { levels, groups, rows, others, ...methods } = changes ??
    ablationChanges(collections, seed);
  return {
    ...{ levels, groups, rows },
    ...(others && { others }),
    contrasts: ablationContrasts(withMethod(collections, undefined), { home, seed, tests }),
    ...methods,
  };
}

/** The table without the comparisons of rows with each other. */
export type AblationChanges = Omit<AblationStudy, "contrasts">;

/** The changes of every row, with the tests that the table shows. */
export function ablationChanges(
  collections: readonly AblatedCollection[],
  seed: number,
): AblationChanges {
  const [{ rows: all }] = collections;
  const methods = [...new Set(all.map(({ method }) => method))].filter((one) => one !== undefined);
  const names = [...new Set(collections.map(({ group }) => group))];
  const groups = names.map((name) => ({
    name,
    collections: collections.filter(({ group }) => group === name)
      .map(({ collection }) => collection),
  }));
  const zeroed = withMethod(collections, undefined);
  return {
    levels: [...new Set(all.map(({ level }) => level))],
    groups,
    rows: tableRows(zeroed, groups, seed),
    ...(methods.length > 0 && {
      others: methods.map((method) => ({
        method,
        rows: tableRows(withMethod(collections, method), groups, seed),
      })),
    }),
    alpha: ALPHA,
    family:
      "Holm's correction takes the sets of all rows and levels of one validation collection " +
      "together, and its random controls together; where no query changes nothing can be found, " +
      "so such cells are in no family and count nowhere" +
      (methods.length > 0 ? "; every way of ablation has families of its own" : ""),
    interval:
      "Student's t interval over queries: 0 is outside where the paired t-test's p is below .05; it " +
      "assumes that the mean loss of so many queries is distributed about normally, which is a " +
      "rough guess where few queries change",
  };
}

/** The rows that ablate in one way. */
function withMethod(
  collections: readonly AblatedCollection[],
  method: AblationMethod | undefined,
): AblatedCollection[] {
  return collections.map((one) => ({
    ...one,
    rows: one.rows.filter((row) => row.method === method),
  }));
}

/** The rows of one way of ablation. */
function tableRows(
  collections: readonly AblatedCollection[],
  groups: AblationStudy["groups"],
  seed: number,
): AblationRow[] {
  const [{ rows }] = collections;
  const changes = collections.map((one) => {
    const found = one.rows.map((row) => change(one, row, seed));
    return corrected(found, rows.map(({ kind }) => kind));
  });
  const cells = rows.map((row, i): AblationCell => {
    const own = changes.map((found) => found[i]);
    return {
      level: row.level,
      neurons: row.neurons,
      repetitions: row.ndcg.length,
      collections: own,
      groups: groups.map(({ name, collections: members }) =>
        groupChange(name, own.filter(({ collection }) => members.includes(collection)))
      ),
    };
  });
  const marked = markColumns(cells);
  const expressions = [...new Set(rows.map(({ expression }) => expression))];
  return expressions.map((expression): AblationRow => ({
    expression,
    kind: rows.find((row) => row.expression === expression)!.kind,
    cells: marked.filter((_, i) => rows[i].expression === expression),
  }));
}

/** Holm's correction of sets, and of random controls, over the cells in which a query changes. */
function corrected(
  found: readonly CollectionChange[],
  kinds: readonly RowOnCollection["kind"][],
): CollectionChange[] {
  const families = (["set", "random"] as const).map((kind) =>
    found.filter(({ queriesUnchanged }, i) => kinds[i] === kind && queriesUnchanged < 1)
  );
  const all = new Map(families.flatMap((family) => {
    const p = holm(family.map(({ paired }) => paired.p));
    return family.map((one, i) => [one, p[i]] as const);
  }));
  return found.map((one) => ({ ...one, holm: all.get(one) ?? null }));
}

function change(
  { collection, original }: AblatedCollection,
  row: RowOnCollection,
  seed: number,
): CollectionChange {
  const repetitions = row.ndcg.length;
  // a mean of equal numbers may differ from them in its last bit; a mean of zeros does not
  const ablated = original.map((value, q) =>
    value - mean(row.ndcg.map((values) => value - values[q]))
  );
  const [before, after] = [mean(original), mean(ablated)];
  const share = (is: (difference: number) => boolean) =>
    mean(
      row.ndcg.map((values) =>
        values.filter((value, q) => is(value - original[q])).length / original.length
      ),
    );
  const percent = (value: number) => 100 * (before - value) / before;
  const percents = row.ndcg.map((values) => percent(mean(values)));
  const losses = original.map((value, q) => 100 * (value - ablated[q]));
  const [low, high] = meanInterval(losses);
  return {
    collection,
    queries: original.length,
    original: before,
    ablated: after,
    percent: before === 0 ? null : percent(after),
    points: 100 * (before - after),
    interval: { low, high },
    paired: testResult(pairedTTest(original, ablated)),
    independent: testResult(independentTTest(original, ablated)),
    holm: null, // corrected with the others
    effect: finite(cohensD(original, ablated)),
    randomisation: randomisationTest(original, ablated, { seed }),
    queriesLosing: share((difference) => difference < 0),
    queriesWinning: share((difference) => difference > 0),
    queriesUnchanged: share((difference) => difference === 0),
    percentDeviation: repetitions < 2 || before === 0 ? null : deviation(percents),
  };
}

function groupChange(group: string, members: readonly CollectionChange[]): GroupChange {
  const percents = members.map(({ percent }) => percent).filter((percent) => percent !== null);
  const count = (p: (one: CollectionChange) => number | null) =>
    members.filter((one) => (p(one) ?? 1) <= ALPHA).length;
  return {
    group,
    percent: percents.length === members.length ? mean(percents) : null,
    points: mean(members.map(({ points }) => points)),
    collections: members.length,
    significant: {
      paired: count(({ paired }) => paired.p),
      independent: count(({ independent }) => independent.p),
      holm: count((one) => one.holm),
    },
    mark: null,
  };
}

/** Marks the largest and second largest loss of each group at each level; equal ones alike. */
function markColumns(cells: readonly AblationCell[]): AblationCell[] {
  return cells.map((cell) => ({
    ...cell,
    groups: cell.groups.map((group, g) => {
      const column = cells.filter(({ level }) => level === cell.level)
        .map(({ groups }) => groups[g].percent).filter((percent) => percent !== null);
      const [largest, second] = [...new Set(column)].sort((a, b) => b - a);
      const { percent } = group;
      const mark = percent === null || !(percent > 0)
        ? null
        : percent === largest
        ? "largest"
        : percent === second
        ? "second"
        : null;
      return { ...group, mark };
    }),
  }));
}

function testResult({ t, degrees, p }: TTest): TestResult {
  return { t: finite(t), degrees, p };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
