/** Vega-Lite → SVG. Vega is loaded when the first figure is drawn. */

import type { TopLevelSpec } from "../../packages/vega.ts";
import type { Spec } from "../figures/figure.ts";

/** What Vega measures text with; its types leave it out. */
interface TextMetrics {
  width: (item: { readonly fontSize?: number }, text: unknown) => number;
}

/** Without a canvas Vega takes a letter for .8 of its height, which draws legends far apart. */
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

/** A drawing whose ids begin with `id`, so that several stand in one document. */
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
