// Every column of every table and of every file of data against the results that it is drawn from.

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Table, Value } from "../../src/report/table.ts";
import { ablationTable, ablationTestsTable } from "../../src/report/tables/ablation.ts";
import { ablationTsv, queriesTsv } from "../../src/report/tables/ablation_data.ts";
import { ablationDetailTables } from "../../src/report/tables/ablation_detail.ts";
import { baselineTable, baselineTsv } from "../../src/report/tables/baselines.ts";
import { certaintyTable, membersTsv } from "../../src/report/tables/certainty.ts";
import { attributionTable, validationTable } from "../../src/report/tables/collections.ts";
import { claimTestsTable, conclusionTable } from "../../src/report/tables/conclusions.ts";
import {
  convergencePairsTsv,
  convergenceTable,
  convergenceTsv,
} from "../../src/report/tables/convergence.ts";
import { locationTable, locationTsv } from "../../src/report/tables/location.ts";
import { notationTable } from "../../src/report/tables/notations.ts";
import { overlapTsv } from "../../src/report/tables/overlaps.ts";
import { schemeTable, strongestTable } from "../../src/report/tables/schemes.ts";
import { segmentTsv } from "../../src/report/tables/segments.ts";
import { studyTables } from "../../src/report/tables/tables.ts";
import { traceTsv } from "../../src/report/tables/traces.ts";
import { linePlain } from "../../src/report/text.ts";
import { space } from "../experiments/schemes.ts";
import { syntheticResults } from "./synthetic.ts";

const results = syntheticResults();
const { schemes, attribution, validation } = results;
const components = Object.keys(results.model.units);
const ablation = results.ablation!;
const convergence = results.convergence!;

/** The values of a table's columns by their keys. */
function valuesOf({ columns, rows }: Table): Record<string, Value[]> {
  return Object.fromEntries(
    columns.map(({ key }, c) => [key, rows.map(({ cells }) => cells[c].value)]),
  );
}

/** What readers see in a column. */
function shownIn({ columns, rows }: Table, key: string): string[] {
  const c = columns.findIndex((column) => column.key === key);
  return rows.map(({ cells }) => linePlain(cells[c].content).replaceAll("\u00a0", " "));
}

/** A tab-separated file's columns; numbers as numbers, empty fields as null. */
function columnsOf(text: string): Record<string, Value[]> {
  const [header, ...lines] = text.split("\n").slice(0, -1).map((line) => line.split("\t"));
  for (const line of lines) assertEquals(line.length, header.length);
  const read = (field: string) =>
    field === "" ? null : Number.isNaN(Number(field)) ? field : Number(field);
  return Object.fromEntries(header.map((key, c) => [key, lines.map((line) => read(line[c]))]));
}

/** As files of data have numbers. */
const rounded = (value: number | null | undefined) =>
  typeof value === "number" ? Number(value.toPrecision(12)) : null;

Deno.test("schemeTable() and strongestTable() have every scheme's numbers, unrounded in the file", () => {
  assertEquals(valuesOf(schemeTable(schemes)), {
    scheme: schemes.map(({ name }) => name),
    pairs: schemes.map(({ pairs }) => pairs),
    queries: schemes.map(({ queries }) => queries),
    dropped: schemes.map(({ dropped }) => dropped),
    evaluations: schemes.map(({ evaluations }) => evaluations),
    gap_mean: schemes.map(({ completeness }) => completeness.mean),
    gap_worst: schemes.map(({ completeness }) => completeness.worst),
    gap_worst_absolute: schemes.map(({ completeness }) => completeness.worstAbsolute),
  });
  const gap = schemes[0].completeness.worst;
  assertEquals(shownIn(schemeTable(schemes), "gap_worst")[0], `${(100 * gap).toFixed(3)} %`);
  assertEquals(shownIn(schemeTable(schemes), "queries").filter((text) => text === "–").length, 2);

  const five = schemes.flatMap(({ name, strongest }) =>
    strongest.slice(0, 5).map((one, i) => ({ ...one, name, rank: i + 1 }))
  );
  const table = strongestTable(schemes);
  assertEquals(valuesOf(table), {
    scheme: five.map(({ name }) => name),
    rank: five.map(({ rank }) => rank),
    neuron: five.map(({ neuron }) => neuron),
    mean: five.map(({ mean }) => mean),
    standard_error: five.map(({ standardError }) => standardError),
  });
  assertEquals(table.rows.slice(0, 6).map(({ cells: [{ span, covered }] }) => [span, covered]), [
    [5, false],
    ...[4, 3, 2, 1].map((left) => [left, true]),
    [5, false],
  ]);
  assertEquals(table.notes.map((note) => linePlain(note).slice(0, 5)), ["P[nq]", "N[nq]"]);
});

