/** Tables of the attribution schemes: their pairs, their exactness, their strongest neurons. */

import type { SchemeFacts } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, fixed, percent, significant } from "../numbers.ts";
import { numbers, type Table, table, texts } from "../table.ts";
import { code, neuronLink } from "../text.ts";

/** Statistics of every scheme, completeness among them. */
export function schemeTable(schemes: readonly SchemeFacts[]): Table {
  return table<SchemeFacts>({
    id: "table-schemes",
    title: "Attribution schemes",
    caption:
      "Agreeing pairs are kept, the others dropped. The gap of completeness is how far the " +
      "conductances of a cut through the model are from F(input) − F(baseline), as a part of it: " +
      "the error of the integration.",
    columns: [
      texts("scheme", "Scheme", ({ name }) => [notation(name)], { names: true }),
      numbers("pairs", "Pairs", ({ pairs }) => pairs, count),
      numbers("queries", "Queries", ({ queries }) => queries, (n) => n === null ? "–" : count(n)),
      numbers("dropped", "Dropped", ({ dropped }) => dropped, count),
      numbers("evaluations", "Evaluations a pair", (one) => one.evaluations, (n) => fixed(n, 1)),
      numbers("gap_mean", "Mean gap", ({ completeness }) => completeness.mean, gap),
      numbers("gap_worst", "Worst gap", ({ completeness }) => completeness.worst, gap),
      numbers(
        "gap_worst_absolute",
        "Worst gap, units of F",
        ({ completeness }) => completeness.worstAbsolute,
        (value) => significant(value),
      ),
    ],
    records: schemes,
    notes: [
      ...(schemes.some(({ ofTriples }) => ofTriples) ? [[OF_TRIPLES]] : []),
      ...schemes.flatMap(({ name, imported: made }) =>
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
    ],
  });
}

/** What schemes of triples are. */
const OF_TRIPLES =
  "P and N of a collection are of the same triples of a query, a relevant passage and another one; F is " +
  "the sigmoid of the difference of their margins. P has the conductances of the relevant passages’ runs, " +
  "N those of the other ones’: positive where a neuron lowers the other’s margin. The gap is that of both " +
  "together.";

const gap = (part: number) => percent(part, 3);

/** Neurons of a scheme that the page shows; its file has all. */
const shown = 5;

/** The strongest neurons of every scheme with their standard errors. */
export function strongestTable(schemes: readonly SchemeFacts[]): Table {
  const conductance = (value: number | null) => fixed(value, 4);
  const records = schemes.flatMap(({ name: scheme, strongest }) =>
    strongest.slice(0, shown).map((one, i) => ({ ...one, scheme, rank: i + 1 }))
  );
  return table<(typeof records)[number]>({
    id: "table-strongest",
    title: "Strongest neurons",
    caption:
      `The first ${shown} neurons of every scheme: layer (from 0), component, unit; their mean ` +
      "conductance over pairs with its standard error over queries, in units of F.",
    columns: [
      texts("scheme", "Scheme", ({ scheme }) => [notation(scheme)], { names: true, spans: true }),
      numbers("rank", "Rank", ({ rank }) => rank, String),
      texts("neuron", "Neuron", ({ neuron }) => [neuronLink(neuron)]),
      numbers("mean", "Mean conductance", ({ mean }) => mean, conductance),
      numbers("standard_error", "± standard error", (one) => one.standardError, conductance),
    ],
    records,
    starts: ({ scheme }, before) => scheme !== before?.scheme,
    notes: schemes.flatMap(({ name: scheme, errorsOver }) =>
      errorsOver === "queries" ? [] : [[
        notation(scheme),
        ": the standard errors are over pairs, too small where pairs share queries, for its file has " +
        "no sums by query.",
      ]]
    ),
  });
}
