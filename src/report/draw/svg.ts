/** Vega-Lite → SVG. Vega is loaded when the first figure is drawn. */

import type { TopLevelSpec } from "vega-lite";
import type { Spec } from "../figures/figure.ts";

/** Draws a Vega-Lite spec as an SVG document. */
export async function drawSvg(spec: Spec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const { spec: compiled } = compile(spec as unknown as TopLevelSpec);
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