Deno.test("attributionTable() and validationTable() have the collections' pairs, queries and nDCG@10", () => {
  const pairs = (collection: string, label: string) =>
    schemes.find((one) => one.collection === collection && one.label === label)?.pairs ?? null;
  const names = attribution.map(({ abbreviation }) => abbreviation);
  const table = attributionTable(results);
  assertEquals(valuesOf(table), {
    collection: attribution.map(({ name }) => name),
    abbreviation: names,
    task: attribution.map(({ task }) => task),
    in_domain: ["yes", ...Array(names.length - 1).fill("no")],
    relevant: names.map((name) => pairs(name, "relevant")),
    non_relevant: names.map((name) => pairs(name, "non-relevant")),
  });
  assertEquals(shownIn(table, "non_relevant").filter((text) => text === "–").length, 2);
  const judged = validationTable(results);
  assertEquals(valuesOf(judged), {
    collection: validation.map(({ name }) => name),
    abbreviation: validation.map(({ abbreviation }) => abbreviation),
    group: validation.map(({ group }) => group),
    queries: validation.map(({ queries }) => queries),
    candidates: validation.map(({ candidates }) => candidates),
    "ndcg@10": validation.map(({ original }) => original),
    attainable: validation.map(({ attainable }) => attainable),
    at_attainable: validation.map(({ atAttainable }) => atAttainable),
  });
  assertEquals(shownIn(judged, "at_attainable"), ["20 %", "20 %", "20 %", "20 %", "60 %", "20 %"]);
  assertEquals(shownIn(judged, "candidates")[0], "6,312");
  assertEquals(judged.notes.length, 2); // a warning, and short lists of one collection
  const [{ withoutCandidates: _, ...one }] = validation;
  const left = validationTable({
    ...results,
    validation: [{ ...one, atAttainable: 0.5, shortLists: 1, withoutCandidates: ["q7", "q9"] }],
  });
  assertEquals(left.notes.map(linePlain), [
    "1 of 200 lists of LoTTE lifestyle have fewer passages of BM25 than the study asks for.",
    "Left out of LoTTE lifestyle, for nothing but relevant passages was found: q7, q9.",
  ]);
});

Deno.test("baselineTable() marks the choice, and says how far ahead of the others [PAD] is", () => {
  const { baselines } = results;
  const table = baselineTable(baselines!);
  assertEquals(valuesOf(table), {
    baseline: baselines!.rows.map(({ baseline }) => baseline),
    difference: baselines!.rows.map(({ difference }) => difference),
    standard_error: baselines!.rows.map(({ standardError }) => standardError),
    paper: baselines!.rows.map(({ paper }) => paper),
  });
  assertEquals(table.rows.map(({ cells }) => cells[1].mark), [
    ...[null, "largest", null, null, null, null],
  ]);
  const { chosen, pairs } = columnsOf(baselineTsv(baselines!));
  assertEquals(chosen, ["false", "true", "false", "false", "false", "false"]);
  assertEquals(pairs, Array(6).fill(1000));
  assertEquals(shownIn(table, "difference").slice(-2), ["1.000", "−0.341"]);
  assertEquals(shownIn(table, "paper"), ["1.00", "0.21", "1.00", "0.67", "1.00", "–"]);
  assertEquals(
    linePlain(table.notes[0]).replaceAll("\u00a0", " "),
    "All tokens → [PAD] is closer to 0 than the closest of the others (pad-content) by 0.130 " +
      "(95 % interval 0.080 to 0.180, p .002).",
  );
});

Deno.test("notationTable() shows the notation of the collections that a study has", () => {
  assertEquals(valuesOf(notationTable(results)).expression, [
    ...["A", "O", "P[ms]", "N[ms]", "P[ms] & P[f]", "all(P, A)", "F[ms]"],
    ...["all(F, A - f - b)", "fuse(A)", "random(P[ms], 0)"],
  ]);
  const all = "Every collection of the attribution corpus";
  const others = "Every collection that the model was not trained on";
  const meanings = (sets: Record<string, string[]>) =>
    valuesOf(notationTable({ ...results, sets })).meaning.slice(0, Object.keys(sets).length);
  const names = attribution.map(({ abbreviation }) => abbreviation);
  assertEquals(meanings({ A: names, O: names.slice(1), X: ["ms", "f"], Y: ["f", "nq"] }), [
    all,
    others,
    "Some collections of the attribution corpus",
    "Some collections that the model was not trained on",
  ]);
  const few = notationTable({
    ...results,
    sets: { B: ["f"] },
    attribution: attribution.slice(1, 2),
  });
  assertEquals(valuesOf(few).expression, ["B", "P[f]", "all(P, B)", "fuse(B)", "random(P[f], 0)"]);
  assertEquals(few.notes.map(linePlain), [
    "Without judged non-relevant pairs, so left out wherever N or F is concerned: f.",
  ]);
});

