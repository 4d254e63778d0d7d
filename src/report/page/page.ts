/** The report as one HTML file: no script, no network. */

import type { StudyResults } from "../../experiments/results/results.ts";
import type { Figure } from "../figures/figure.ts";
import type { Figures } from "../figures/figures.ts";
import { prose } from "../prose.ts";
import type { Table } from "../table.ts";
import type { Tables } from "../tables/tables.ts";
import { definitions } from "./definitions.ts";
import { figureHtml } from "./figure_html.ts";
import { htmlDocument } from "./document.ts";
import { fragment, type Html, sentence } from "./html.ts";
import { checksHtml, headHtml, provenanceHtml } from "./sections.ts";
import { style } from "./style.ts";
import { inline, tableHtml } from "./table_html.ts";

/** What the page shows. */
export interface PageContent {
  readonly results: StudyResults;
  readonly tables: Tables;
  readonly figures: Figures;
  /** Drawings by the figures' ids. */
  readonly drawings: ReadonlyMap<string, string>;
}

/** The page. */
export function pageHtml({ results, tables, figures, drawings }: PageContent): string {
  const plots = (list: readonly Figure[]) =>
    list.length
      ? fragment`<div class="plots">${
        list.map((figure) => figureHtml(figure, drawings.get(figure.id) ?? ""))
      }</div>`
      : null;
  const all = (list: readonly Table[]) => list.map(tableHtml);
  const folded = (list: readonly Table[], summary: string) =>
    list.length
      ? fragment`
<details><summary>${summary}</summary><div class="wide">${all(list)}</div></details>`
      : null;
  const { conclusions, provenance, overlaps } = results;
  const sections: readonly Section[] = [
    section("conclusions", "What the data say", [
      conclusions.length ? checksHtml(conclusions) : null,
    ]),
    section("setup", "Collections and notation", all(tables.setup)),
    section("baselines", "Baselines", all(tables.baselines)),
    section("path", "Along the path", [plots(figures.traces)]),
    section("convergence", "Are there enough steps?", [
      ...all(tables.convergence),
      plots(figures.convergence),
    ]),
    section("schemes", "Attribution schemes", [
      ...all(tables.schemes),
      folded(tables.strongest, "The strongest neurons of every scheme"),
    ]),
    section("overlaps", "Do collections share neurons?", [
      plots(figures.overlaps),
      overlaps
        ? fragment`<p class="note">Null band: ${said(overlaps.methods.nullBand)}
Interval: ${said(overlaps.methods.interval)}</p>`
        : null,
    ]),
    section("ablation", "Do these neurons matter?", [
      ...all(tables.ablation),
      plots(figures.ablation),
      folded(tables.detail, "Every collection: intervals, p-values, effect sizes, queries"),
    ]),
    section("location", "Where are they?", [
      plots(figures.location),
      folded(tables.location, "Members by component"),
    ]),
    section("segments", "Which part of the input?", [
      ...all(tables.segments),
      plots(figures.segments),
    ]),
    section("heads", "Which segments attend to which?", [
      ...all(tables.heads),
      plots(figures.heads),
    ]),
    section("cuts", "What if attention is cut?", [plots(figures.cuts)]),
    section("describe", "What do these neurons respond to?", [
      ...all(tables.description),
      plots(figures.description),
    ]),
    section("faithfulness", "Are these attributions faithful?", [
      ...all(tables.faithfulness),
      plots(figures.faithfulness),
    ]),
    section("certainty", "How certain are the sets?", all(tables.certainty)),
    section("definitions", "Definitions", [definitions]),
    section("provenance", "Options and provenance", [provenanceHtml(results)]),
  ].filter(({ content }) => content.length > 0);
  const body = fragment`${headHtml(results)}
<nav aria-label="Sections"><ul>${
    sections.map(({ id, title }) => fragment`<li><a href="#${id}">${title}</a></li>\n`)
  }</ul></nav>
<main>${
    sections.map(({ id, title, content }) =>
      fragment`
<section><h2 id="${id}">${title}</h2>${content}
</section>`
    )
  }
</main>
<footer>Drawn from results.json by relevance-neurons ${provenance.version}.</footer>`;
  return htmlDocument(results.title, style, body).html;
}

function said(text: string): Html {
  return inline(prose(sentence(text)));
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: readonly Html[];
}

function section(id: string, title: string, content: readonly (Html | null)[]): Section {
  return { id, title, content: content.filter((each) => each !== null) };
}
