import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { studyFigures } from "../../src/report/figures/figures.ts";
import { pageHtml } from "../../src/report/page/page.ts";
import { type ReportFile, reportFiles } from "../../src/report/report.ts";
import { tableLatex } from "../../src/report/table_latex.ts";
import { tableMarkdown } from "../../src/report/table_markdown.ts";
import { tableTsv } from "../../src/report/table.ts";
import { ablationTable } from "../../src/report/tables/ablation.ts";
import { studyTables } from "../../src/report/tables/tables.ts";
import { linePlain } from "../../src/report/text.ts";
import { syntheticResults } from "./synthetic.ts";

const results = syntheticResults();
let drawn: Promise<readonly ReportFile[]> | undefined;
const files = () => drawn ??= reportFiles(results);
const text = async (path: string) =>
  String((await files()).find((file) => file.path === path)!.content);

Deno.test("signalTable() and axiomTable() have a column a set, and say what is left out", () => {
  const results = syntheticResults();
  const [signals, axioms] = studyTables(results).description;
  assertEquals(tableTsv(signals).split("\n").slice(0, 2).map((line) => line.split("\t")), [
    [
      ...["quantity", "signal", "median P[ms]", "significant P[ms]"],
      ...["median random(P[ms], 1)", "significant random(P[ms], 1)"],
    ],
    ["conductance", "bm25", "0.4", "300", String(.4 - .1), "100"],
  ]);
  assertEquals(signals.rows.length, 4);
  assert(
    signals.notes!.some((note) => linePlain(note).includes("query-length is left out: it is 3")),
  );
  assertEquals(
    tableTsv(axioms).split("\n")[1],
    ["TFC1", 20, .04, .01, .07, .03, 5, 5].join("\t"),
  );
});

Deno.test("reportFiles() writes no file twice, and all that its page links to", async () => {
  const paths = (await files()).map(({ path }) => path);
  assertEquals(new Set(paths).size, paths.length);
  const page = await text("report.html");
  const links = [
    ...page.matchAll(/href="(?:\.\/)?((?:tables|figures)\/[^"]+|explore\.html)[^"]*"/g),
  ].map(([, path]) => path);
  assert(links.length > 50);
  assertEquals(links.filter((link) => !paths.includes(link)), []);
});

Deno.test("reportFiles() gives the same bytes for the same results", async () => {
  const again = await reportFiles(results);
  for (const [i, file] of (await files()).entries()) {
    assertEquals(again[i].path, file.path);
    assert(
      typeof file.content === "string"
        ? again[i].content === file.content
        : file.content.every((byte, at) => byte === again[i].content[at]),
      file.path,
    );
  }
});

Deno.test("pageHtml() shows a passage with <script> as text", async () => {
  const page = await text("report.html");
  assert(!page.includes("<script"));
  assert(page.includes("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"));
});

