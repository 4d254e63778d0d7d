/** What neurons respond to, as one HTML file: no script, no network. */

import type { AxiomEffect } from "../../experiments/describe/axiom_effects.ts";
import type {
  Description,
  NeuronDescription,
  PairDescription,
} from "../../experiments/describe/description.ts";
import type { NearWord } from "../../experiments/describe/nearest_words.ts";
import { fixed, pValue, signed, significant } from "../numbers.ts";
import { htmlDocument } from "../page/document.ts";
import { fragment, type Html, type HtmlPart } from "../page/html.ts";
import { style } from "../page/style.ts";
import { choiceStyle, tokensHtml, tokenStyle } from "./tokens.ts";

/** What the page says of where its numbers come from. */
export interface AboutDescription {
  readonly model: string;
  readonly neurons: string;
  readonly pairs: string;
  readonly version: string;
  /** What each signal is, and what each axiom changes. */
  readonly meanings: Readonly<Record<string, string>>;
  /** Everything else that the numbers depend on, by name. */
  readonly options: Readonly<Record<string, string>>;
}

/** The page. */
export function descriptionPage(found: Description, about: AboutDescription): string {
  const { neurons, pairs, cut } = found;
  const hasConductances = neurons.some(({ examples }) => examples.some((one) => one.conductances));
  const queries = new Set(pairs.map(({ query }) => query)).size;
  const facts: [string, string][] = [
    [String(neurons.length), "neurons"],
    [String(pairs.length), "pairs"],
    [String(queries), "queries"],
    [String(found.minimalPairs.length), "minimal pairs"],
  ];
  const body = fragment`<header><h1>What do these neurons respond to?</h1>
<p class="lead">${about.neurons} of ${about.model}, over ${about.pairs}.</p>
<ul class="facts">${
    facts.map(([value, what]) => fragment`<li><b>${value}</b> ${what}</li>`)
  }</ul></header>
<nav aria-label="Sections"><ul><li><a href="#signals">Signals</a></li>
<li><a href="#axioms">Axioms</a></li><li><a href="#neurons">Neuron by neuron</a></li>
<li><a href="#options">Options</a></li></ul></nav>
<main>
<section><h2 id="signals">Which signals go along with them?</h2>
<p>Spearman’s ρ over pairs of what a neuron does and a signal of the pair; queries are the sample.
Significant: p below .05 by Holm’s correction over all ${
    String(found.correlations.length)
  } correlations. A correlation is no cause: signals go along with each other, and with relevance.</p>
${signalTable(found, about)}
${found.leftOut.map(({ signal, why }) => fragment`<p class="note">${signal}: ${why}.</p>`)}
${
    cut > 0
      ? fragment`<p class="note">${
        String(cut)
      } pairs are as long as the model reads: signals are of the whole texts.</p>`
      : null
  }
</section>
<section><h2 id="axioms">What changes them?</h2>
${axiomTable(found, about)}
</section>
<section><h2 id="neurons">Neuron by neuron</h2>
<p>Tokens are coloured by the neuron’s activation, the output of its linear: <b class="u5">high</b>,
<b class="d5">low</b>, as a part of the largest in the pair either way. ${
    hasConductances ? conductanceChoice : null
  }Nearest words are a projection
of its weights onto the word embeddings, not a proof that it reads or writes them.</p>
${neurons.map((one) => neuronHtml(one, found))}
</section>
<section><h2 id="options">Options</h2>
<div class="scroll"><table><tbody>${
    Object.entries(about.options).map(([name, value]) =>
      fragment`<tr><th scope="row">${name}</th><td class="wraps">${value}</td></tr>\n`
    )
  }</tbody></table></div></section>
</main>
<footer>By relevance-neurons ${about.version}.</footer>`;
  return htmlDocument(
    "What do these neurons respond to?",
    style + tokenStyle + (hasConductances ? choiceStyle : ""),
    body,
  ).html;
}

/** Which colours are shown: the style (tokens.ts) does it, without a script. */
const conductanceChoice =
  fragment`Or by its conductance before the sum over tokens: what raises F is
<b class="u5">high</b>. </p>
<fieldset><legend>Colour tokens by</legend>
<label><input type="radio" name="by" id="by-activation" checked> activation</label>
<label><input type="radio" name="by" id="by-conductance"> conductance</label>
<label><input type="radio" name="by"> both</label></fieldset>
<p>`;

