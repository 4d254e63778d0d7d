/** Error and agreement of rules over what they cost, with the paper's 100 steps marked. */

import type { ConvergenceRow, ConvergenceStudy } from "../../experiments/results/results.ts";
import { count, percent } from "../numbers.ts";
import { isPapers } from "../tables/convergence.ts";
import { colours, type Figure, figureWidth, frame, type Spec } from "./figure.ts";

/** Two pictures: the error, and how many of the strongest neurons are the right ones. */
export function convergenceFigures(study: ConvergenceStudy): readonly Figure[] {
  const { reference, level } = study;
  const against = `against a rule of ${count(reference.evaluations)} points`;
  return [
    {
      id: "figure-convergence-error",
      number: "",
      title: "Error of the integration",
      caption: [
        `Relative Euclidean error of a pair’s conductances ${against}: plain the mean over pairs, ` +
        "dashed the worst pair; both axes are logarithmic. The ring and the vertical line are the " +
        "paper’s rule, 100 steps.",
      ],
      spec: picture(study, {
        title: "How far rules are from convergence",
        subtitle: "Error of a pair’s conductances, %",
        of: ({ error }) => error,
        log: true,
      }),
      rows: rowsOf(study),
    },
    {
      id: "figure-convergence-neurons",
      number: "",
      title: "Which neurons are found",
      caption: [
        `How much of a pair’s strongest ${
          percent(level)
        } is the reference’s, ${against}: plain the ` +
        "mean over pairs, dashed the worst pair. The ring and the vertical line are the paper’s " +
        "rule, 100 steps.",
      ],
      spec: picture(study, {
        title: `The strongest ${percent(level)}: the right ones?`,
        subtitle: "Neurons that are the reference’s too, %",
        of: ({ overlap }) => overlap,
        log: false,
      }),
      rows: rowsOf(study),
    },
  ];
}

const looks: Readonly<Record<string, { readonly colour: string; readonly shape: string }>> = {
  right: { colour: colours.vermillion.light, shape: "square" },
  trapezoid: { colour: colours.blue.light, shape: "triangle-up" },
  adaptive: { colour: colours.green.light, shape: "circle" },
};

/** What one of the pictures shows. */
interface Shown {
  readonly title: string;
  readonly subtitle: string;
  readonly of: (row: ConvergenceRow) => ConvergenceRow["error"];
  readonly log: boolean;
}

function picture({ rows }: ConvergenceStudy, { title, subtitle, of, log }: Shown): Spec {
  const points = rows.flatMap((row) => {
    const { mean, worst } = of(row);
    if (mean === null || worst === null || log && !(mean > 0)) return [];
    const { rule, evaluations } = row;
    return [{ rule, evaluations, mean: 100 * mean, worst: 100 * worst, papers: isPapers(row) }];
  });
  const rules = [...new Set(points.map(({ rule }) => rule))];
  const ring = points.filter(({ papers }) => papers);
  const values = points.flatMap(({ mean, worst }) => [mean, worst]);
  const evaluations = points.map((each) => each.evaluations);
  const x = {
    field: "evaluations",
    type: "quantitative",
    scale: {
      type: "log",
      domain: [Math.min(...evaluations) * .9, Math.max(...evaluations) * 1.1],
      nice: false,
    },
    axis: {
      title: "Evaluations a pair, forward and backward",
      values: [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
      format: "~r",
    },
  };
  const y = {
    type: "quantitative",
    scale: log
      ? { type: "log", domain: decades(values), nice: false }
      : { domain: [Math.floor(Math.min(...values, 99) / 20) * 20, 100], nice: false },
    axis: {
      title: null,
      grid: true,
      ...(log ? { values: powers(values), format: "~r" } : { tickCount: 5 }),
    },
  };
  const legend = { title: null, orient: "bottom", columns: 3, symbolSize: 70 };
  const colour = {
    field: "rule",
    type: "nominal",
    scale: { domain: rules, range: rules.map((rule) => looks[rule]?.colour) },
    legend,
  };
  const line = { type: "line", strokeJoin: "round" };
  return frame(title, subtitle, {
    width: figureWidth - 66,
    height: 250,
    autosize: "none",
    padding: { left: 50, right: 16, top: 60, bottom: 86 },
    data: { values: points },
    layer: [
      ...(ring.length
        ? [{
          data: { values: ring.slice(0, 1) },
          mark: { type: "rule", stroke: colours.ink.light, strokeWidth: 1, strokeDash: [3, 3] },
          encoding: { x },
        }]
        : []),
      {
        mark: { ...line, strokeWidth: 1.25, strokeDash: [5, 4] },
        encoding: { x, y: { ...y, field: "worst" }, color: colour },
      },
      {
        mark: { ...line, strokeWidth: 2.5 },
        encoding: { x, y: { ...y, field: "mean" }, color: colour },
      },
      {
        mark: { type: "point", size: 55, filled: true, opacity: 1 },
        encoding: {
          x,
          y: { ...y, field: "mean" },
          color: colour,
          shape: {
            field: "rule",
            type: "nominal",
            scale: { domain: rules, range: rules.map((rule) => looks[rule]?.shape) },
            legend,
          },
        },
      },
      {
        data: { values: ring },
        mark: { type: "point", size: 190, stroke: colours.ink.light, strokeWidth: 1.75 },
        encoding: { x, y: { ...y, field: "mean" } },
      },
      {
        data: { values: ring },
        mark: {
          type: "text",
          align: "center",
          fontSize: 13,
          color: colours.ink.light,
        },
        encoding: { x, y: { value: -9 }, text: { value: "the paper’s 100 steps" } },
      },
    ],
  });
}

/** Powers of ten that the values lie between. */
function decades(values: readonly number[]): readonly [number, number] {
  const least = Math.floor(Math.log10(Math.min(...values)));
  const most = Math.ceil(Math.log10(Math.max(...values)));
  return [10 ** least, 10 ** Math.max(most, least + 1)];
}

function powers(values: readonly number[]): readonly number[] {
  const [least, most] = decades(values).map(Math.log10);
  return Array.from(
    { length: Math.round(most - least) + 1 },
    (_, i) => Number(`1e${Math.round(least) + i}`),
  );
}

function rowsOf({ rows }: ConvergenceStudy): Figure["rows"] {
  return rows.map(({ rule, steps, tolerance, evaluations, error, overlap }) => ({
    rule,
    steps,
    tolerance,
    evaluations,
    error: error.mean,
    worst_error: error.worst,
    overlap: overlap.mean,
    worst_overlap: overlap.worst,
  }));
}
