/** A study's results that no model gave: made-up numbers in the paper's shape, for tests alone. */

import type {
  AblationRow,
  CollectionChange,
  ConvergenceRow,
  ConvergenceStudy,
  OverlapCurve,
  OverlapFigure,
  StudyResults,
} from "../../src/experiments/results/results.ts";
import { RESULTS_FORMAT } from "../../src/experiments/results/results.ts";
import type { Label } from "../../src/ir/words.ts";
import { components } from "../spaces.ts";

/** Numbers in [0, 1) that repeat. */
function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const layers = 24;
const neurons = 221_184;
const units = {
  query: 1024,
  key: 1024,
  value: 1024,
  attention_output: 1024,
  intermediate: 4096,
  ff_output: 1024,
};
const tasks = ["Web", "QA", "QA", "BioMed", "BioMed", "BioMed", "News", "News"];
const names = [
  "MS MARCO",
  "FiQA",
  "NQ",
  "BioASQ",
  "TREC-COVID",
  "NFCorpus",
  "TREC-News",
  "Robust04",
];
const A = ["ms", "f", "nq", "b", "tc", "nf", "tn", "r"];
const negatives = A.filter((each) => each !== "b" && each !== "f");
const leftOut = ["r", "nf"];
const grid = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000].map((x) => x / 10000);
const lotte = ["lifestyle", "recreation", "science", "technology", "writing"];

/** A text that would break a page if it were not escaped. */
export const hostile = `</p><script>alert("1")</script> & 'quotes' | $x_1$ `;

