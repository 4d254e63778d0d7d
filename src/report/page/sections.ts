/** The parts of the page that are neither tables nor figures. */

import type {
  ClaimTest,
  Conclusion,
  StepRecord,
  StudyResults,
} from "../../experiments/results/results.ts";
import { count, duration, fixed, pValue } from "../numbers.ts";
import { verdicts } from "../tables/conclusions.ts";
import { prose } from "../prose.ts";
import { fragment, type Html, sentence } from "./html.ts";
import { inline } from "./table_html.ts";

/** Title, what was studied, and its size in numbers. */
export function headHtml(results: StudyResults): Html {
  const { title, model, attribution, validation, schemes, conclusions, provenance } = results;
  const pairs = schemes.reduce((sum, scheme) => sum + scheme.pairs, 0);
  const papers = conclusions.filter(({ source }) => source.startsWith("§"));
  const holding = papers.filter(({ verdict }) => verdict === "holds").length;
  const tested = papers.filter(({ verdict }) => verdict !== "untested").length;
  const facts: readonly (readonly [string, string])[] = [
    [count(model.neurons), `neurons in ${model.layers} layers`],
    [count(pairs), `pairs in ${schemes.length} schemes`],
    [count(attribution.length), "attribution collections"],
    ...(validation.length ? [[count(validation.length), "validation collections"] as const] : []),
    ...(tested
      ? [
        [
          `${holding} of ${papers.length}`,
          `claims of the paper hold, ${papers.length - tested} cannot be told`,
        ] as const,
      ]
      : []),
  ];
  return fragment`
<header>
<h1>${title}</h1>
<p class="lead">Neuron Integrated Gradients on the cross-encoder <b>${model.name}</b>.
Finished <time>${day(provenance.finished)}</time>.</p>
<ul class="facts">${facts.map(([number, what]) => fragment`<li><b>${number}</b>${what}</li>`)}</ul>
</header>`;
}

/** The claims with their verdicts. */
export function checksHtml(conclusions: readonly Conclusion[]): Html {
  return fragment`<ul class="checks">${conclusions.map(check)}</ul>`;
}

function check(conclusion: Conclusion): Html {
  const { id, claim, source, verdict, finding, criterion, caveat, evidence, tests } = conclusion;
  return fragment`
<li class="${verdict}" id="claim-${id}"><div><div class="verdict">${verdicts[verdict]}</div>
${tallyHtml(tests)}</div>
<div><p class="claim">${inline(prose(claim))}</p>
<p>${said(finding)}</p>${
    caveat === undefined ? null : fragment`
<p class="caveat">But note: ${said(caveat)}</p>`
  }
<p class="rule">${source}. Rule: ${said(criterion)}${
    evidence === "" ? null : fragment` Evidence: ${said(evidence)}`
  }</p>${
    tests.length
      ? fragment`
<details><summary>${tests.length === 1 ? "The test" : `All ${tests.length} tests`}</summary>
<div class="scroll"><table>
<thead><tr><th>Test</th><th class="end">Effect</th><th class="end">95\u00a0% interval</th>
<th class="end">p, corrected</th><th>Says</th></tr></thead>
<tbody>
${tests.map(testHtml)}</tbody>
</table></div></details>`
      : null
  }</div></li>`;
}

/** How many tests support a claim, contradict it, or decide nothing. */
function tallyHtml(tests: readonly ClaimTest[]): Html | null {
  if (tests.length === 0) return null;
  const count = (outcome: ClaimTest["outcome"]) =>
    tests.filter((each) => each.outcome === outcome).length;
  return fragment`<div class="tally">${count("supports")} for, ${count("contradicts")} against, ${
    count("undecided") + count("unchanged")
  } undecided</div>`;
}

/** What a test says, in words. */
const outcomes: Readonly<Record<ClaimTest["outcome"], string>> = {
  supports: "supports",
  contradicts: "contradicts",
  undecided: "undecided",
  unchanged: "no query changes",
};

function testHtml({ name, value, interval, unit, p, outcome }: ClaimTest): Html {
  const digits = unit === "" ? 3 : 2;
  const range = interval
    ? `${fixed(interval.low, digits)} to ${fixed(interval.high, digits)}`
    : "–";
  return fragment`<tr><th scope="row">${inline(prose(name))}</th>
<td class="end">${fixed(value, digits)} ${unit}</td><td class="end">${range}</td>
<td class="end">${pValue(p)}</td><td>${outcomes[outcome]}</td></tr>
`;
}

/** A sentence of the results. */
function said(text: string): Html {
  return inline(prose(sentence(text)));
}

/** Options of the study and where its results come from. */
export function provenanceHtml({ provenance, options, files }: StudyResults): Html {
  const origin: readonly (readonly [string, string])[] = [
    ["Program", `relevance-neurons ${provenance.version}`],
    ["Computed by", `${provenance.adapter} (${provenance.device})`],
    ["Model SHA-256", provenance.model_sha256],
    ["Tokenizer SHA-256", provenance.tokenizer_sha256],
    ["Study SHA-256", provenance.study_sha256],
    ["Finished", provenance.finished],
  ];
  const terms = (rows: readonly (readonly [string, string])[]) =>
    fragment`<dl class="terms">${
      rows.map(([name, value]) => fragment`<dt>${name}</dt><dd><code>${value}</code></dd>\n`)
    }</dl>`;
  const { steps } = provenance;
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  return fragment`
${terms(origin)}
<details><summary>Every option of the study</summary>${terms(flatten(options))}</details>
<details><summary>${steps.length} steps, ${duration(seconds)}</summary>
<div class="scroll wide"><table>
<thead><tr><th>Step</th><th>File</th><th class="end">Time</th><th class="end">Evaluations</th>
<th class="end">Forwards</th><th>SHA-256 of inputs</th></tr></thead>
<tbody>
${steps.map(stepHtml)}</tbody>
</table></div></details>
<h3>Files</h3>
<ul><li>${link("results.json")}: everything on this page as data</li>
${files.map(({ path, holds }) => fragment`<li>${link(path)}: ${holds}</li>\n`)}</ul>`;
}

function stepHtml({ name, file, seconds, evaluations, forwards, sha256 }: StepRecord): Html {
  return fragment`<tr><th scope="row">${name}</th><td>${link(file)}</td>
<td class="end">${duration(seconds)}</td><td class="end">${count(evaluations)}</td>
<td class="end">${count(forwards)}</td><td><code>${sha256.slice(0, 16)}</code></td></tr>
`;
}

/** A file beside the report; the dot keeps a name from being read as another kind of address. */
function link(path: string): Html {
  return fragment`<a href="./${
    path.split("/").map(encodeURIComponent).join("/")
  }"><code>${path}</code></a>`;
}

/** Nested options as paths and values. */
function flatten(value: unknown, path = ""): (readonly [string, string])[] {
  const inner = value !== null && typeof value === "object" ? Object.entries(value) : [];
  const plain = Array.isArray(value) && value.every((each) => Object(each) !== each);
  if (inner.length === 0 || plain) {
    return [[
      path,
      Array.isArray(value) ? value.join(", ") : String(JSON.stringify(value) ?? value),
    ]];
  }
  const dot = path ? `${path}.` : "";
  return inner.flatMap(([key, each]) => flatten(each, `${dot}${key}`));
}

function day(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toISOString().slice(0, 10);
}