Deno.test("ablationTable() and ablationTestsTable() have every group's change at every level", () => {
  const of = ablation.rows.flatMap((row) =>
    ablation.groups.map(({ name }) =>
      row.cells.map(({ groups }) => groups.find(({ group }) => group === name)!)
    )
  );
  const { set, group, ...percents } = valuesOf(ablationTable(ablation));
  assertEquals(set, ablation.rows.flatMap(({ expression }) => [expression, expression]));
  assertEquals(group, ablation.rows.flatMap(() => ["LoTTE", "MS MARCO dev"]));
  assertEquals(
    percents,
    Object.fromEntries(
      ablation.levels.map((level, l) => [
        `percent@${level}`,
        of.map((cells) => cells[l].percent),
      ]),
    ),
  );
  ablation.levels.forEach((level, l) => {
    const shown = shownIn(ablationTable(ablation), `percent@${level}`);
    const counts = shown.map((text) => Number(/ \((\d+)\)$/.exec(text)?.[1] ?? 0));
    assertEquals(counts, of.map((cells) => cells[l].significant.paired));
  });
  assert(of.some((cells) => cells.some(({ significant }) => significant.paired > 0)));
  assertEquals(shownIn(ablationTable(ablation), "group").slice(0, 2), [
    "LoTTE, mean of 5",
    "MS MARCO dev",
  ]);
  const { set: _, group: __, ...tests } = valuesOf(ablationTestsTable(ablation));
  const expected = ablation.levels.flatMap((level, l) => [
    [`points@${level}`, of.map((cells) => cells[l].points)],
    [`paired@${level}`, of.map((cells) => cells[l].significant.paired)],
    [`holm@${level}`, of.map((cells) => cells[l].significant.holm)],
    [`independent@${level}`, of.map((cells) => cells[l].significant.independent)],
  ]);
  assertEquals(tests, Object.fromEntries(expected));
});

Deno.test("ablationDetailTables() and ablationTsv() have every collection's tests, each in its column", () => {
  const tables = ablationDetailTables(ablation);
  assertEquals(tables.map(({ id }) => id), [
    "table-4-at-0-01",
    "table-4-at-0-1",
    "table-4-at-1",
  ]);
  for (const [at, table] of tables.entries()) {
    const changes = ablation.rows.flatMap(({ expression, cells }) =>
      cells[at].collections.map((one) => ({ ...one, expression, neurons: cells[at].neurons }))
    );
    assertEquals(valuesOf(table), {
      set: changes.map(({ expression }) => expression),
      collection: changes.map(({ collection }) => collection),
      neurons: changes.map(({ neurons }) => neurons),
      percent: changes.map(({ percent }) => percent),
      percent_deviation: changes.map(({ percentDeviation }) => percentDeviation),
      points: changes.map(({ points }) => points),
      points_low: changes.map(({ interval }) => interval.low),
      points_high: changes.map(({ interval }) => interval.high),
      t: changes.map(({ paired }) => paired.t),
      p_paired: changes.map(({ paired }) => paired.p),
      p_holm: changes.map(({ holm }) => holm),
      p_randomisation: changes.map(({ randomisation }) => randomisation),
      p_independent: changes.map(({ independent }) => independent.p),
      d: changes.map(({ effect }) => effect),
      losing: changes.map(({ queriesLosing }) => queriesLosing),
      winning: changes.map(({ queriesWinning }) => queriesWinning),
    });
  }
  // by row and level its collections, then the one group that has several
  const lines = ablation.rows.flatMap(({ expression, cells }) =>
    cells.flatMap((cell) => [
      ...cell.collections.map((one) => ({ expression, cell, one, group: undefined })),
      { expression, cell, one: undefined, group: cell.groups[0] },
    ])
  );
  assertEquals(columnsOf(ablationTsv(ablation)), {
    expression: lines.map(({ expression }) => expression),
    level_percent: lines.map(({ cell }) => rounded(100 * cell.level)),
    neurons: lines.map(({ cell }) => cell.neurons),
    repetitions: lines.map(({ cell }) => cell.repetitions),
    collection: lines.map(({ one }) => one?.collection ?? "LoTTE (5)"),
    queries: lines.map(({ one }) => one?.queries ?? null),
    original_ndcg10: lines.map(({ one }) => rounded(one?.original)),
    ablated_ndcg10: lines.map(({ one }) => rounded(one?.ablated)),
    change_percent: lines.map(({ one, group }) => rounded((one ?? group)!.percent)),
    change_points: lines.map(({ one, group }) => rounded((one ?? group)!.points)),
    points_low: lines.map(({ one }) => rounded(one?.interval.low)),
    points_high: lines.map(({ one }) => rounded(one?.interval.high)),
    paired_t: lines.map(({ one }) => rounded(one?.paired.t)),
    paired_p: lines.map(({ one }) => rounded(one?.paired.p)),
    holm_p: lines.map(({ one }) => rounded(one?.holm)),
    independent_t: lines.map(({ one }) => rounded(one?.independent.t)),
    independent_p: lines.map(({ one }) => rounded(one?.independent.p)),
    cohens_d: lines.map(({ one }) => rounded(one?.effect)),
    randomisation_p: lines.map(({ one }) => rounded(one?.randomisation)),
    queries_losing: lines.map(({ one }) => rounded(one?.queriesLosing)),
    queries_winning: lines.map(({ one }) => rounded(one?.queriesWinning)),
    queries_unchanged: lines.map(({ one }) => rounded(one?.queriesUnchanged)),
    percent_deviation: lines.map(({ one }) => rounded(one?.percentDeviation)),
    significant_paired: lines.map(({ group }) => group?.significant.paired ?? null),
    significant_independent: lines.map(({ group }) => group?.significant.independent ?? null),
    significant_holm: lines.map(({ group }) => group?.significant.holm ?? null),
  });
});