/** Made-up results with every section filled. */
export function syntheticResults(): StudyResults {
  const random = draws(7);
  return {
    format: RESULTS_FORMAT,
    title: "Synthetic study: every number here is made up",
    provenance: {
      version: "0.0.0",
      adapter: "no adapter at all",
      device: "cpu",
      model_sha256: "0".repeat(64),
      tokenizer_sha256: "1".repeat(64),
      study_sha256: "2".repeat(64),
      finished: "2024-07-13T12:00:00.000Z",
      steps: A.map((name, i) => ({
        name: `scheme P[${name}]`,
        sha256: String(i).repeat(64),
        file: `schemes/P_${name}.safetensors`,
        seconds: 40 * i + 2.5,
        evaluations: 101 * 300,
        forwards: 12,
      })),
    },
    options: { seed: 0, levels: [.0001, .001, .01], rule: "trapezoid", steps: 100, note: hostile },
    model: { name: "synthetic/monobert-large", layers, units, neurons, labels: 2 },
    attribution: A.map((abbreviation, i) => ({
      abbreviation,
      name: names[i],
      task: tasks[i],
      inDomain: i === 0,
      labels: negatives.includes(abbreviation) ? ["relevant", "non-relevant"] : ["relevant"],
    })),
    validation: [...lotte, "msmarco-dev"].map((abbreviation) => ({
      abbreviation,
      name: abbreviation === "msmarco-dev" ? "MS MARCO dev" : `LoTTE ${abbreviation}`,
      group: abbreviation === "msmarco-dev" ? "MS MARCO dev" : "LoTTE",
      queries: 200,
      candidates: 6312,
      original: .4 + .3 * random(),
      attainable: .8 + .1 * random(),
      atAttainable: abbreviation === "writing" ? .6 : .2,
      shortLists: abbreviation === "science" ? 7 : 0,
    })),
    sets: { A, O: A.slice(1) },
    leftOut,
    schemes: (["relevant", "non-relevant"] as const).flatMap((label) =>
      (label === "relevant" ? A : negatives).map((collection) => ({
        name: `${label === "relevant" ? "P" : "N"}[${collection}]`,
        collection,
        label,
        pairs: 100 + Math.floor(900 * random()),
        queries: collection === "nq" ? null : 43,
        errorsOver: collection === "nq" ? "pairs" as const : "queries" as const,
        dropped: Math.floor(200 * random()),
        evaluations: 101,
        completeness: {
          mean: 2e-4 * random(),
          worst: 3e-3 * random(),
          worstAbsolute: 2e-2 * random(),
        },
        strongest: Array.from({ length: 10 }, (_, i) => ({
          neuron: `${23 - i}.${components[(i + 3) % 6]}.${Math.floor(1000 * random())}`,
          mean: .8 / (i + 1),
          standardError: .01 + .02 * random(),
        })),
        file: `schemes/${label === "relevant" ? "P" : "N"}_${collection}.safetensors`,
      }))
    ),
    baselines: {
      collection: "ms",
      pairs: 1000,
      rows: [
        { baseline: "original", difference: .9871, standardError: .003, paper: 1 },
        { baseline: "pad", difference: .2113, standardError: .011, paper: .21 },
        { baseline: "pad-query", difference: .9991, standardError: .001, paper: 1 },
        { baseline: "zero", difference: .6702, standardError: .012, paper: .67 },
        { baseline: "zero-query", difference: .9999, standardError: .001, paper: 1 },
        { baseline: "pad-content", difference: -.3412, standardError: .02, paper: null },
      ],
      choice: "pad",
      queries: 43,
      padAhead: { runnerUp: "pad-content", value: .13, interval: { low: .08, high: .18 }, p: .002 },
    },
    overlaps: {
      levels: grid,
      curves: curves(random),
      contrasts: [],
      queries: 43,
      methods: {
        nullBand: "random sets matched by layer and component.",
        interval: "200 draws of the queries.",
      },
    },
    locations: ["N[ms]", "P[ms]"].map((expression, which) => {
      const counts = Array.from({ length: layers }, (_, layer) => {
        const peak = (layer > 21 ? 150 : 0) + 60 * Math.exp(-(((layer - 9) / 2.5) ** 2)) + 20;
        return [.02, .02, 1, 1.4, .9, .8].map((weight) =>
          Math.floor(peak * weight * (.7 + .6 * random()) * (which ? .6 : 1))
        );
      });
      const size = counts.flat().reduce((a, b) => a + b, 0);
      return { expression, level: .01, size, components, counts, effects: null };
    }),
    traces: (["relevant", "non-relevant"] as const).map((label) => trace(label, random)),
    ablation: {
      levels: [.0001, .001, .01],
      groups: [
        { name: "LoTTE", collections: lotte },
        { name: "MS MARCO dev", collections: ["msmarco-dev"] },
      ],
      rows: ablationRows(random),
      alpha: .05,
      family: "all rows, levels and collections of Table 4 together.",
      interval: "Student's t interval over queries.",
      contrasts: [],
    },
    segments: ["P[ms]", "N[ms]"].map((scheme) => {
      const values = Array.from(
        { length: layers },
        (_, layer) =>
          components.map((_, c) =>
            [1.2, .8, .2, 1.6, .4].map((weight) =>
              weight * (random() - .25) * (c < 2 ? .05 : 1) * (1 + layer / 12)
            )
          ),
      );
      return {
        scheme,
        segments: ["[CLS]", "query", "first [SEP]", "passage", "last [SEP]"],
        components,
        values,
        absolute: values.map((layer) => layer.map((each) => each.map((x) => 3 * Math.abs(x)))),
        tokens: [1, 8.3, 1, 71.2, 1],
        pairs: 20,
        evaluations: 42.5,
      };
    }),
    description: {
      ...{ collection: "ms", level: .01, pairs: 80, queries: 43, correlations: 8 },
      ...{ table: "data/describe.tsv", page: "data/describe.html" },
      sets: ["P[ms]", "random(P[ms], 1)"].map((expression) => ({ expression, neurons: 2212 })),
      summary: ["P[ms]", "random(P[ms], 1)"].flatMap((set, i) =>
        (["conductance", "activation"] as const).flatMap((quantity) =>
          (["bm25", "grade"] as const).map((signal, s) => ({
            ...{ set, quantity, signal, neurons: 2212, positive: 300 - 200 * i, negative: 7 * s },
            ...{ median: .4 - .1 * i, quartiles: [.2, .5] as const },
            strongest: { neuron: "7.value.312", rho: .8 },
          }))
        )
      ),
      leftOut: [{ signal: "query-length", why: "it is 3 in all of 80 pairs" }],
      axioms: ["P[ms]", "random(P[ms], 1)"].map((set, i) => ({
        ...{ axiom: "TFC1" as const, set, neurons: 2212, up: 5 - i, down: i },
        F: {
          ...{ axiom: "TFC1" as const, mean: .04, low: .01, high: .07 },
          ...{ p: .01, holm: .03, pairs: 20, queries: 20 },
        },
      })),
    },
    certainty: ["P[ms]", "N[ms]", "all(P, O)"].map((expression, i) => ({
      expression,
      level: .01,
      size: 2212 - 700 * i,
      queries: 43,
      method: "Share of 1,000 bootstrap draws in which the neuron belongs to the set.",
      mean: .91 - .1 * i,
      sure: 1400 - 400 * i,
      doubtful: 120 + 50 * i,
      histogram: [0, 4, 12, 20, 40, 60, 110, 200, 366, 1400 - 400 * i],
      file: `certainty/${i}.tsv`,
    })),
    convergence: convergence(random),
    conclusions: [
      {
        id: "disjoint-labels",
        claim: "The sets of the two labels are almost disjoint",
        source: "§5.1, Fig. 3",
        verdict: "holds",
        finding:
          "At 1 % at most 0.8 % of a collection’s P is in its N, below the null band (1.9 %).",
        criterion: "every overlap lies below the null band’s mean at every level of Table 4.",
        evidence: "43 queries or more a scheme, 6 collections, 1 level",
        caveat: "a caveat with P[ms] & N[ms] in it",
        tests: [
          {
            name: "P[ms] & N[ms], 1 %",
            ...{ value: .8, interval: { low: .5, high: 1.1 }, unit: "%", p: .9 },
            outcome: "supports",
          },
          {
            name: "P[nq] & N[nq], 1 %",
            ...{ value: null, interval: null, unit: "%", p: null },
            outcome: "unchanged",
          },
        ],
      },
      {
        id: "ood-larger",
        claim:
          "Two OOD collections share more neurons than one of them and the training collection",
        source: "§5.2, Figs. 2b, 2d",
        verdict: "mixed",
        finding: "True of P at all levels, of N at 1 % only.",
        criterion: "the mean over pairs is larger, at every level of Table 4.",
        evidence: "",
        tests: [],
      },
      {
        id: "random-zero",
        claim: "Random sets of the same size change next to nothing",
        source: "§5.3, Table 4",
        verdict: "fails",
        finding: `A hostile finding: ${hostile}`,
        criterion: "no collection changes significantly after Holm’s correction.",
        evidence: "200 queries",
        tests: [
          {
            name: `random(N[ms]), ${hostile}`,
            ...{ value: -3, interval: { low: -4, high: -2 }, unit: "%", p: null },
            outcome: "contradicts",
          },
        ],
      },
      {
        id: "middle-peak",
        claim: "N has a second peak in the middle layers",
        source: "§6, Fig. 4",
        verdict: "untested",
        finding: "The study located no set.",
        criterion: "layers 7 to 12 hold more than an even share.",
        evidence: "",
        tests: [],
      },
    ],
    files: [{ path: "schemes/P_ms.safetensors", holds: "the scheme P[ms]" }],
  };
}