Deno.test("pageHtml() closes every element, and no id stands twice", async () => {
  const page = await text("report.html");
  const open: string[] = [];
  const empty = new Set(["meta", "!DOCTYPE"]);
  for (const [, slash, name, closed] of page.matchAll(/<(\/?)([!a-zA-Z0-9]+)[^>]*?(\/?)>/g)) {
    if (empty.has(name) || closed) continue;
    if (slash) assertEquals(open.pop(), name);
    else open.push(name);
  }
  assertEquals(open, []);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("pageHtml() loads nothing: no address but namespaces and files beside it", async () => {
  const page = await text("report.html");
  const addresses = [...page.matchAll(/\b(?:href|src)="([^"]*)"|url\(([^)]*)\)/g)]
    .map(([, link, url]) => link ?? url);
  assertEquals(addresses.filter((each) => !/^(#|\.\/|tables\/|figures\/)/.test(each)), []);
  assert(page.includes("default-src &#39;none&#39;"));
});

Deno.test("pageHtml() leaves out sections that a study lacks", () => {
  const { overlaps: _, ablation: __, traces: ___, ...small } = results;
  const figures = studyFigures(small);
  const page = pageHtml({
    results: small,
    tables: studyTables(small),
    figures,
    drawings: new Map(),
  });
  assert(!page.includes('id="overlaps"') && !page.includes('id="ablation"'));
  assert(page.includes('id="schemes"'));
});

Deno.test("pageHtml() shows at every claim its verdict, tally, evidence, caveat and all of its tests", async () => {
  const page = await text("report.html");
  const start = page.indexOf('id="claim-disjoint-labels"');
  const claim = page.slice(start, page.indexOf("</li>", start));
  for (
    const part of [
      ...["Holds", "1 for, 0 against, 1 undecided", "Evidence: 43 queries or more a scheme"],
      ...["But note:", "All 2 tests", "0.50 to 1.10", ".900", "supports", "no query changes"],
    ]
  ) assert(claim.includes(part), `${part} in ${claim}`);
  assert(page.includes("Cannot be told"));
  assert(page.includes("<b>1 of 4</b>claims of the paper hold, 1 cannot be told"));
});

Deno.test("studyTables() warn where queries are at the best of their candidates, and count short lists", () => {
  const [, validation] = studyTables(results).setup;
  const notes = tableMarkdown(validation);
  assert(notes.includes("Warning: 60"), notes);
  assert(notes.includes("7 of 200 lists of LoTTE science have fewer passages of BM25"), notes);
  assertEquals(notes.match(/Warning/g)!.length, 1);
});

Deno.test("studyTables() say where no query changes, and show the last layer apart", () => {
  const { detail, segments, conclusions } = studyTables(results);
  const nothing = tableTsv(detail[0]).split("\n").filter((line) => line.startsWith("all(F, A"));
  assert(nothing.length === 6 && tableMarkdown(detail[0]).includes("no query"));
  const [first, last] = segments[0].rows;
  assertEquals([first.cells[1].content[0], last.cells[1].content[0]], ["0 to 22", "23, the last"]);
  const { absolute, tokens } = results.segments![0];
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const below = absolute.slice(0, 23).flat();
  const share = sum(below.map(([cls]) => cls)) / sum(below.map(sum));
  assertAlmostEquals(Number(first.cells[2].value), share, 1e-12);
  assertAlmostEquals(Number(first.cells[3].value), share / (tokens[0] / sum(tokens)), 1e-12);
  assertEquals(last.cells[3].value, null); // [CLS] is there by construction
  const tests = tableTsv(conclusions[1]).trimEnd().split("\n").map((line) => line.split("\t"));
  assertEquals(tests[1], [
    "disjoint-labels",
    "P[ms] & N[ms], 1 %",
    "0.8",
    "%",
    "0.5",
    "1.1",
    "0.9",
    "supports",
  ]);
});

Deno.test("ablationTable() marks the largest change bold and the second underlined", () => {
  const table = ablationTable(results.ablation!);
  const marks = table.rows.flatMap(({ cells }) => cells.map(({ mark }) => mark));
  assertEquals(marks.filter((mark) => mark === "largest").length, 6);
  assertEquals(marks.filter((mark) => mark === "second").length, 6);
  const largest = table.rows.flatMap(({ cells }) => cells).find(({ mark }) => mark === "largest")!;
  assert(tableMarkdown(table).includes(`**${largest.content[0]}**`));
  assert(tableLatex(table).includes(`\\textbf{${largest.content[0]}}`));
});

Deno.test("tableTsv() gives unrounded numbers, a line a row, as many fields in each", () => {
  const table = ablationTable(results.ablation!);
  const lines = tableTsv(table).trimEnd().split("\n").map((line) => line.split("\t"));
  assertEquals(lines.length, 1 + table.rows.length);
  assert(lines.every((line) => line.length === table.columns.length));
  assertEquals(lines[1][0], "P[ms]");
  assertEquals(Number(lines[1][2]), results.ablation!.rows[0].cells[0].groups[0].percent);
});

Deno.test("tables have a cell for every column, in every medium", () => {
  for (const table of Object.values(studyTables(results)).flat()) {
    for (const { cells } of table.rows) assertEquals(cells.length, table.columns.length, table.id);
    const columns = tableMarkdown(table).split("\n").filter((line) => line.startsWith("|"))
      .map((line) => line.replace(/\\./g, "").split("|").length);
    assertEquals(new Set(columns).size, 1, table.id);
    const latex = tableLatex(table).split("\\toprule\n")[1].split("\\bottomrule")[0];
    const ampersands = latex.split("\n").filter((line) => line.endsWith("\\\\"))
      .map((line) => line.replace(/\\&/g, "").split("&").length);
    assertEquals(new Set(ampersands), new Set([table.columns.length]), table.id);
  }
});