Deno.test("queriesTsv() has every query's loss under the mean of a row's sets", () => {
  const text = queriesTsv({
    ...{ queries: ["q1", "q2"], candidates: 40, original: [0.5, 0.25], attainable: [1, 1] },
    rows: [{
      ...{ expression: "P[ms]", kind: "set", level: 0.01, neurons: 3, ndcg: [[0.25, 0.5]] },
      swaps: [{ entered: ["a", "b"], left: ["c", "d"] }, { entered: [], left: [] }],
    }, {
      ...{ expression: "random(P[ms])", kind: "random", level: 0.01, neurons: 3 },
      ndcg: [[0.5, 0], [0, 1]],
    }],
  });
  assertEquals(columnsOf(text), {
    expression: ["P[ms]", "P[ms]", "random(P[ms])", "random(P[ms])"],
    level_percent: [1, 1, 1, 1],
    query: ["q1", "q2", "q1", "q2"],
    original: [0.5, 0.25, 0.5, 0.25],
    ablated: [0.25, 0.5, 0.25, 0.5],
    loss: [0.25, -0.25, 0.25, -0.25],
    entered: ["a b", null, null, null],
    left: ["c d", null, null, null],
  });
});

Deno.test("locationTable() compares members with an even spread; locationTsv() sums rows and columns", () => {
  const { model } = results;
  const locations = results.locations!;
  const { members, share, share_of_neurons, ratio, component, level } = valuesOf(
    locationTable(locations, model),
  ) as Record<string, number[]>;
  assertEquals(component.slice(0, 6) as unknown[], [...components]);
  assertEquals(level, Array(12).fill(0.01));
  for (const [i, { size, counts }] of locations.entries()) {
    const own = members.slice(6 * i, 6 * i + 6);
    assertEquals(own.reduce((a, b) => a + b, 0), size);
    assertEquals(own[2], counts.reduce((sum, row) => sum + row[2], 0));
    assertAlmostEquals(share[6 * i + 2], own[2] / size, 1e-12);
  }
  assertEquals(share_of_neurons.slice(0, 6), [...[1, 1, 1, 1, 4, 1].map((x) => x / 9)]);
  for (const i of members.keys()) {
    assertAlmostEquals(ratio[i], share[i] / share_of_neurons[i], 1e-12);
  }
  const { layer, all, ...byComponent } = columnsOf(
    locationTsv({ components, counts: [[1, 2, 3, 4, 5, 6], [10, 20, 30, 40, 50, 60]] }),
  );
  assertEquals([layer, all], [[0, 1, "all"], [21, 210, 231]]);
  assertEquals(byComponent, {
    query: [1, 10, 11],
    key: [2, 20, 22],
    value: [3, 30, 33],
    attention_output: [4, 40, 44],
    intermediate: [5, 50, 55],
    ff_output: [6, 60, 66],
  });
});

