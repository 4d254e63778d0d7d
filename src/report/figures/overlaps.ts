/** Figs. 2 and 3: curves of intersections over the level. */

import type { OverlapCurve } from "../../experiments/results/results.ts";
import { levelPercent } from "../numbers.ts";
import { type EndLabel, endLabels } from "./end_labels.ts";
import { colours, figureWidth, frame, niceMaximum, type Spec } from "./figure.ts";

/** A curve as it is drawn. */
export interface DrawnCurve {
  readonly curve: OverlapCurve;
  readonly colour: string;
  readonly dash: readonly number[];
  /** Thick curves are those that the figure is about, thin ones are context. */
  readonly width: number;
  /** Its marker at powers of ten. */
  readonly shape?: string;
  /** Whether its 95 % interval is drawn. */
  readonly interval?: boolean;
}

/** A picture of curves. */
export interface CurvePicture {
  readonly title: string;
  readonly drawn: readonly DrawnCurve[];
  readonly labels: readonly EndLabel[];
  /** Room for the labels, in pixels. */
  readonly labelWidth: number;
}

const height = 250;
const left = 46;

/** Curves over the null band of matched random sets and the dotted lines of chance. */
export function curveSpec({ title, drawn, labels, labelWidth }: CurvePicture): Spec {
  const points = drawn.flatMap(({ curve, colour, dash, width }, i) =>
    curve.points.map((point) => ({
      curve: i,
      colour,
      dash,
      width,
      level: levelPercent(point.level),
      percent: point.percent,
      low: point.interval?.low ?? point.percent,
      high: point.interval?.high ?? point.percent,
    }))
  );
  const framed = new Set(drawn.flatMap(({ interval }, i) => interval ? [i] : []));
  const band = nullEnvelope(drawn.map(({ curve }) => curve));
  const top = niceMaximum(Math.max(
    ...points.map(({ percent, high, curve }) => framed.has(curve) ? high : percent),
    ...band.map(({ high }) => high),
  ));
  const width = figureWidth - left - labelWidth;
  const x = xAxis(points.map(({ level }) => level));
  const y = {
    field: "percent",
    type: "quantitative",
    scale: { domain: [0, top], nice: false },
    axis: { title: null, tickCount: 5 },
  };
  const sets = { field: "sets", type: "nominal" };
  const chance = chanceLines(drawn.map(({ curve }) => curve));
  return frame(title, "Neurons shared, % of each set", {
    width,
    height,
    autosize: "none",
    padding: { left, right: labelWidth, top: 60, bottom: 50 },
    layer: [
      {
        data: { values: band },
        mark: { type: "area", fill: colours.band.light, clip: true },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, detail: sets },
      },
      {
        data: { values: chance },
        mark: {
          type: "line",
          stroke: colours.ink.light,
          strokeWidth: 1.5,
          strokeDash: [1, 3],
          strokeCap: "round",
          clip: true,
        },
        encoding: { x, y, detail: sets },
      },
      ...drawn.flatMap((each, i) => {
        const data = { values: points.filter(({ curve }) => curve === i) };
        const line = {
          type: "line",
          stroke: each.colour,
          strokeWidth: each.width,
          strokeDash: each.dash,
          strokeJoin: "round",
        };
        const area = { type: "area", fill: each.colour, fillOpacity: .16 };
        return [
          ...(framed.has(i)
            ? [{
              data,
              mark: area,
              encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
            }]
            : []),
          { data, mark: line, encoding: { x, y } },
          ...(each.shape
            ? [{
              data: { values: data.values.filter(({ level }) => isMarked(level)) },
              mark: {
                type: "point",
                shape: each.shape,
                size: 45,
                filled: true,
                color: each.colour,
                opacity: 1,
              },
              encoding: { x, y },
            }]
            : []),
        ];
      }),
      ...endLabels(labels, { width, height, top }),
    ],
  });
}

/** Levels in per cent: logarithmic where they span more than a factor of eight. */
function xAxis(levels: readonly number[]): Spec {
  const [least, most] = [Math.min(...levels), Math.max(...levels)];
  const log = most / least > 8;
  const powers = Array.from({ length: 13 }, (_, i) => Number(`1e${i - 8}`));
  const values = powers.filter((value) => value >= least * .999 && value <= most * 1.001);
  return {
    field: "level",
    type: "quantitative",
    scale: { type: log ? "log" : "linear", domain: [least, most], nice: false },
    axis: {
      title: "Level, % of all neurons",
      ...(log && values.length > 1 ? { values } : { tickCount: 4 }),
      format: "~g",
    },
  };
}

/** Curves carry their markers where the axis has its ticks, and halfway between. */
function isMarked(level: number): boolean {
  return ["1", "3"].includes(level.toExponential(0)[0]);
}

/** A label for a curve. */
export function labelOf(
  text: string,
  { curve: { points }, colour, dash, shape }: DrawnCurve,
): EndLabel {
  const sum = points.reduce((all, { percent }) => all + percent, 0);
  const end = points[points.length - 1].percent;
  return { text, colour, dash, shape, end, mean: sum / points.length };
}

/** How many sets a curve intersects. */
function setsOf({ kind, collections }: OverlapCurve): number {
  return kind === "all" ? collections.length : 2;
}

/** The widest null band at every level, for each number of sets that the curves intersect. */
function nullEnvelope(curves: readonly OverlapCurve[]) {
  return [...Map.groupBy(curves, setsOf)].flatMap(([sets, alike]) => {
    const points = Map.groupBy(alike.flatMap(({ points }) => points), ({ level }) => level);
    return [...points].sort(([a], [b]) => a - b).map(([level, at]) => ({
      sets,
      level: levelPercent(level),
      low: Math.min(...at.map(({ nullBand }) => nullBand.low)),
      high: Math.max(...at.map(({ nullBand }) => nullBand.high)),
    }));
  });
}

/** A line of chance for every number of sets. */
function chanceLines(curves: readonly OverlapCurve[]) {
  const bySets = new Map(curves.map((curve) => [setsOf(curve), curve]));
  return [...bySets].flatMap(([sets, { points }]) =>
    points.map(({ level, chance }) => ({ sets, level: levelPercent(level), percent: chance }))
  );
}

/** Curves' numbers for a TSV. */
export function curveRows(curves: readonly OverlapCurve[]) {
  return curves.flatMap(({ expression, label, inDomain, points }) =>
    points.map((point) => ({
      expression,
      label: label ?? null,
      in_domain: inDomain,
      level: point.level,
      size: point.size,
      count: point.count,
      percent: point.percent,
      chance: point.chance,
      null_mean: point.nullBand.mean,
      null_low: point.nullBand.low,
      null_high: point.nullBand.high,
      interval_low: point.interval?.low ?? null,
      interval_high: point.interval?.high ?? null,
    }))
  );
}
