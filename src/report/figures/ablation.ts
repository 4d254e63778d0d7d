/** Table 4 as pictures: the loss of every set on every collection, with its interval. */

import type { AblationStudy } from "../../experiments/results/results.ts";
import { alphaText, percent } from "../numbers.ts";
import { rowName } from "../tables/ablation.ts";
import { type Line, linePlain } from "../text.ts";
import { colours, type Figure, figureWidth, frame, series } from "./figure.ts";

/** One figure a level. */
export function ablationFigures(study: AblationStudy): readonly Figure[] {
  return study.levels.map((level, at) => {
    const rows = study.rows.flatMap((row) =>
      row.cells[at].collections.map((change) => ({
        set: unicode(rowName(row)),
        expression: row.expression,
        collection: change.collection,
        points: change.points,
        low: change.interval.low,
        high: change.interval.high,
        p: change.paired.p,
        significant: change.paired.p <= study.alpha,
      }))
    );
    const collections = [...new Set(rows.map(({ collection }) => collection))];
    const sets = [...new Set(rows.map(({ set }) => set))];
    const left = 30 + 7.8 * Math.max(...sets.map((set) => set.length));
    const y = { field: "set", type: "nominal", sort: sets, axis: axisOfSets };
    const yOffset = { field: "collection", type: "nominal", sort: collections };
    const step = Math.max(22, 9 * collections.length + 8);
    const colour = {
      field: "collection",
      type: "nominal",
      scale: { domain: collections, range: collections.map((_, i) => series[i % series.length]) },
      legend: legendBelow(collections, left, step * sets.length),
    };
    return {
      id: `figure-ablation-${percent(level).replace(/[^\d.]/g, "").replace(".", "-")}`,
      number: "",
      title: `Ablation at ${percent(level)}`,
      caption: [
        "Loss of nDCG@10 in points (hundredths), with its 95\u00a0% interval over queries; right of 0 is " +
        `a loss. Filled: p ≤ ${alphaText(study.alpha)} in the paired t-test.`,
      ],
      spec: frame(`Zeroing ${percent(level)} of the neurons`, "Loss of nDCG@10, points", {
        width: figureWidth - left - 16,
        height: step * sets.length,
        autosize: "none",
        padding: {
          left,
          right: 16,
          top: 60,
          bottom: 70 + 20 * Math.ceil(collections.length / columnsOf(collections)),
        },
        data: { values: rows },
        layer: [
          {
            data: { values: [{ zero: 0 }] },
            mark: { type: "rule", stroke: colours.ink.light, strokeWidth: 1 },
            encoding: { x: { field: "zero", type: "quantitative" } },
          },
          {
            mark: { type: "rule", strokeWidth: 1.5 },
            encoding: {
              x: {
                field: "low",
                type: "quantitative",
                scale: { domain: domainOf(rows.flatMap(({ low, high }) => [low, high])) },
                axis: { title: "Loss of nDCG@10, points", grid: true, tickCount: 5 },
              },
              x2: { field: "high" },
              y,
              yOffset,
              color: colour,
            },
          },
          {
            mark: { type: "point", size: 38, strokeWidth: 1.5, opacity: 1 },
            encoding: {
              x: { field: "points", type: "quantitative" },
              y,
              yOffset,
              color: colour,
              shape: {
                field: "collection",
                type: "nominal",
                scale: { domain: collections, range: shapes },
                legend: colour.legend,
              },
              fill: {
                condition: { test: "datum.significant", ...colour },
                value: colours.ground.light,
              },
            },
          },
        ],
      }),
      rows: rows.map(({ set: _, ...row }) => ({ level, ...row })),
    };
  });
}

/** The ends of the axis: 0 is on it, and it spans at least a point either way. */
function domainOf(values: readonly number[]): readonly [number, number] {
  return [Math.min(-1, ...values), Math.max(1, ...values)];
}

/** Columns of a legend: as many as the longest name leaves room for. */
function columnsOf(names: readonly string[]): number {
  const longest = Math.max(...names.map((each) => each.length));
  return Math.max(1, Math.min(names.length, Math.floor(figureWidth / (36 + 8.3 * longest))));
}

/** A legend at the picture's left edge, below the axis. */
function legendBelow(names: readonly string[], left: number, height: number) {
  return {
    title: null,
    orient: "none",
    legendX: 8 - left,
    legendY: height + 56,
    columns: columnsOf(names),
    columnPadding: 18,
    rowPadding: 6,
    symbolStrokeWidth: 1.5,
  };
}

const axisOfSets = {
  title: null,
  domain: false,
  ticks: false,
  grid: false,
  labelLimit: 240,
  labelPadding: 10,
};
const shapes = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross"];

function unicode(line: Line): string {
  return line.map((part) =>
    typeof part === "object" && part.kind === "formula" ? part.unicode : linePlain([part])
  ).join("");
}