Deno.test("certaintyTable() has a set's members, how many are sure, and their histogram", () => {
  const certainty = results.certainty!;
  const table = certaintyTable([certainty[0], { ...certainty[1], size: 0, mean: 0 }]);
  assertEquals(valuesOf(table), {
    set: ["P[ms]", "N[ms]"],
    level: [0.01, 0.01],
    size: [2212, 0],
    queries: [43, 43],
    mean: [0.91, 0],
    sure: [1400, 1000],
    doubtful: [120, 170],
    histogram: ["0 4 12 20 40 60 110 200 366 1400", "0 4 12 20 40 60 110 200 366 1000"],
  });
  assertEquals(shownIn(table, "mean"), [".910", "–"]);
  assertEquals(shownIn(table, "histogram"), ["·▁▁▁▁▁▁▂▃█", "–"]);
  assertEquals(table.notes.length, 1); // both have the same method
  const members = [{ id: 27, probability: 1 }, { id: 0, probability: 1 / 3 }];
  assertEquals(columnsOf(membersTsv(space, members)), {
    neuron: ["1.query.1", "0.query.0"],
    probability: [1, rounded(1 / 3)],
  });
});

Deno.test("conclusionTable() and claimTestsTable() have every claim and every test of it", () => {
  const { conclusions } = results;
  const table = conclusionTable(conclusions);
  const { claim, source, verdict } = valuesOf(table);
  assertEquals([claim, source, verdict], [
    conclusions.map(({ id }) => id),
    conclusions.map(({ source }) => source),
    conclusions.map(({ verdict }) => verdict),
  ]);
  assertEquals(shownIn(table, "verdict"), ["Holds", "Mixed", "Does not hold", "Cannot be told"]);
  assertEquals(table.notes.map(linePlain), [
    "The sets of the two labels are almost disjoint: a caveat with P[ms] & N[ms] in it",
  ]);
  const tests = conclusions.flatMap(({ id, tests }) => tests.map((test) => ({ id, ...test })));
  assertEquals(valuesOf(claimTestsTable(conclusions)), {
    claim: tests.map(({ id }) => id),
    test: tests.map(({ name }) => name),
    value: tests.map(({ value }) => value),
    unit: tests.map(({ unit }) => unit),
    low: tests.map(({ interval }) => interval?.low),
    high: tests.map(({ interval }) => interval?.high),
    p: tests.map(({ p }) => p),
    outcome: tests.map(({ outcome }) => outcome),
  });
  const starts = claimTestsTable(conclusions).rows.map(({ starts }) => starts);
  assertEquals(starts, [true, false, true]);
});

Deno.test("convergenceTable() has what every rule costs and errs, the paper's 100 steps marked", () => {
  const { rows } = convergence;
  const table = convergenceTable(convergence);
  const of = (scheme: number) => rows.map(({ schemes }) => schemes[scheme]);
  assertEquals(valuesOf(table), {
    rule: rows.map(({ rule }) => rule),
    parameter: rows.map(({ steps, tolerance }) => steps ?? tolerance),
    evaluations: rows.map(({ evaluations }) => evaluations),
    error: rows.map(({ error }) => error.mean),
    median_error: rows.map(({ error }) => error.median),
    worst_error: rows.map(({ error }) => error.worst),
    rank_correlation: rows.map(({ rank }) => rank.mean),
    overlap: rows.map(({ overlap }) => overlap.mean),
    worst_overlap: rows.map(({ overlap }) => overlap.worst),
    "overlap P[ms]": of(0).map(({ overlap }) => overlap),
    "overlap of scheme P[ms]": of(0).map(({ ofScheme }) => ofScheme!.overlap),
    "overlap N[ms]": of(1).map(({ overlap }) => overlap),
    "overlap of scheme N[ms]": of(1).map(({ ofScheme }) => ofScheme!.overlap),
    completeness: rows.map(({ completeness }) => completeness.mean),
  });
  assertEquals(shownIn(table, "evaluations").slice(-1), ["50.0"]); // a mean
  assertEquals(shownIn(table, "parameter").slice(-1), ["0.01"]);
  const marked = table.rows.filter(({ cells }) => cells.some(({ mark }) => mark === "largest"));
  assertEquals(marked.map(({ cells }) => [cells[0].value, cells[1].value]), [["right", 100]]);
  const starts = table.rows.flatMap(({ starts, cells }) => starts ? [cells[0].value] : []);
  assertEquals(starts, ["trapezoid", "adaptive"]);
});

