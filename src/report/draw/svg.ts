/** Vega-Lite → SVG. Vega is loaded when the first figure is drawn. */

import type { TopLevelSpec } from "../../packages/vega.ts";
import type { Spec } from "../figures/figure.ts";

/** Vega's measurement of text, which its type declarations lack. */
interface TextMetrics {
  width: (item: { readonly fontSize?: number }, text: unknown) => number;
}

/**
 * Without a canvas Vega assumes that every letter is .8 of its height wide, which spaces legends
 * too far apart.
 */
function measureWithoutCanvas(metrics: TextMetrics): void {
  metrics.width = ({ fontSize = 11 }, text) => .62 * fontSize * String(text ?? "").length;
}

/** Draws a Vega-Lite spec as an SVG document. */
export async function drawSvg(spec: Spec): Promise<string> {
  const { vega, compile } = await import("../../packages/vega.ts");
  measureWithoutCanvas((vega as unknown as { textMetrics: TextMetrics }).textMetrics);
  const { spec: compiled } = compile(spec as unknown as TopLevelSpec);
  vega.resetSVGDefIds(); // else a drawing depends on how many came before it
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  try {
    return rounded(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** The drawing with ids that begin with `id`, so that one document can hold several drawings. */
export function ownIds(svg: string, id: string): string {
  return svg.replace(/id="(clip\d+|gradient[^"]*)"/g, `id="${id}-$1"`)
    .replace(/url\(#([^)]*)\)/g, `url(#${id}-$1)`);
}

/** Paths and positions to a hundredth of a pixel: half the bytes, the same picture. */
function rounded(svg: string): string {
  const number = /-?\d+\.\d{3,}(?:e-\d+)?/g;
  return svg.replace(
    / (?:d|transform)="[^"]*"/g,
    (attribute) => attribute.replace(number, (value) => String(Number(Number(value).toFixed(2)))),
  );
}
