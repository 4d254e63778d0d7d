/** Curves of deletion and insertion: F, or nDCG@10, over the share of units that are removed or kept. */

import type {
  FaithfulnessOfStudy,
  RankingCurves,
} from "../../experiments/results/results_faithfulness.ts";
import { mean } from "../../ir/measures.ts";
import { colours, type Figure, figureWidth, frame, series, type Spec } from "./figure.ts";

/** Two pictures of F a scheme, and two of nDCG@10 a validation collection. */
export function deletionFigures({ found, rankings = [] }: FaithfulnessOfStudy): readonly Figure[] {
  return [
    ...found.flatMap((one) => whats.map((what) => ofScheme(one, what))),
    ...rankings.flatMap((one, i) => whats.map((what) => ofRankings(one, i, what))),
  ];
}

type What = "removed" | "kept";
const whats: readonly What[] = ["removed", "kept"];
const verbs = { removed: "Deletion", kept: "Insertion" } as const;
const said = {
  removed: "the strongest first, at their values in the baseline’s run",
  kept: "the strongest first, and all others at their values in the baseline’s run",
} as const;

/** A curve, and what random orders give at its shares. */
interface Curve {
  readonly name: string;
  readonly points: readonly {
    readonly share: number;
    /** None of curves that are random orders alone. */
    readonly value: number | null;
    readonly random: readonly number[];
  }[];
}

/** What one of the pictures shows. */
interface Shown {
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly caption: string;
  readonly curves: readonly Curve[];
  /** Of the whole model, and what else is drawn as a level. */
  readonly levels: readonly [whole: number, ...others: number[]];
}

function ofScheme(study: FaithfulnessOfStudy["found"][number], what: What): Figure {
  const { scheme, F, curves } = study;
  const rules = [...new Set(curves.flatMap(({ rule }) => rule === "" ? [] : [rule]))];
  const sizes = [...new Set(curves.map(({ units }) => units))].sort((a, b) => a - b);
  const end = { share: 1, value: what === "removed" ? F.none : F.all };
  const at = (units: number, order: string) =>
    curves.filter((point) => point.units === units && point.order === order);
  const hasRandom = curves.some(({ order }) => order === "random");
  return figureOf({
    id: `figure-faithfulness-${scheme[0]}-${what}`,
    title: `${verbs[what]}: F of pairs as in ${scheme}`,
    subtitle: `Mean F, units ${what} in order of strength`,
    caption:
      `Mean F of pairs as in ${scheme} over the share of units that are ${what}, ${
        said[what]
      }, by each rule’s mean attributions; grey: random orders with units of the same layers and ` +
      "components, from the least to the largest, dashed their mean. The dashed level is F of the " +
      "whole model, the dotted one F with all units at those values.",
    curves: [
      ...rules.map((rule): Curve => ({
        name: rule,
        points: [
          ...sizes.map((units) => {
            const own = at(units, "signed").find((point) => point.rule === rule)!;
            return { share: own.share, value: own[what], random: [] };
          }),
          { ...end, random: [] },
        ],
      })),
      ...(hasRandom
        ? [{
          name: RANDOM,
          points: [
            ...sizes.map((units) => {
              const drawn = at(units, "random");
              return {
                share: drawn[0].share,
                value: null,
                random: drawn.map((point) => point[what]),
              };
            }),
            { share: 1, value: null, random: [end.value] },
          ],
        }]
        : []),
    ],
    levels: [F.all, F.none],
  });
}

function ofRankings(study: RankingCurves, i: number, what: What): Figure {
  const { collection, all, none, floors, orders } = study;
  const end = what === "removed" ? none : all;
  return figureOf({
    id: `figure-rankings-${i}-${what}`,
    title: `${verbs[what]}: nDCG@10, ${collection}`,
    subtitle: `nDCG@10, units ${what} in order of strength`,
    caption: `nDCG@10 on ${collection} over the share of units that are ${what}, ${said[what]}; ` +
      "shaded in its colour: random orders with units of the same layers and components as each " +
      "order, dashed their mean. The dashed level is the whole model, the dotted ones are random and " +
      "the worst rankings of the same lists.",
    curves: orders.map(({ of, points }): Curve => ({
      name: of,
      points: [
        ...points.map((point) => ({
          share: point.share,
          value: point[what],
          random: point.random.map((one) => one[what]),
        })),
        { share: 1, value: end, random: orders[0].points[0].random.length > 0 ? [end] : [] },
      ],
    })),
    levels: [all, floors.random, floors.worst],
  });
}

/** The name of random orders that stand for themselves. */
const RANDOM = "random orders";

function figureOf({ id, title, subtitle, caption, curves, levels }: Shown): Figure {
  const points = curves.flatMap(({ name, points }) =>
    points.map(({ share, value, random }) => ({
      curve: name,
      percent: 100 * share,
      value,
      random: random.length > 0 ? mean(random) : null,
      low: random.length > 0 ? Math.min(...random) : null,
      high: random.length > 0 ? Math.max(...random) : null,
    }))
  );
  return {
    ...{ id, number: "", title, caption: [caption] },
    spec: picture(points, { title, subtitle, levels }),
    rows: points,
  };
}

function picture(
  points: readonly { readonly curve: string; readonly percent: number }[],
  { title, subtitle, levels: [whole, ...others] }: Pick<Shown, "title" | "subtitle" | "levels">,
): Spec {
  const names = [...new Set(points.map(({ curve }) => curve))];
  const x = {
    field: "percent",
    type: "quantitative",
    scale: {
      type: "log",
      domain: [Math.min(...points.map(({ percent }) => percent)), 100],
      nice: false,
      padding: 6,
    },
    axis: { title: "Units, %", values: [.1, 1, 10, 100], format: "~r" },
  };
  const y = {
    type: "quantitative",
    scale: { zero: false },
    axis: { title: null, grid: true, tickCount: 5 },
  };
  const color = {
    field: "curve",
    type: "nominal",
    scale: {
      domain: names,
      range: names.map((name, i) => name === RANDOM ? colours.muted.light : series[i]),
    },
    legend: { title: null, orient: "bottom", columns: 3, symbolSize: 70, symbolOpacity: 1 },
  };
  const level = (values: readonly number[], dash: readonly number[]): Spec => ({
    data: { values: values.map((level) => ({ level })) },
    mark: { type: "rule", stroke: colours.ink.light, strokeWidth: 1, strokeDash: dash },
    encoding: { y: { ...y, field: "level" } },
  });
  const drawn = { transform: [{ filter: "datum.random !== null" }] };
  const own = { transform: [{ filter: "datum.value !== null" }] };
  return frame(title, subtitle, {
    width: figureWidth - 76,
    height: 230,
    autosize: "none",
    padding: { left: 60, right: 16, top: 60, bottom: 64 + 22 * Math.ceil(names.length / 3) },
    data: { values: points },
    layer: [
      level([whole], [5, 4]),
      level(others, [1.5, 3]),
      {
        ...drawn,
        mark: { type: "area", opacity: .16 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      },
      {
        ...drawn,
        mark: { type: "line", strokeWidth: 1.25, strokeDash: [5, 4] },
        encoding: { x, y: { ...y, field: "random" }, color },
      },
      {
        ...own,
        mark: { type: "line", strokeWidth: 2.25, strokeJoin: "round" },
        encoding: { x, y: { ...y, field: "value" }, color },
      },
      {
        ...own,
        mark: { type: "point", size: 40, filled: true, opacity: 1 },
        encoding: { x, y: { ...y, field: "value" }, color },
      },
    ],
  });
}