Deno.test("convergenceTsv() has a line a rule and one a label's mean, convergencePairsTsv() one a pair", () => {
  const { rows } = convergence;
  const lines = rows.flatMap((row) => [
    { row, scheme: undefined },
    ...row.schemes.map((scheme) => ({ row, scheme })),
  ]);
  const ofRule = (of: (row: typeof rows[number]) => number | null) =>
    lines.map(({ row, scheme }) => scheme ? null : rounded(of(row)));
  const either = (
    of: (row: typeof rows[number]) => number | null,
    ofScheme: (one: typeof rows[number]["schemes"][number]) => number | null,
  ) => lines.map(({ row, scheme }) => rounded(scheme ? ofScheme(scheme) : of(row)));
  assertEquals(columnsOf(convergenceTsv(convergence)), {
    rule: lines.map(({ row }) => row.rule),
    steps: lines.map(({ row }) => row.steps),
    tolerance: lines.map(({ row }) => row.tolerance),
    of: lines.map(({ scheme }) => scheme ? `mean ${scheme.scheme}` : "pairs"),
    evaluations: lines.map(({ row }) => rounded(row.evaluations)),
    error: either(({ error }) => error.mean, ({ error }) => error),
    worst_error: ofRule(({ error }) => error.worst),
    absolute_error: ofRule(({ absoluteError }) => absoluteError.mean),
    worst_absolute_error: ofRule(({ absoluteError }) => absoluteError.worst),
    rank_correlation: ofRule(({ rank }) => rank.mean),
    worst_rank_correlation: ofRule(({ rank }) => rank.worst),
    top_overlap: either(({ overlap }) => overlap.mean, ({ overlap }) => overlap),
    worst_top_overlap: ofRule(({ overlap }) => overlap.worst),
    completeness_gap: ofRule(({ completeness }) => completeness.mean),
    worst_completeness_gap: ofRule(({ completeness }) => completeness.worst),
  });
  const pair = (n: number) => ({
    ...{ evaluations: n, error: n / 10, absoluteError: n / 20, rank: n / 30, overlap: n / 40 },
    completeness: n / 50,
  });
  const one = { ...rows[0], pairs: [pair(1), pair(2)] };
  const two = { relevant: 1, nonRelevant: 1 };
  assertEquals(columnsOf(convergencePairsTsv({ ...convergence, rows: [one], pairs: two })), {
    rule: ["right", "right"],
    steps: [5, 5],
    tolerance: [null, null],
    pair: [0, 1],
    label: ["relevant", "non-relevant"],
    evaluations: [1, 2],
    error: [0.1, 0.2],
    absolute_error: [0.05, 0.1],
    rank_correlation: [1 / 30, 2 / 30].map(rounded),
    top_overlap: [0.025, 0.05],
    completeness_gap: [0.02, 0.04],
  });
});

Deno.test("overlapTsv(), traceTsv() and segmentTsv() have every point, level, layer and segment", () => {
  const points = results.overlaps!.curves.flatMap((curve) =>
    curve.points.map((point) => ({ ...point, curve }))
  );
  assertEquals(columnsOf(overlapTsv(results.overlaps!)), {
    expression: points.map(({ curve }) => curve.expression),
    kind: points.map(({ curve }) => curve.kind),
    label: points.map(({ curve }) => curve.label ?? null),
    collections: points.map(({ curve }) => curve.collections.join(",")),
    in_domain: points.map(({ curve }) => String(curve.inDomain)),
    figures: points.map(({ curve: { figures } }) => figures.join() === "3" ? 3 : figures.join()),
    level_percent: points.map(({ level }) => rounded(100 * level)),
    size: points.map(({ size }) => size),
    count: points.map(({ count }) => count),
    percent: points.map(({ percent }) => rounded(percent)),
    low: points.map(({ interval }) => rounded(interval!.low)),
    high: points.map(({ interval }) => rounded(interval!.high)),
    chance_percent: points.map(({ chance }) => rounded(chance)),
    null_mean: points.map(({ nullBand }) => rounded(nullBand.mean)),
    null_low: points.map(({ nullBand }) => rounded(nullBand.low)),
    null_high: points.map(({ nullBand }) => rounded(nullBand.high)),
    p_at_most: points.map(({ tails }) => tails ? rounded(tails.below) : null),
    p_at_least: points.map(({ tails }) => tails ? rounded(tails.above) : null),
  });
  const places = results.traces!.flatMap(({ t, F, neurons }, pair) =>
    neurons.flatMap((neuron) => t.map((at, k) => ({ pair, neuron, at, F: F[k], k })))
  );
  assertEquals(columnsOf(traceTsv(results.traces!)), {
    pair: places.map(({ pair }) => pair),
    neuron: places.map(({ neuron }) => neuron.neuron),
    role: places.map(({ neuron }) => neuron.role),
    t: places.map(({ at }) => at),
    F: places.map(({ F }) => rounded(F)),
    activation: places.map(({ neuron, k }) => rounded(neuron.activation[k])),
    gradient: places.map(({ neuron, k }) => rounded(neuron.gradient[k])),
    conductance: places.map(({ neuron, k }) => rounded(neuron.conductance[k])),
  });
  const cells = results.segments!.flatMap((share) =>
    share.values.flatMap((layer, l) =>
      layer.flatMap((values, c) => values.map((value, s) => ({ share, l, c, s, value })))
    )
  );
  assertEquals(columnsOf(segmentTsv(results.segments!)), {
    scheme: cells.map(({ share }) => share.scheme),
    layer: cells.map(({ l }) => l),
    component: cells.map(({ c }) => components[c]),
    segment: cells.map(({ share, s }) => share.segments[s]),
    conductance: cells.map(({ value }) => rounded(value)),
    absolute: cells.map(({ share, l, c, s }) => rounded(share.absolute[l][c][s])),
    tokens: cells.map(({ share, s }) => share.tokens[s]),
  });
});

