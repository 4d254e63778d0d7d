/** A multiverse as one HTML file: no script, no network. */

import type {
  ChoiceEffect,
  ClaimCurve,
  MultiverseResults,
} from "../../experiments/results/results.ts";
import type { Figure } from "../figures/figure.ts";
import { count, fixed, percent } from "../numbers.ts";
import { htmlDocument } from "../page/document.ts";
import { figureHtml } from "../page/figure_html.ts";
import { fragment, type Html, sentence } from "../page/html.ts";
import { style } from "../page/style.ts";
import { verdicts } from "../tables/conclusions.ts";

/** What the page shows beside the results. */
export interface MultiversePage {
  /** A line of every claim, by its id. */
  readonly lines: ReadonlyMap<string, string>;
  /** Curves with their drawings, by the claim's id. */
  readonly curves: ReadonlyMap<string, { readonly figure: Figure; readonly svg: string }>;
}

/** The page. */
export function multiversePage(results: MultiverseResults, shown: MultiversePage): string {
  const { title, model, design, choices, universes, claims, cost, version } = results;
  const { adapter, model_sha256, study_sha256 } = results;
  const heading = "Does a conclusion hang on an open choice?";
  const facts: readonly (readonly [string, string])[] = [
    [count(universes.length), "universes"],
    [count(choices.length), "choices"],
    [`${count(cost.distinct)} of ${count(cost.steps)}`, "steps are different"],
    [count(cost.forwards), `forward passes, ${count(cost.forwardsAlone)} were each by itself`],
  ];
  const body = fragment`<header><h1>${heading}</h1>
<p class="lead">${title} Model <b>${model}</b>, ${
    design === "full" ? "all combinations of alternatives" : "one choice varied at a time"
  }.</p>
<ul class="facts">${facts.map(([number, what]) => fragment`<li><b>${number}</b>${what}</li>`)}</ul>
</header>
<nav aria-label="Sections"><ul><li><a href="#choices">Choices</a></li>
${claims.map(({ id }) => fragment`<li><a href="#claim-${id}">${id}</a></li>\n`)}</ul></nav>
<main>
<section><h2 id="choices">What is varied</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Choices"><table>
<thead><tr><th scope="col">Choice</th><th scope="col">Open in the paper as</th>
<th scope="col">What is chosen</th><th scope="col">Alternatives, the study’s own first</th></tr></thead>
<tbody>
${
    choices.map(({ name, ambiguity, what, alternatives }) =>
      fragment`<tr><th scope="row">${name}</th><td>${ambiguity || "–"}</td>
<td class="wraps">${what}</td><td class="wraps">${alternatives.join(", ")}</td></tr>\n`
    )
  }</tbody></table></div>
<p class="note">Computed by ${adapter}. SHA-256 of the model <code>${model_sha256}</code>, of the study
with its defaults <code>${study_sha256}</code>. Everything on this page as data:
<a href="./multiverse.json"><code>multiverse.json</code></a>,
<a href="./multiverse.tsv"><code>multiverse.tsv</code></a>,
<a href="./choices.tsv"><code>choices.tsv</code></a>.</p></section>
${claims.map((one) => claimHtml(one, shown))}
</main>
<footer>Drawn from multiverse.json by relevance-neurons ${version}.</footer>`;
  return htmlDocument(heading, style, body).html;
}

function claimHtml(curve: ClaimCurve, { lines, curves }: MultiversePage): Html {
  const { id, claim, source, own } = curve;
  const drawn = curves.get(id);
  return fragment`
<section><h2 id="claim-${id}">${claim}</h2>
<p>${sentence(source)} By the study’s own settings: ${verdicts[own].toLowerCase()}. ${
    sentenceOf(lines.get(id) ?? "")
  }</p>
${
    drawn
      ? fragment`<div class="plots">${figureHtml(drawn.figure, drawn.svg)}</div>`
      : fragment`<p class="note">${
        curve.points.every(({ value }) => value === null)
          ? "There is no effect to draw."
          : "No choice that is varied touches it: its effect is the same in all universes."
      }</p>`
  }
<details><summary>What every choice does</summary>
<div class="scroll"><table>
<thead><tr><th scope="col">Choice</th><th scope="col">Alternative</th>
<th scope="col" class="end">Universes</th><th scope="col" class="end">Holds</th>
<th scope="col" class="end">Mixed</th><th scope="col" class="end">Does not hold</th>
<th scope="col" class="end">Cannot be told</th><th scope="col" class="end">Mean effect</th>
<th scope="col" class="end">Verdicts moved</th></tr></thead>
<tbody>
${curve.choices.map(choiceRows)}</tbody></table></div></details></section>
`;
}

function choiceRows({ choice, moves, alternatives }: ChoiceEffect): Html {
  return fragment`${
    alternatives.map(({ name, counts, value }, i) => {
      const { holds, mixed, fails, untested } = counts;
      return fragment`<tr><th scope="row">${i === 0 ? choice : ""}</th><td>${name}</td>
<td class="end">${count(holds + mixed + fails + untested)}</td><td class="end">${count(holds)}</td>
<td class="end">${count(mixed)}</td><td class="end">${count(fails)}</td>
<td class="end">${count(untested)}</td><td class="end">${fixed(value)}</td>
<td class="end">${i === 0 ? percent(moves, 0) : ""}</td></tr>\n`;
    })
  }`;
}

const sentenceOf = (line: string) => `${line.slice(0, 1).toUpperCase()}${line.slice(1)}.`;