function convergence(random: () => number): ConvergenceStudy {
  const spread = (mean: number, worst: number) => ({ mean, median: .9 * mean, worst });
  const row = (rule: string, steps: number | null, tolerance: number | null): ConvergenceRow => {
    const evaluations = steps === null ? 5 / tolerance! ** .5 : steps + 1;
    const error = (rule === "adaptive" ? .4 : 6) / evaluations ** (rule === "right" ? .9 : 1.6);
    const overlap = Math.max(0, 1 - error * (.5 + .2 * random()));
    return {
      rule,
      steps,
      tolerance,
      evaluations,
      error: spread(error, 4 * error),
      absoluteError: spread(.8 * error, 3 * error),
      rank: spread(1 - .2 * error, 1 - .6 * error),
      overlap: spread(overlap, .8 * overlap),
      completeness: spread(error, 3 * error),
      errors: ["P[ms]", "N[ms]"].map((scheme) => ({
        ...{ scheme, pairs: 20, queries: 18, mean: error, median: .9 * error },
        interval: { low: .8 * error, high: 1.2 * error },
      })),
      schemes: ["P[ms]", "N[ms]"].map((scheme) => ({
        ...{ scheme, error, overlap, ofScheme: { pairs: 1000, overlap } },
      })),
      pairs: [],
    };
  };
  const steps = [5, 10, 20, 50, 100, 200];
  return {
    collection: "ms",
    target: "logit",
    baseline: "pad",
    level: .01,
    size: 2212,
    pairs: { relevant: 8, nonRelevant: 8 },
    reference: {
      tolerance: .001,
      cuts: 4,
      evaluations: 690,
      error: spread(1e-4, 4e-4),
      completeness: spread(2e-4, 1e-3),
    },
    inUse: { rule: "adaptive", steps: null, tolerance: .05 },
    rows: [
      ...steps.map((count) => row("right", count, null)),
      ...steps.map((count) => row("trapezoid", count, null)),
      ...[.2, .1, .05, .02, .01].map((tolerance) => row("adaptive", null, tolerance)),
    ],
  };
}

