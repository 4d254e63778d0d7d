/**
 * A study's results → the files of its report: a page, tables, figures.
 *
 * ```text
 * report.html                          everything on one page
 * explore.html                         where links to neurons and pairs lead
 * report.md                            conclusions and tables
 * tables/<table>.{tsv,md,tex}
 * figures/<figure>.{svg,png,tsv,vl.json}
 * ```
 *
 * @module
 */

import type { StudyResults } from "../experiments/results/results.ts";
import { drawPng } from "./draw/png.ts";
import { drawSvg } from "./draw/svg.ts";
import type { Figure } from "./figures/figure.ts";
import { studyFigures } from "./figures/figures.ts";
import { exploreNote, explorePage } from "./page/explore_note.ts";
import { pageHtml } from "./page/page.ts";
import { type Table, tableTsv, tsv } from "./table.ts";
import { tableLatex } from "./table_latex.ts";
import { tableMarkdown } from "./table_markdown.ts";
import { studyTables } from "./tables/tables.ts";
import { escapeMarkdown } from "./text.ts";

/** A file to be written. */
export interface ReportFile {
  /** From the results' folder, with slashes. */
  readonly path: string;
  /** Text, or a picture's bytes. */
  readonly content: string | Uint8Array;
}

/** The page's file. */
export const reportPage = "report.html";

/** Options of {@linkcode reportFiles}. */
export interface ReportOptions {
  /** Called before each figure with how many are drawn, and of how many. */
  readonly progress?: (done: number, of: number) => void;
}

/** The report's files. The same results give the same bytes. */
export async function reportFiles(
  results: StudyResults,
  { progress }: ReportOptions = {},
): Promise<readonly ReportFile[]> {
  const tables = studyTables(results);
  const figures = studyFigures(results);
  const everyFigure = Object.values(figures).flat() as readonly Figure[];
  const everyTable = Object.values(tables).flat() as readonly Table[];
  const drawings = new Map<string, string>();
  const files: ReportFile[] = [];
  for (const [done, figure] of everyFigure.entries()) {
    progress?.(done, everyFigure.length);
    const svg = await drawSvg(figure.spec);
    drawings.set(figure.id, svg);
    files.push(...figureFiles(figure, svg), {
      path: `figures/${figure.id}.png`,
      content: await drawPng(svg),
    });
  }
  return [
    { path: reportPage, content: pageHtml({ results, tables, figures, drawings }) },
    { path: explorePage, content: exploreNote },
    { path: "report.md", content: reportMarkdown(results.title, everyTable) },
    ...everyTable.flatMap(tableFiles),
    ...files,
  ];
}

function tableFiles(table: Table): readonly ReportFile[] {
  return [
    { path: `tables/${table.id}.tsv`, content: tableTsv(table) },
    { path: `tables/${table.id}.md`, content: tableMarkdown(table) },
    { path: `tables/${table.id}.tex`, content: tableLatex(table) },
  ];
}

/** A figure's files but for its PNG. */
export function figureFiles({ id, spec, rows }: Figure, svg: string): readonly ReportFile[] {
  const columns = Object.keys(rows[0] ?? {});
  return [
    { path: `figures/${id}.svg`, content: svg },
    { path: `figures/${id}.vl.json`, content: JSON.stringify(spec, null, 1) + "\n" },
    {
      path: `figures/${id}.tsv`,
      content: tsv([columns, ...rows.map((row) => columns.map((column) => row[column]))]),
    },
  ];
}

function reportMarkdown(title: string, tables: readonly Table[]): string {
  return [`# ${escapeMarkdown(title)}`, "", ...tables.map(tableMarkdown)].join("\n");
}
