/** Labels at the right ends of curves, moved apart where they would touch, with leader lines. */

import { colours, type Spec } from "./figure.ts";

/** A curve's label and where the curve ends, in units of the y axis. */
export interface EndLabel {
  readonly text: string;
  readonly colour: string;
  readonly end: number;
}

/** Sizes of the plot, in pixels, and the ends of its y axis. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly bottom: number;
  readonly top: number;
}

/** Lines of 12-pixel text keep this distance. */
const spacing = 15;

/** Heights in pixels from the top for labels that end at `ends`, none closer than `gap`. */
export function spread(ends: readonly number[], gap: number, height: number): number[] {
  const order = ends.map((_, i) => i).sort((a, b) => ends[a] - ends[b] || a - b);
  const at = ends.map((end) => Math.min(Math.max(end, 0), height));
  // Down from the top, then up from the bottom: what the first pass pushed out comes back in.
  for (let i = 1; i < order.length; i++) {
    at[order[i]] = Math.max(at[order[i]], at[order[i - 1]] + gap);
  }
  let limit = height;
  for (const i of order.toReversed()) {
    at[i] = Math.min(at[i], limit);
    limit = at[i] - gap;
  }
  return at;
}

/** Layers of leader lines and labels to the right of `plot`. */
export function endLabels(labels: readonly EndLabel[], plot: Plot): readonly Spec[] {
  const { width, height, bottom, top } = plot;
  const pixel = (value: number) => height * (top - value) / (top - bottom);
  const value = (pixel: number) => top - pixel / height * (top - bottom);
  const at = spread(labels.map(({ end }) => pixel(end)), spacing, height);
  const data = {
    values: labels.map(({ text, colour, end }, i) => ({ text, colour, end, at: value(at[i]) })),
  };
  const y = { field: "at", type: "quantitative" };
  const leader = { type: "rule", strokeWidth: 1, stroke: colours.muted.light, opacity: .6 };
  return [
    {
      data,
      mark: leader,
      encoding: {
        x: { value: width + 3 },
        x2: { value: width + 15 },
        y: { field: "end", type: "quantitative" },
        y2: { field: "at" },
      },
    },
    {
      data,
      mark: { type: "text", align: "left", baseline: "middle", fontSize: 12, fontWeight: 500 },
      encoding: {
        x: { value: width + 19 },
        y,
        text: { field: "text", type: "nominal" },
        color: { field: "colour", type: "nominal", scale: null },
      },
    },
  ];
}