function curves(random: () => number): OverlapCurve[] {
  const curve = (
    expression: string,
    kind: OverlapCurve["kind"],
    collections: readonly string[],
    figures: readonly OverlapFigure[],
    strength: number,
    label?: Label,
  ): OverlapCurve => ({
    expression,
    kind,
    label,
    collections,
    inDomain: collections.includes("ms"),
    figures,
    points: grid.map((level) => {
      const size = Math.max(1, Math.round(level * neurons));
      const share = kind === "labels"
        ? level ** 1.3
        : level + (1 - level) * strength * (.5 + .35 * Math.sin(3.5 + 1.3 * Math.log10(level)));
      const count = Math.round(share * size);
      const percent = 100 * count / size;
      const sets = kind === "all" ? collections.length : 2;
      const mean = 100 * Math.min(1, 2.2 * level) ** (sets - 1);
      return {
        level,
        size,
        count,
        percent,
        chance: 100 * level ** (sets - 1),
        nullBand: { mean, low: .7 * mean, high: Math.min(100, 1.3 * mean + 30 / size) },
        tails: kind === "labels" ? { below: .4, above: .6 } : null,
        interval: { low: .93 * percent, high: Math.min(100, 1.05 * percent) },
      };
    }),
  });
  const labels = [["P", "relevant", A, "2a", "2b"], ["N", "non-relevant", negatives, "2c", "2d"]];
  return [
    ...(labels as [string, Label, string[], OverlapFigure, OverlapFigure][]).flatMap(
      ([letter, label, members, every, without]) => {
        const pairs = members.flatMap((x, i) => members.slice(i + 1).map((y) => [x, y]));
        const O = members.slice(1);
        const less = O.filter((each) => !leftOut.includes(each));
        const minus = letter === "N" ? " - b - f" : "";
        const of = (strength: number) => letter === "N" ? 1.3 * strength : strength;
        return [
          ...pairs.map(([x, y]) =>
            curve(
              `${letter}[${x}] & ${letter}[${y}]`,
              "pair",
              [x, y],
              leftOut.some((each) => each === x || each === y) ? [every] : [every, without],
              (x === "ms" ? .75 : .9) * (.8 + .3 * random()),
              label,
            )
          ),
          curve(`all(${letter}, O${minus})`, "all", O, ["3"], of(.4), label),
          curve(`all(${letter}, A${minus})`, "all", ["ms", ...O], ["3"], of(.33), label),
          curve(`all(${letter}, O${minus} - r - nf)`, "all", less, ["3 without"], of(.6), label),
          curve(
            `all(${letter}, A${minus} - r - nf)`,
            "all",
            ["ms", ...less],
            ["3 without"],
            of(.48),
            label,
          ),
        ];
      },
    ),
    ...negatives.map((x) =>
      curve(
        `P[${x}] & N[${x}]`,
        "labels",
        [x],
        leftOut.includes(x) ? ["3"] : ["3", "3 without"],
        1,
      )
    ),
  ];
}

