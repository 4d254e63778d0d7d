/** A claim's specification curve: effects in order, and below each the choices that it is under. */

import type { ClaimCurve, MultiverseResults } from "../../experiments/results/results.ts";
import { colours, type Figure, figureWidth, frame, heading } from "../figures/figure.ts";
import { fixed, significant } from "../numbers.ts";
import { verdicts } from "../tables/conclusions.ts";

/** Verdicts by colour; marks of the first two differ in shape from the others too. */
const scale = {
  domain: [verdicts.holds, verdicts.mixed, verdicts.fails, verdicts.untested],
  range: [colours.blue.light, colours.orange.light, colours.vermillion.light, colours.muted.light],
};
const shapes = ["circle", "diamond", "cross", "square"];

/** Pixels of a row of dots, and of the gap between two choices. */
const [ROW, GAP] = [15, 8];

/** The figure; undefined where no universe has an effect, or all have the same. */
export function curveFigure(
  curve: ClaimCurve,
  { choices, universes }: Pick<MultiverseResults, "choices" | "universes">,
): Figure | undefined {
  const { id, claim, unit, lines } = curve;
  const rows = curve.points.filter(({ value }) => value !== null)
    .toSorted((a, b) => a.value! - b.value! || a.universe - b.universe)
    .map((point, place) => ({
      place,
      universe: point.universe,
      value: point.value!,
      low: point.interval?.low ?? null,
      high: point.interval?.high ?? null,
      p: point.p,
      verdict: verdicts[point.verdict],
      own: point.universe === 1,
      ...universes[point.universe - 1].chosen,
    }));
  const alike = ({ value, low, high, verdict }: (typeof rows)[number]) =>
    JSON.stringify([value, low, high, verdict]);
  if (new Set(rows.map(alike)).size < 2) return undefined;
  const shown = choices.flatMap(({ name, alternatives }) =>
    alternatives.map((alternative) => ({ choice: name, alternative }))
  );
  const left = 24 + 6.6 * Math.max(...shown.map((one) => labelOf(one).length));
  const width = figureWidth - left - 12;
  const x = {
    field: "place",
    type: "quantitative",
    scale: { domain: [-0.5, rows.length - 0.5], nice: false },
    axis: null,
  };
  const thin = Math.max(0.6, Math.min(4, 0.6 * width / rows.length));
  const legend = { title: null, orient: "bottom", columns: 2, symbolOpacity: 1 };
  const colour = { field: "verdict", type: "nominal", scale, legend };
  const dots = rows.flatMap((row) =>
    choices.map(({ name }) => ({
      place: row.place,
      y: heightOf(name, universes[row.universe - 1].chosen[name], choices) - ROW / 3,
      to: heightOf(name, universes[row.universe - 1].chosen[name], choices) + ROW / 3,
      verdict: row.verdict,
    }))
  );
  const matrix = heightOf(undefined, "", choices);
  const own = rows.filter((row) => row.own);
  return {
    id: `curve-${id}`,
    number: "",
    title: claim,
    caption: [
      `${rows.length} universes in order of their effect${
        unit === "" ? "" : `, in ${unit}`
      }, with 95 % intervals; ${
        curve.effect === "mean" ? "the mean of the claim’s tests" : "the test nearest to failing"
      }. Dashed: ${
        lines.map((line) => fixed(line, 1)).join(" and ")
      }, beyond which an effect speaks for the claim. Ring: the study’s own settings${
        own.length > 0 ? ` (${significant(own[0].value)})` : ""
      }. Below each the choices that it is under.`,
    ],
    spec: frame(
      "Specification curve",
      `Effect${unit === "" ? "" : `, ${unit}`}`,
      {
        padding: { left: 6, right: 8, top: 8, bottom: 8 },
        spacing: 14,
        bounds: "full",
        vconcat: [
          {
            width,
            height: 170,
            data: { values: rows },
            layer: [
              {
                data: { values: lines.map((line) => ({ line })) },
                mark: { type: "rule", stroke: colours.ink.light, strokeDash: [4, 4] },
                encoding: { y: { field: "line", type: "quantitative" } },
              },
              {
                mark: { type: "rule", strokeWidth: thin, opacity: 0.35 },
                encoding: {
                  x,
                  y: { field: "low", type: "quantitative" },
                  y2: { field: "high" },
                  color: colour,
                },
              },
              {
                mark: { type: "point", filled: true, opacity: 1, size: Math.max(5, 14 * thin) },
                encoding: {
                  x,
                  y: {
                    field: "value",
                    type: "quantitative",
                    axis: { ...heading(""), tickCount: 5, format: "~r" },
                  },
                  color: colour,
                  shape: {
                    field: "verdict",
                    type: "nominal",
                    scale: { domain: scale.domain, range: shapes },
                    legend,
                  },
                },
              },
              {
                data: { values: own },
                mark: {
                  type: "point",
                  filled: false,
                  stroke: colours.ink.light,
                  size: 90,
                  opacity: 1,
                },
                encoding: { x, y: { field: "value", type: "quantitative" } },
              },
            ],
          },
          {
            width,
            height: matrix,
            layer: [
              {
                data: { values: dots },
                mark: { type: "rule", strokeWidth: thin, opacity: 1 },
                encoding: {
                  x,
                  y: {
                    field: "y",
                    type: "quantitative",
                    scale: { domain: [matrix, 0], nice: false },
                    axis: {
                      title: null,
                      grid: false,
                      values: shown.map((one) => heightOf(one.choice, one.alternative, choices)),
                      labelExpr: labelExpression(choices),
                      labelFontSize: 11,
                      labelLimit: 0,
                    },
                  },
                  y2: { field: "to" },
                  color: colour,
                },
              },
            ],
          },
        ],
      },
    ),
    rows: rows.map(({ own: _, ...row }) => row),
  };
}

const labelOf = (
  { choice, alternative }: { readonly choice: string; readonly alternative: string },
) => `${choice}: ${alternative}`;

/** The middle of a row of dots; the matrix's height where there is no such row. */
function heightOf(
  choice: string | undefined,
  alternative: string,
  choices: MultiverseResults["choices"],
): number {
  let y = 0;
  for (const { name, alternatives } of choices) {
    for (const one of alternatives) {
      if (name === choice && one === alternative) return y + ROW / 2;
      y += ROW;
    }
    y += GAP;
  }
  return y;
}

/** Labels of the rows by their heights, as an expression of Vega. */
function labelExpression(choices: MultiverseResults["choices"]): string {
  const labels = Object.fromEntries(
    choices.flatMap(({ name, alternatives }) =>
      alternatives.map((alternative) => [
        heightOf(name, alternative, choices),
        labelOf({ choice: name, alternative }),
      ])
    ),
  );
  return `${JSON.stringify(labels)}[datum.value]`;
}
