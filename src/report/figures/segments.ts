/** Contributions by input segment, layer by layer, a panel a component. */

import type { SegmentShare } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { colours, decimal, type Figure, frame, heading, series } from "./figure.ts";

/** One figure a scheme. */
export function segmentFigures(schemes: readonly SegmentShare[]): readonly Figure[] {
  return schemes.map((share) => {
    const { scheme, segments, components, values, absolute, tokens } = share;
    const set = notation(scheme);
    const rows = values.flatMap((layer, l) =>
      layer.flatMap((component, c) =>
        component.map((value, s) => ({
          layer: l,
          component: components[c],
          segment: segments[s],
          conductance: value,
          absolute: absolute[l][c][s],
          tokens: tokens[s],
        }))
      )
    );
    return {
      id: `figure-segments-${scheme.replace(/[^\w-]+/g, "-").replace(/-$/, "")}`,
      number: "",
      title: "Contributions by input segment and layer",
      caption: [
        set,
        ": conductance summed over a component’s neurons, mean over pairs, in units of F; above " +
        "0 it speaks for the label, below 0 against it. Layers from 0; each panel has its own scale.",
      ],
      spec: frame(`Segments’ contributions to ${set.unicode}`, "Conductance, units of F", {
        padding: { left: 6, right: 8, top: 8, bottom: 8 },
        columns: 2,
        spacing: { row: 56, column: 46 },
        bounds: "flush",
        concat: components.map((component, c) => ({
          width: 160,
          height: 84,
          data: { values: rows.filter((row) => row.component === component) },
          layer: [
            {
              mark: { type: "bar", width: { band: .9 } },
              encoding: {
                x: {
                  field: "layer",
                  type: "ordinal",
                  axis: {
                    title: c >= components.length - 2 ? "Layer" : null,
                    labelAngle: 0,
                    values: values.map((_, l) => l).filter((l) =>
                      l % Math.ceil(values.length / 6) === 0
                    ),
                  },
                },
                y: {
                  field: "conductance",
                  type: "quantitative",
                  axis: { ...heading(component), ...decimal, tickCount: 3 },
                },
                color: {
                  field: "segment",
                  type: "nominal",
                  scale: { domain: segments, range: palette },
                  legend: { title: null, orient: "bottom", columns: 3, symbolType: "square" },
                },
              },
            },
            {
              data: { values: [{ zero: 0 }] },
              mark: { type: "rule", stroke: colours.muted.light, strokeWidth: 1 },
              encoding: { y: { field: "zero", type: "quantitative" } },
            },
          ],
        })),
      }),
      rows: rows.map((row) => ({ scheme, ...row })),
    };
  });
}

const palette = [series[3], series[0], series[7], series[4], series[5]];