/** Per table: columns whose cells name rows, those that span groups, those that wrap; groups; first row. */
const layouts: Readonly<Record<string, readonly [string, string, string, number, string]>> = {
  "table-conclusions": [
    ...["claim", "", "claim finding evidence criterion"] as const,
    0,
    "The sets of the two labels are almost disjoint|§5.1, Fig. 3|Holds|At 1 % at most 0.8 % of a " +
    "collection’s P is in its N, below the null band (1.9 %).|43 queries or more a scheme, 6 " +
    "collections, 1 level|every overlap lies below the null band’s mean at every level of Table 4.",
  ],
  "table-claim-tests": [
    ...["claim", "claim", "test"] as const,
    2,
    "disjoint-labels|P[ms] & N[ms], 1 %|0.800|%|0.500|1.100|.900|supports",
  ],
  "table-2": ["collection", "", "", 0, "MS MARCO|ms|Web|yes|506|612"],
  "table-validation": [
    ...["collection", "", ""] as const,
    0,
    "LoTTE lifestyle|lifestyle|LoTTE|200|6,312|0.4716|0.8913|20 %",
  ],
  "table-3": [
    ...["notation", "", "meaning"] as const,
    0,
    "A = {ms, f, nq, b, tc, nf, tn, r}|A|Every collection of the attribution corpus",
  ],
  "table-1": ["baseline", "", "", 0, "Original embedding|0.987|0.003|1.00"],
  "table-schemes": ["scheme", "", "", 0, "P[ms]|506|43|109|101.0|0.012 %|0.233 %|0.0156"],
  "table-strongest": [
    ...["scheme", "scheme", ""] as const,
    14,
    "P[ms]|1|23.attention_output.418|0.8000|0.0195",
  ],
  "table-4": ["set", "set", "", 11, "P[ms]|LoTTE, mean of 5|0.47|4.92 (2)|9.47 (5)"],
  "table-4-tests": [
    ...["set", "set", ""] as const,
    11,
    "P[ms]|LoTTE, mean of 5|0.24|0|0|0|2.46|2|0|0|4.73|5|0|5",
  ],
  "table-4-at-0-01": [
    ...["set", "set", ""] as const,
    11,
    "P[ms]|lifestyle|22|0.44|–|0.22|−2.18|2.52|0.18|.776|1|.791|.859|0.01|11 %|10 %",
  ],
  "table-4-at-0-1": [
    ...["set", "set", ""] as const,
    11,
    "P[ms]|lifestyle|221|5.88|–|2.94|0.54|5.24|2.45|.032|.971|.033|.128|0.17|19 %|10 %",
  ],
  "table-4-at-1": [
    ...["set", "set", ""] as const,
    11,
    "P[ms]|lifestyle|2,212|9.54|–|4.77|2.37|7.07|3.98|.004|.115|.004|.035|0.28|25 %|10 %",
  ],
  "table-location": ["set", "set level", "", 2, "N[ms]|1 %|query|13|0.3 %|11.1 %|0.03"],
  "table-segments": [
    ...["scheme", "scheme", ""] as const,
    2,
    "P[ms]|0 to 22|27.7 %|22.88|20.8 %|2.06|5.4 %|4.46|36.9 %|0.43|9.2 %|7.60",
  ],
  "table-certainty": ["set", "", "", 0, "P[ms]|1 %|2,212|43|.910|1,400|120|·▁▁▁▁▁▁▂▃█"],
  "table-convergence": [
    ...["rule", "", ""] as const,
    2,
    "right|5|6|119.6 %|107.7 %|478.5 %|0.7608|19.1 %|15.2 %|19.1 %|19.1 %|19.1 %|19.1 %|119.6 %",
  ],
  "table-signals": [
    ...["signal", "", ""] as const,
    1,
    "conductance|bm25|+0.40|300 + 0 −|+0.30|100 + 0 −",
  ],
  "table-axioms": ["axiom", "", "", 0, "TFC1|20|0.04|0.01|0.07|.030|5 + 0 −|4 + 1 −"],
};