function table(head: readonly string[], rows: readonly Html[], label: string): Html {
  return fragment`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${head.map((text) => fragment`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

const row = (name: HtmlPart, cells: readonly HtmlPart[]) =>
  fragment`<tr><th scope="row">${name}</th>${
    cells.map((one) =>
      typeof one === "string" && one.length > LONG
        ? fragment`<td class="wraps">${one}</td>`
        : fragment`<td>${one}</td>`
    )
  }</tr>\n`;

/** Characters of a text that may go on in a next line. */
const LONG = 30;

function signalTable({ summary }: Description, { meanings }: AboutDescription): Html {
  const order = Object.keys(meanings);
  const head = ["Signal", "set", "of", "median ρ", "neurons", "significant +", "−", "strongest"];
  return table(
    head,
    summary.toSorted((a, b) => order.indexOf(a.signal) - order.indexOf(b.signal)).map((one) =>
      row(fragment`<abbr title="${meanings[one.signal] ?? ""}">${one.signal}</abbr>`, [
        one.set,
        one.quantity,
        signed(one.median),
        String(one.neurons),
        String(one.positive),
        String(one.negative),
        one.strongest
          ? fragment`${neuronLink(one.strongest.neuron)} ${signed(one.strongest.rho)}`
          : "–",
      ])
    ),
    "Signals",
  );
}

function axiomTable({ axioms }: Description, { meanings }: AboutDescription): HtmlPart {
  const order = Object.keys(meanings);
  if (axioms.length === 0) return fragment`<p>No minimal pair was made.</p>`;
  return fragment`<p>Mean contrast over minimal pairs, in units of F, the relevant class’s. Every
axiom says that F’s should be positive. Holm’s correction is over neurons and axioms; F’s own over the
axioms.</p>${
    table(
      ["Axiom", "contrast", "pairs", "of F", "95 %", "p", "set", "neurons", "moved up", "down"],
      axioms.toSorted((a, b) => order.indexOf(a.axiom) - order.indexOf(b.axiom)).map((
        { axiom, set, F, neurons, up, down },
      ) =>
        row(axiom, [
          meanings[axiom] ?? "",
          String(F.pairs),
          signedSignificant(F.mean),
          `${signedSignificant(F.low)} to ${signedSignificant(F.high)}`,
          pValue(F.holm),
          set,
          String(neurons),
          String(up),
          String(down),
        ])
      ),
      "Axioms",
    )
  }`;
}

const signedSignificant = (value: number | null) =>
  (value !== null && value > 0 ? "+" : "") + significant(value);

const anchor = (neuron: string) => `n-${neuron.replaceAll(".", "-")}`;

const neuronLink = (neuron: string) => fragment`<a href="#${anchor(neuron)}">${neuron}</a>`;

function neuronHtml(one: NeuronDescription, found: Description): Html {
  const own = found.correlations.filter(({ neuron }) => neuron === one.neuron);
  const shown = own.filter(({ rho }) => rho !== null)
    .toSorted((a, b) => Math.abs(b.rho!) - Math.abs(a.rho!)).slice(0, 6);
  const moved = found.effects.filter(({ neuron }) => neuron === one.neuron);
  const [first] = shown;
  return fragment`<details id="${anchor(one.neuron)}"><summary><b>${one.neuron}</b> ${
    first ? `${first.signal} ${signed(first.rho)} (${first.quantity})` : "constant"
  }</summary>
${words("Reads", one.input)}${words("Writes", one.output)}
${
    table(
      ["Signal or axiom", "of", "ρ or contrast", "95 %", "p, corrected"],
      [
        ...shown.map(({ signal, quantity, rho, low, high, holm }) =>
          row(signal, [
            quantity,
            signed(rho),
            `${signed(low)} to ${signed(high)}`,
            pValue(holm),
          ])
        ),
        ...moved.map(effectRow),
      ],
      `Neuron ${one.neuron}`,
    )
  }
${
    one.examples.map((example) =>
      exampleHtml(found.pairs[example.pair], {
        activations: example.activations,
        conductances: example.conductances,
        said: `highest ${significant(example.highest)} at ${example.token}, mean ${
          significant(example.mean)
        }, conductance ${significant(example.conductance)}`,
      })
    )
  }
</details>
`;
}

const effectRow = ({ axiom, mean, low, high, holm }: AxiomEffect) =>
  row(axiom, [
    "conductance",
    signedSignificant(mean),
    `${signedSignificant(low)} to ${signedSignificant(high)}`,
    pValue(holm),
  ]);

function words(what: string, near: readonly NearWord[] | undefined): HtmlPart {
  if (!near || near.length === 0) return null;
  return fragment`<p>${what}, nearest words: ${
    near.map(({ piece, cosine }, i) => `${i ? ", " : ""}${piece} ${fixed(cosine)}`)
  }</p>\n`;
}

function exampleHtml(
  { label, tokens }: PairDescription,
  { activations, conductances, said }: {
    readonly activations: readonly (number | null)[];
    readonly conductances?: readonly (number | null)[];
    readonly said: string;
  },
): Html {
  const row = (what: string, values: readonly (number | null)[]) =>
    fragment`<p class="tokens by-${what}"><small>${what}</small> ${tokensHtml(tokens, values)}</p>
`;
  const rows = conductances
    ? [row("activation", activations), row("conductance", conductances)]
    : fragment`<p class="tokens">${tokensHtml(tokens, activations)}</p>
`;
  return fragment`<figure>${rows}<figcaption>${label}; ${said}</figcaption></figure>
`;
}