function trace(label: Label, random: () => number) {
  const t = Array.from({ length: 101 }, (_, i) => i / 100);
  const F = t.map((at) => -1.5 + 5 / (1 + Math.exp(-14 * (at - .55))));
  return {
    query: `what is relevance ${hostile}`,
    passage: `Relevance is a relation. ${hostile}`.repeat(4),
    label,
    target: "logit of the label’s class",
    baseline: "pad",
    t,
    F,
    neurons: ["strongest of P[ms]", "second of P[ms]", "strongest of N[ms]", "random"].map(
      (role, i) => {
        const size = [1, .6, -.5, .04][i];
        const gradient = t.map((at) => size * 3 * Math.exp(-(((at - .55 - .05 * i) / .12) ** 2)));
        const activation = t.map((at) => size + 1.2 * at + .02 * random());
        let sum = 0;
        const conductance = t.map((_, k) => {
          if (k > 0) {
            sum += .5 * (gradient[k] + gradient[k - 1]) * (activation[k] - activation[k - 1]);
          }
          return sum;
        });
        return {
          neuron: `${20 - i}.${components[5 - i]}.${101 * (i + 1)}`,
          role,
          activation,
          gradient,
          conductance,
        };
      },
    ),
  };
}

function ablationRows(random: () => number): AblationRow[] {
  const rows: readonly (readonly [string, number])[] = [
    ["P[ms]", 9],
    ["N[ms]", 48],
    ["all(P, O)", -.4],
    ["all(N, O - b - f)", 8],
    ["all(P, A)", -.3],
    ["all(N, A - b - f)", 9],
    ["F[ms]", 34],
    ["all(F, O - b - f)", -1.5],
    ["all(F, A - b - f)", 0],
    ["fuse(A)", 10],
    ["random(N[ms])", -.5],
  ];
  const levels = [.0001, .001, .01];
  const made = rows.map(([expression, most]): AblationRow => ({
    expression,
    kind: expression.startsWith("random") ? "random" : "set",
    cells: levels.map((level, l) => {
      const strength = most * [.05, .6, 1][l];
      const collections = [...lotte, "msmarco-dev"].map((name) => change(name, strength, random));
      const group = (name: string, of: readonly string[]) => {
        const changes = collections.filter(({ collection }) => of.includes(collection));
        const mean = (value: (each: CollectionChange) => number) =>
          changes.reduce((sum, each) => sum + value(each), 0) / changes.length;
        const counted = (p: (each: CollectionChange) => number | null) =>
          changes.filter((each) => (p(each) ?? 1) <= .05).length;
        return {
          group: name,
          percent: mean(({ percent }) => percent ?? 0),
          points: mean(({ points }) => points),
          collections: changes.length,
          significant: {
            paired: counted(({ paired }) => paired.p),
            independent: counted(({ independent }) => independent.p),
            holm: counted(({ holm }) => holm),
          },
          mark: null,
        };
      };
      return {
        level,
        neurons: expression === "all(F, A - b - f)" && l === 0 ? 0 : Math.round(level * neurons),
        repetitions: expression.startsWith("random") ? 50 : 1,
        collections,
        groups: [group("LoTTE", lotte), group("MS MARCO dev", ["msmarco-dev"])],
      };
    }),
  }));
  // The largest and second largest change of every column, as the study marks them.
  return made.map((row) => ({
    ...row,
    cells: row.cells.map((each, l) => ({
      ...each,
      groups: each.groups.map((group, g) => {
        const column = made.map(({ cells }) => cells[l].groups[g].percent).toSorted((a, b) =>
          b! - a!
        );
        const rank = column.indexOf(group.percent);
        return { ...group, mark: rank === 0 ? "largest" : rank === 1 ? "second" : null };
      }),
    })),
  }));
}

function change(collection: string, strength: number, random: () => number): CollectionChange {
  const original = .5;
  const percent = strength * (.7 + .6 * random()) + (random() - .5);
  const points = percent * original;
  const t = points / 1.2;
  const p = Math.exp(-Math.abs(t) * 1.4);
  return {
    collection,
    queries: 200,
    original,
    ablated: original - points / 100,
    percent,
    points,
    interval: { low: points - 2.4, high: points + 2.3 },
    paired: { t, degrees: 199, p },
    independent: { t: t / 1.6, degrees: 398, p: Math.min(1, p ** .6) },
    holm: strength === 0 ? null : Math.min(1, 30 * p),
    effect: t / Math.sqrt(200),
    randomisation: Math.min(1, p * 1.02),
    queriesLosing: Math.min(.9, .1 + Math.abs(strength) / 60),
    queriesWinning: .1,
    queriesUnchanged: .2,
    percentDeviation: null,
  };
}
