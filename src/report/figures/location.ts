/** Fig. 4: members by layer and component. */

import type { Location } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, percent } from "../numbers.ts";
import { colours, type Figure, figureWidth, frame, niceMaximum, series } from "./figure.ts";

/** Fig. 4, one for every set that was located. */
export function locationFigures(locations: readonly Location[]): readonly Figure[] {
  return locations.map((location, i) => {
    const { expression, level, size, components, counts } = location;
    const rows = counts.flatMap((members, layer) =>
      components.map((component, c) => ({ layer, component, members: members[c] }))
    );
    const set = notation(expression);
    const highest = Math.max(...counts.map((members) => members.reduce((a, b) => a + b, 0)));
    const every = Math.ceil(counts.length / 12);
    return {
      id: i === 0 ? "figure-4" : `figure-4-${i + 1}`,
      number: i === 0 ? "Figure 4" : "Like Figure 4",
      title: "Members by layer and component",
      caption: [
        set,
        ` at ${percent(level)}: ${count(size)} neurons. Layers from 0; dashed: members a layer, ` +
        "were they spread evenly.",
      ],
      spec: frame(
        `Where the members of ${set.unicode} are, at ${percent(level)}`,
        "Members a layer",
        {
          width: figureWidth - 60,
          height: 230,
          autosize: "none",
          padding: { left: 48, right: 12, top: 60, bottom: 126 },
          layer: [
            {
              data: {
                values: rows.map((row) => ({ ...row, order: components.indexOf(row.component) })),
              },
              mark: { type: "bar", stroke: colours.ground.light, strokeWidth: .5 },
              encoding: {
                x: {
                  field: "layer",
                  type: "ordinal",
                  scale: { paddingInner: .15 },
                  axis: {
                    title: "Layer",
                    labelAngle: 0,
                    values: counts.map((_, layer) => layer).filter((layer) => layer % every === 0),
                  },
                },
                y: {
                  field: "members",
                  type: "quantitative",
                  scale: { domain: [0, niceMaximum(highest)], nice: false },
                  axis: { title: null, tickCount: 5, format: "~s" },
                },
                order: { field: "order", type: "quantitative" },
                color: {
                  field: "component",
                  type: "nominal",
                  scale: { domain: components, range: stack },
                  legend: { title: null, orient: "bottom", columns: 2, symbolType: "square" },
                },
              },
            },
            {
              data: { values: [{ even: size / counts.length }] },
              mark: {
                type: "rule",
                stroke: colours.ink.light,
                strokeWidth: 1.25,
                strokeDash: [5, 4],
              },
              encoding: { y: { field: "even", type: "quantitative" } },
            },
          ],
        },
      ),
      rows: rows.map((row) => ({ set: expression, level, ...row })),
    };
  });
}

/** Neighbours in the stack differ in lightness as well as in hue. */
const stack = [series[5], series[7], series[4], series[0], series[1], series[2]];
