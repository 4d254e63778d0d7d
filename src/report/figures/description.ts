/** How neurons' conductance goes along with signals, set by set. */

import type { StudyDescription } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { colours, type Figure, frame, series } from "./figure.ts";

/** One figure: a row a signal, a mark a set. */
export function descriptionFigures(description: StudyDescription): readonly Figure[] {
  const { sets, summary, collection } = description;
  const rows = summary.filter(({ quantity }) => quantity === "conductance").flatMap((one) =>
    one.median === null || one.quartiles === null ? [] : [{
      signal: one.signal,
      set: notation(one.set).unicode,
      median: one.median,
      quarter: one.quartiles[0],
      threeQuarters: one.quartiles[1],
      significant: one.positive + one.negative,
      neurons: one.neurons,
    }]
  );
  if (rows.length === 0) return [];
  const names = sets.map(({ expression }) => notation(expression).unicode);
  const signals = [...new Set(rows.map(({ signal }) => signal))];
  const place = {
    y: {
      field: "signal",
      type: "nominal",
      sort: signals,
      axis: { title: null, grid: false, domain: false },
    },
    yOffset: { field: "set", type: "nominal", sort: names, scale: { paddingOuter: 0.35 } },
    color: {
      field: "set",
      type: "nominal",
      scale: { domain: names, range: series.slice(0, names.length) },
      legend: { title: null, orient: "bottom", columns: 2 },
    },
  };
  const x = (field: string) => ({
    field,
    type: "quantitative",
    scale: { domain: [-1, 1] },
    axis: { title: "Spearman’s ρ", grid: true, tickCount: 5 },
  });
  return [{
    id: "figure-signals",
    number: "",
    title: "Signals that go along with conductance",
    caption: [
      `Spearman’s ρ of neurons’ conductance and signals of pairs of ${collection}: median over each ` +
      "set (point), and the middle half of its neurons (line).",
    ],
    spec: frame(
      "What conductance goes along with",
      "Median and middle half of each set’s neurons",
      {
        padding: { left: 6, right: 8, top: 8, bottom: 8 },
        width: 280,
        height: signals.length * (10 + 9 * names.length),
        data: { values: rows },
        layer: [
          {
            data: { values: [{ zero: 0 }] },
            mark: { type: "rule", stroke: colours.muted.light, strokeWidth: 1 },
            encoding: { x: x("zero") },
          },
          {
            mark: { type: "rule", strokeWidth: 2.5 },
            encoding: { ...place, x: x("quarter"), x2: { field: "threeQuarters" } },
          },
          {
            mark: { type: "point", filled: true, size: 36, opacity: 1 },
            encoding: { ...place, x: x("median") },
          },
        ],
      },
    ),
    rows,
  }];
}
