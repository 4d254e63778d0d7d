/** Labels to the right of curves: at their ends where these differ, else a list from high to low. */

import { colours, type Spec } from "./figure.ts";

/** A curve's label, and how the curve looks. */
export interface EndLabel {
  readonly text: string;
  readonly colour: string;
  readonly dash: readonly number[];
  /** Its marker; none where curves are alike. */
  readonly shape?: string;
  /** Its last value, and its mean, in units of the y axis. */
  readonly end: number;
  readonly mean: number;
}

/** Sizes of the plot, in pixels, and the end of its y axis, which begins at 0. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly top: number;
}

/** Lines of 13-pixel text keep this distance. */
const spacing = 17;
/** Where the text begins, from the plot's right edge. */
const indent = 32;

/** Heights in pixels from the top for labels that end at `ends`, none closer than `gap`. */
export function spread(ends: readonly number[], gap: number, height: number): number[] {
  const order = ends.map((_, i) => i).sort((a, b) => ends[a] - ends[b] || a - b);
  const at = ends.map((end) => Math.min(Math.max(end, 0), height));
  // Down from the top, then up from the bottom: what the first pass pushed below the plot moves up.
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

/** Layers of labels, each with a piece of its curve; a line leads there from the curve's end. */
export function endLabels(labels: readonly EndLabel[], plot: Plot): readonly Spec[] {
  if (labels.length === 0) return [];
  const { width, height, top } = plot;
  const ends = labels.map(({ end }) => end);
  const apart = labels.length === 1 || Math.max(...ends) - Math.min(...ends) > .1 * top;
  const sorted = labels.toSorted((a, b) => b.mean - a.mean);
  const shown = apart ? labels : sorted;
  const at = apart
    ? spread(ends.map((end) => height * (1 - end / top)), spacing, height)
    : shown.map((_, i) => 6 + spacing * i);
  const y = (field: string) => ({ field, type: "quantitative" });
  const rows = shown.map(({ text, shape, end }, i) => ({
    text,
    shape,
    end,
    at: top * (1 - at[i] / height),
  }));
  return shown.flatMap(({ colour, dash, shape }, i) => {
    const data = { values: [rows[i]] };
    const text = { type: "text", align: "left", baseline: "middle", fontSize: 13, fontWeight: 500 };
    const leader = { type: "rule", strokeWidth: 1, stroke: colours.muted.light, opacity: .6 };
    const piece = { type: "rule", stroke: colour, strokeWidth: 2.25, strokeDash: dash };
    const marker = { type: "point", shape, size: 45, filled: true, color: colour, opacity: 1 };
    const from = width + (apart ? 12 : 6);
    return [
      ...(apart
        ? [{
          data,
          mark: leader,
          encoding: {
            x: { value: width + 2 },
            x2: { value: from },
            y: y("end"),
            y2: { field: "at" },
          },
        }]
        : []),
      {
        data,
        mark: piece,
        encoding: { x: { value: from }, x2: { value: width + indent - 5 }, y: y("at") },
      },
      ...(shape
        ? [{
          data,
          mark: marker,
          encoding: { x: { value: (from + width + indent - 5) / 2 }, y: y("at") },
        }]
        : []),
      {
        data,
        mark: { ...text, color: colour },
        encoding: {
          x: { value: width + indent },
          y: y("at"),
          text: { field: "text", type: "nominal" },
        },
      },
    ];
  });
}