Deno.test("studyTables() say which cells name rows, span groups or wrap, and show numbers as readers want", () => {
  const tables = Object.values(studyTables(results)).flat() as Table[];
  const found = tables.map(({ id, columns, rows }) => {
    const [{ cells }] = rows;
    const keys = (is: (c: number) => boolean | undefined) =>
      columns.flatMap(({ key }, c) => is(c) ? [key] : []).join(" ");
    return [id, [
      keys((c) => cells[c].names),
      keys((c) => cells[c].span !== undefined),
      keys((c) => columns[c].wraps),
      rows.filter(({ starts }) => starts).length,
      cells.map(({ content }) => linePlain(content).replaceAll("\u00a0", " ")).join("|"),
    ]];
  });
  assertEquals(Object.fromEntries(found), layouts);
});

Deno.test("ablation's tables say that no query changes, how large sets are, and of how many draws controls", () => {
  const [row] = ablation.rows;
  const unchanged = row.cells[0].collections.map((one) => ({ ...one, holm: null }));
  const cells = [{ ...row.cells[0], collections: unchanged }];
  const [table] = ablationDetailTables({ ...ablation, levels: [0.01], rows: [{ ...row, cells }] });
  assertEquals([shownIn(table, "p_paired")[0], shownIn(table, "p_holm")[0]], [
    "no query",
    "changes",
  ]);
  const random = {
    ...{ expression: "random(N[ms], 3)", kind: "random" as const },
    cells: row.cells.map((cell) => ({ ...cell, repetitions: 50 })),
  };
  const { notes, rows } = ablationTable({ ...ablation, rows: [row, random] });
  const sizes = row.cells.map(({ neurons }) => neurons.toLocaleString("en")).join(", ");
  assertEquals(
    linePlain(notes[0]).replaceAll("\u00a0", " "),
    `Neurons zeroed at 0.01 %, 0.1 %, 1 %: P[ms] ${sizes}. Random rows are means of 50 draws.`,
  );
  assertEquals(linePlain(rows[2].cells[0].content), "Random, like N[ms]");
  // a group of two has a line of its own, one of one collection has none
  const groups = [{ name: "two", collections: ["x", "y"] }, { name: "one", collections: ["z"] }];
  const change = (group: string) => ({ ...row.cells[0].groups[0], group, collections: 2 });
  const two = { ...row.cells[0], collections: [], groups: [change("two"), change("one")] };
  const text = ablationTsv({ ...ablation, groups, rows: [{ ...row, cells: [two] }] });
  assertEquals(columnsOf(text).collection, ["two (2)"]);
});

Deno.test("schemeTable() says where an imported scheme was made, as far as its file does", () => {
  const imported = { file: "a/P", sha256: "ab".repeat(32), pair_list_sha256: "" };
  const notes = (of: { version: string; adapter: string }) =>
    schemeTable([{ ...schemes[0], imported: { ...imported, ...of } }]).notes.map(linePlain);
  assertEquals(notes({ version: "0.1.0", adapter: "H100" }), [
    "P[ms] was made elsewhere (version 0.1.0, H100) and taken from a/P, SHA-256 abababababababab.",
  ]);
  assertEquals(notes({ version: "", adapter: "" }), [
    "P[ms] was made elsewhere (version unknown, unknown adapter) and taken from a/P, SHA-256 " +
    "abababababababab.",
  ]);
});

Deno.test("Table 4 shows ways of ablation side by side, its files of data one beneath another", () => {
  const half = ablation.rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell) => ({
      ...cell,
      groups: cell.groups.map((group) => ({ ...group, percent: (group.percent ?? 0) / 2 })),
    })),
  }));
  const several = { ...ablation, others: [{ method: "mean", rows: half }] };
  const table = ablationTable(several);
  const found = valuesOf(table);
  const alone = valuesOf(ablationTable(ablation));
  ablation.levels.forEach((level) => {
    const zero = alone[`percent@${level}`];
    assertEquals(found[`percent@${level}`], zero);
    assertEquals(found[`percent@${level} mean`], zero.map((value) => Number(value ?? 0) / 2));
  });
  assertEquals(
    table.columns.map(({ heading }) => linePlain(heading).replaceAll("\u00a0", " ")).slice(0, 4),
    ["Neurons ablated", "Collections", "0.01 %, zero", "mean"],
  );
  assert(linePlain(table.caption).includes("zeroed, set to their means;"));
  const [header, ...lines] = ablationTsv(several).trimEnd().split("\n");
  const plain = ablationTsv(ablation).trimEnd().split("\n");
  assertEquals(header, `ablation\t${plain[0]}`);
  assertEquals(lines.length, 2 * (plain.length - 1));
  assertEquals(
    lines.slice(0, plain.length - 1).map((line) => line.split("\t")[0]).join(),
    plain.slice(1).map(() => "zero").join(),
  );
  assert(lines.at(-1)!.startsWith("mean\t"));
  const detail = ablationDetailTables(several);
  assertEquals(new Set(detail.map(({ id }) => id)).size, 2 * ablation.levels.length);
});
