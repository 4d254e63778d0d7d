/** A figure: a Vega-Lite spec with its data, a title and a caption. */

import type { Line } from "../text.ts";

/** A figure. */
export interface Figure {
  /** Its files' name, e.g. "figure-2a". */
  readonly id: string;
  /** e.g. "Figure 2a"; "" for figures that the paper lacks. */
  readonly number: string;
  readonly title: string;
  /** What a reader must know to read it. */
  readonly caption: Line;
  /** Vega-Lite, data included. */
  readonly spec: Spec;
  /** All its numbers, a row a point: the TSV. */
  readonly rows: readonly Record<string, string | number | boolean | null>[];
}

/** Part of a Vega-Lite spec: plain JSON. */
export type Spec = Readonly<Record<string, unknown>>;

/** A colour on white, and the one that takes its place on a dark page. */
interface Colour {
  readonly light: string;
  readonly dark: string;
}

/** Colours for text and lines; no two data colours differ in hue alone (Okabe and Ito's palette). */
export const colours = {
  ink: { light: "#1c2024", dark: "#e8eaed" },
  muted: { light: "#5b6570", dark: "#a3adb8" },
  grid: { light: "#e4e7eb", dark: "#333a42" },
  band: { light: "#d3d8de", dark: "#454d57" },
  ground: { light: "#ffffff", dark: "#16191d" },
  blue: { light: "#0072b2", dark: "#5cb3ea" },
  vermillion: { light: "#d55e00", dark: "#ff8a3d" },
  green: { light: "#009e73", dark: "#2fd0a0" },
  purple: { light: "#a8487f", dark: "#e08fc0" },
  orange: { light: "#e69f00", dark: "#f5b93a" },
  sky: { light: "#56b4e9", dark: "#a5dbfb" },
  brown: { light: "#7a5230", dark: "#c79a73" },
  black: { light: "#33383d", dark: "#d5d9dd" },
} as const satisfies Record<string, Colour>;

/** Data colours in the order in which they are given out. */
export const series: readonly string[] = [
  colours.blue,
  colours.vermillion,
  colours.green,
  colours.purple,
  colours.orange,
  colours.sky,
  colours.brown,
  colours.black,
].map(({ light }) => light);

/** Width of every figure, in CSS pixels: a phone shows it almost unscaled. */
export const figureWidth = 440;

const text = { labelFontSize: 13, titleFontSize: 13, titleFontWeight: "normal" };

/** How every figure looks. */
export const theme: Spec = {
  background: colours.ground.light,
  font: "Helvetica, Arial, 'DejaVu Sans', sans-serif",
  aria: false, // the picture as a whole has a label
  mark: { aria: false },
  view: { stroke: null },
  axis: {
    aria: false,
    ...text,
    labelColor: colours.ink.light,
    titleColor: colours.muted.light,
    gridColor: colours.grid.light,
    domainColor: colours.muted.light,
    tickColor: colours.muted.light,
    titlePadding: 7,
    labelFlush: false,
  },
  axisY: { domain: false, ticks: false, labelPadding: 6 },
  axisX: { grid: false },
  legend: {
    aria: false,
    ...text,
    labelColor: colours.ink.light,
    titleColor: colours.muted.light,
    labelLimit: 0,
    symbolStrokeWidth: 2.5,
  },
  title: {
    aria: false,
    anchor: "start",
    frame: "group",
    fontSize: 15,
    fontWeight: "bold",
    color: colours.ink.light,
    subtitleFontSize: 13,
    subtitleColor: colours.muted.light,
    subtitlePadding: 5,
    offset: 12,
  },
};

/** The frame that all figures share: schema, theme, and a title at the left edge of the picture. */
export function frame(title: string, subtitle: string, spec: Spec & { padding: Padding }): Spec {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    config: theme,
    title: { text: title, subtitle, dx: spec.padding.left > 8 ? 6 - spec.padding.left : 0 },
    ...spec,
  };
}

/** Room around the plot, in pixels. */
interface Padding {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** An axis title that lies flat above the plot: a panel's heading. */
export function heading(title: string): Spec {
  return {
    title,
    titleAngle: 0,
    titleAlign: "left",
    titleBaseline: "bottom",
    titleX: 0,
    titleY: -9,
    titleColor: colours.ink.light,
  };
}

/** How an axis writes its numbers: 200, 0.05, and 5e-7 for what is tiny. */
export const decimal: Spec = {
  format: "~r",
  labelExpr:
    "datum.value != 0 && abs(datum.value) < 0.001 ? format(datum.value, '.2~e') : datum.label",
};

/** The least of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 × 10ᵏ that is no smaller than `value`: an axis's end. */
export function niceMaximum(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((each) => each * power >= value * .999999);
  return Number(((step ?? 10) * power).toPrecision(3));
}
