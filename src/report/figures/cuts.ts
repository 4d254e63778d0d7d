/** nDCG@10 and p(relevant) where heads of a window of layers are cut, over the window's first layer. */

import type { CutSweep } from "../../experiments/ablation/cuts.ts";
import { colours, type Figure, figureWidth, frame, series, type Spec } from "./figure.ts";

/** Two pictures a collection: nDCG@10, and how p(relevant) of relevant candidates changes. */
export function cutFigures(sweeps: readonly CutSweep[]): readonly Figure[] {
  return sweeps.flatMap((sweep, i): Figure[] => {
    const { collection, original, rows } = sweep;
    const wide = rows[0].last - rows[0].first + 1;
    const window = `${wide} ${wide === 1 ? "layer" : "layers"}`;
    const common = { number: "", rows: rowsOf(sweep) };
    return [
      {
        ...common,
        id: `figure-cuts-${i}-ndcg`,
        title: `Attention that is cut, ${collection}`,
        caption: [
          `nDCG@10 where no head of ${window} from the one below attends from the one segment to ` +
          "the other; bars are 95 % intervals of the loss over queries, the dashed line is the whole model.",
        ],
        spec: picture(sweep, {
          title: `Cut attention: nDCG@10, ${collection}`,
          subtitle: `Windows of ${window}`,
          value: ({ ndcg }) => ndcg,
          bounds: ({ interval: [low, high] }) => [original - high, original - low],
          level: original,
        }),
      },
      {
        ...common,
        id: `figure-cuts-${i}-probability`,
        title: `p(relevant) under cut attention, ${collection}`,
        caption: [
          `Mean change of p(relevant) of relevant candidates where ${window} are cut, over the window's ` +
          "first layer.",
        ],
        spec: picture(sweep, {
          title: `Cut attention: p(relevant), ${collection}`,
          subtitle: `Mean change, relevant candidates, windows of ${window}`,
          value: ({ relevant }) => relevant,
          level: 0,
        }),
      },
    ];
  });
}

/** What one of the pictures shows. */
interface Shown {
  readonly title: string;
  readonly subtitle: string;
  readonly value: (row: CutSweep["rows"][number]) => number | null;
  readonly bounds?: (row: CutSweep["rows"][number]) => readonly [low: number, high: number];
  /** Where nothing changes. */
  readonly level: number;
}

function picture({ rows }: CutSweep, { title, subtitle, value, bounds, level }: Shown): Spec {
  const points = rows.filter((row) => value(row) !== null).map((row) => {
    const [low, high] = bounds?.(row) ?? [null, null];
    return { cut: row.cut, first: row.first, value: value(row), low, high };
  });
  const cuts = [...new Set(rows.map(({ cut }) => cut))];
  const x = {
    field: "first",
    type: "quantitative",
    scale: { nice: false, padding: 8 },
    axis: { title: "First layer of the window", tickMinStep: 1, format: "d" },
  };
  const y = {
    type: "quantitative",
    scale: { zero: false },
    axis: { title: null, grid: true, tickCount: 5 },
  };
  const color = {
    field: "cut",
    type: "nominal",
    scale: { domain: cuts, range: series.slice(0, cuts.length) },
    legend: { title: null, orient: "bottom", columns: 2, symbolSize: 70 },
  };
  return frame(title, subtitle, {
    width: figureWidth - 76,
    height: 230,
    autosize: "none",
    padding: { left: 60, right: 16, top: 60, bottom: 60 + 22 * Math.ceil(cuts.length / 2) },
    data: { values: points },
    layer: [
      {
        data: { values: [{ level }] },
        mark: { type: "rule", stroke: colours.ink.light, strokeWidth: 1, strokeDash: [5, 4] },
        encoding: { y: { ...y, field: "level" } },
      },
      ...(bounds
        ? [{
          mark: { type: "rule", strokeWidth: 1.25, opacity: .6 },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
        }]
        : []),
      {
        mark: { type: "line", strokeWidth: 2.25, strokeJoin: "round" },
        encoding: { x, y: { ...y, field: "value" }, color },
      },
      {
        mark: { type: "point", size: 45, filled: true, opacity: 1 },
        encoding: { x, y: { ...y, field: "value" }, color },
      },
    ],
  });
}

function rowsOf({ collection, original, rows }: CutSweep): Figure["rows"] {
  return rows.map(({ interval: [low, high], ...row }) => ({
    ...{ collection, cut: row.cut, first: row.first, last: row.last },
    ...{ ndcg: row.ndcg, original, loss: row.loss, low, high },
    change_of_p: row.probability,
    change_of_p_relevant: row.relevant,
  }));
}
