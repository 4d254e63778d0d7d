/** The attribution schemes: how many pairs, how exact, which neurons are strongest. */

import type { SchemeFacts } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, fixed, percent, significant } from "../numbers.ts";
import { cell, column, name, type Table } from "../table.ts";
import { code, neuronLink } from "../text.ts";

/** Statistics of every scheme, completeness among them. */
export function schemeTable(schemes: readonly SchemeFacts[]): Table {
  return {
    id: "table-schemes",
    number: "",
    title: "Attribution schemes",
    caption: [
      "Agreeing pairs are kept, the others dropped. The gap of completeness is how far the " +
      "conductances of a cut through the model are from F(input) − F(baseline), as a part of it: " +
      "the error of the integration.",
    ],
    columns: [
      column("scheme", "Scheme", "start"),
      column("pairs", "Pairs"),
      column("queries", "Queries"),
      column("dropped", "Dropped"),
      column("evaluations", "Evaluations a pair"),
      column("gap_mean", "Mean gap"),
      column("gap_worst", "Worst gap"),
      column("gap_worst_absolute", "Worst gap, units of F"),
    ],
    rows: schemes.map((scheme) => ({
      cells: [
        name([notation(scheme.name)]),
        cell(count(scheme.pairs), scheme.pairs),
        cell(scheme.queries === null ? "–" : count(scheme.queries), scheme.queries),
        cell(count(scheme.dropped), scheme.dropped),
        cell(fixed(scheme.evaluations, 1), scheme.evaluations),
        cell(percent(scheme.completeness.mean, 3), scheme.completeness.mean),
        cell(percent(scheme.completeness.worst, 3), scheme.completeness.worst),
        cell(significant(scheme.completeness.worstAbsolute), scheme.completeness.worstAbsolute),
      ],
    })),
    notes: schemes.flatMap(({ name, imported: made }) =>
      made === undefined ? [] : [[
        notation(name),
        ` was made elsewhere (version ${made.version || "unknown"}, ${
          made.adapter || "unknown adapter"
        }) and taken from `,
        code(made.file),
        ", SHA-256 ",
        code(made.sha256.slice(0, 16)),
        ".",
      ]]
    ),
  };
}

/** Neurons of a scheme that the page shows; its file has all. */
const shown = 5;

/** The strongest neurons of every scheme with their standard errors. */
export function strongestTable(schemes: readonly SchemeFacts[]): Table {
  return {
    id: "table-strongest",
    number: "",
    title: "Strongest neurons",
    caption: [
      `The first ${shown} neurons of every scheme: layer (from 0), component, unit; their mean ` +
      "conductance over pairs with its standard error over queries, in units of F.",
    ],
    columns: [
      column("scheme", "Scheme", "start"),
      column("rank", "Rank"),
      column("neuron", "Neuron", "start"),
      column("mean", "Mean conductance"),
      column("standard_error", "± standard error"),
    ],
    notes: schemes.flatMap(({ name: scheme, errorsOver }) =>
      errorsOver === "queries" ? [] : [[
        notation(scheme),
        ": the standard errors are over pairs, too small where pairs share queries, for its file has " +
        "no sums by query.",
      ]]
    ),
    rows: schemes.flatMap(({ name: scheme, strongest }) => {
      const neurons = strongest.slice(0, shown);
      return neurons.map(({ neuron, mean, standardError }, i) => ({
        starts: i === 0,
        cells: [
          { ...name([notation(scheme)]), span: neurons.length, covered: i > 0 },
          cell(String(i + 1), i + 1),
          cell([neuronLink(neuron)]),
          cell(fixed(mean, 4), mean),
          cell(fixed(standardError, 4), standardError),
        ],
      }));
    }),
  };
}
