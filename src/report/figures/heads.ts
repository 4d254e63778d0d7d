/** Attention heads by layer and pair of segments, a map a scheme. */

import type { HeadShare } from "../../experiments/path/head_shares.ts";
import { notation } from "../notation.ts";
import { colours, type Figure, figureWidth, frame } from "./figure.ts";

/** One figure a scheme. */
export function headFigures(shares: readonly HeadShare[]): readonly Figure[] {
  return shares.map(({ scheme, component, pairs, cells }) => {
    const set = notation(scheme);
    const present = new Set(
      cells.filter(({ share }) => share > 0).map(({ from, to }) => `${from}>${to}`),
    );
    const shown = cells.map((cell) => ({ ...cell, pair: `${cell.from}>${cell.to}` }))
      .filter(({ pair }) => present.has(pair));
    const most = Math.max(...shown.map(({ conductance }) => Math.abs(conductance)), 1e-12);
    const layers = new Set(shown.map(({ layer }) => layer)).size;
    return {
      id: `figure-${component.replace("_", "-")}-${
        scheme.replace(/[^\w-]+/g, "-").replace(/-$/, "")
      }`,
      number: "",
      title: "Attention between segments",
      caption: [
        set,
        `: conductance of attention from one segment to another, summed over a layer’s heads, mean over ` +
        `${pairs} pairs, in units of F. Blue speaks for the label, vermillion against it.`,
      ],
      spec: frame(`Attention between segments, ${set.unicode}`, "Conductance, units of F", {
        width: figureWidth - 60,
        height: Math.min(420, 60 + 14 * layers),
        autosize: "none",
        padding: { left: 44, right: 16, top: 60, bottom: 196 },
        data: { values: shown },
        mark: { type: "rect" },
        encoding: {
          x: {
            field: "pair",
            type: "nominal",
            sort: null,
            axis: { title: null, labelAngle: -60 },
          },
          y: {
            field: "layer",
            type: "ordinal",
            sort: "descending",
            axis: { title: "Layer", ticks: false },
          },
          color: {
            field: "conductance",
            type: "quantitative",
            scale: {
              domain: [-most, 0, most],
              interpolate: "rgb", // others put a hue on either side of white
              range: [colours.vermillion.light, colours.ground.light, colours.blue.light],
            },
            legend: { title: null, orient: "bottom", format: ".2~g", gradientLength: 180 },
          },
        },
      }),
      rows: shown.map(({ pair: _, ...cell }) => ({ scheme, component, ...cell })),
    };
  });
}
