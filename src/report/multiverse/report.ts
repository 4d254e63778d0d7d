/** A multiverse → the files of its report: a page, tables, a specification curve a claim. */

import type { ClaimCurve, MultiverseResults } from "../../experiments/results/results.ts";
import { drawPng } from "../draw/png.ts";
import { drawSvg } from "../draw/svg.ts";
import type { Figure } from "../figures/figure.ts";
import { figureFiles, type ReportFile, reportPage } from "../report.ts";
import { curveFigure } from "./curve_figure.ts";
import { multiversePage } from "./page.ts";
import { choicesTsv, universesTsv } from "./tables.ts";

/** Options of {@linkcode multiverseFiles}. */
export interface MultiverseReportOptions {
  /** What a claim's curve says in one line. */
  readonly lineOf: (curve: ClaimCurve) => string;
  /** Called before each figure with how many are drawn, and of how many. */
  readonly progress?: (done: number, of: number) => void;
}

/** The report's files. The same results give the same bytes. */
export async function multiverseFiles(
  results: MultiverseResults,
  { lineOf, progress }: MultiverseReportOptions,
): Promise<readonly ReportFile[]> {
  const curves = new Map<string, { readonly figure: Figure; readonly svg: string }>();
  const files: ReportFile[] = [];
  for (const [done, curve] of results.claims.entries()) {
    progress?.(done, results.claims.length);
    const figure = curveFigure(curve, results);
    if (!figure) continue;
    const svg = await drawSvg(figure.spec);
    curves.set(curve.id, { figure, svg });
    files.push(...figureFiles(figure, svg), {
      path: `figures/${figure.id}.png`,
      content: await drawPng(svg),
    });
  }
  const lines = new Map(results.claims.map((one) => [one.id, lineOf(one)]));
  return [
    { path: reportPage, content: multiversePage(results, { lines, curves }) },
    { path: "multiverse.tsv", content: universesTsv(results) },
    { path: "choices.tsv", content: choicesTsv(results) },
    ...files,
  ];
}
