/** Figures as HTML: the SVG on the page, its files linked below. */

import { ownIds } from "../draw/svg.ts";
import type { Figure } from "../figures/figure.ts";
import { linePlain } from "../text.ts";
import { fragment, type Html, markup } from "./html.ts";
import { inline } from "./table_html.ts";

/** A figure with its drawing `svg`. */
export function figureHtml(figure: Figure, svg: string): Html {
  const { id, number, title, caption } = figure;
  const files = [["svg", "SVG"], ["png", "PNG"], ["tsv", "TSV"], ["vl.json", "Vega-Lite"]];
  return fragment`
<figure id="${id}">
<div class="plot">${embedded(svg, figure)}</div>
<figcaption><b>${number ? `${number}. ` : ""}${title}.</b> ${inline(caption)}</figcaption>
<p class="links">${
    files.map(([end, kind]) => fragment`<a href="figures/${id}.${end}">${kind}</a> `)
  }</p>
</figure>`;
}

/**
 * The drawing as part of a page: scalable, labelled for screen readers, with ids that no other
 * figure has.
 */
function embedded(svg: string, { id, number, title, caption }: Figure): Html {
  const label = fragment`${number ? `${number}. ` : ""}${title}. ${linePlain(caption)}`.html;
  return markup(
    ownIds(svg, id)
      .replace(/<svg([^>]*)>/, (_, attributes: string) => {
        const kept = attributes.replace(/ (width|height|class|version)="[^"]*"/g, "");
        return `<svg${kept} role="img" aria-label="${label}">`;
      }),
  );
}
