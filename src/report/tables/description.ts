/** What neurons respond to: signals that go along with them, and changes that move them. */

import type { StudyDescription } from "../../experiments/results/results.ts";
import { notation } from "../notation.ts";
import { count, percent, pValue, signed, significant } from "../numbers.ts";
import { numbers, type Table, table, texts } from "../table.ts";

/** Significant neurons by sign: 3 + 1 −, or 0. */
function counted(up: number, down: number): string {
  return up + down === 0 ? "0" : `${up}\u00a0+ ${down}\u00a0−`;
}

type SignalRow = readonly StudyDescription["summary"][number][];

/** A row a quantity and signal: for each set the median correlation, and how many are significant. */
export function signalTable(description: StudyDescription): Table {
  const { sets, summary, pairs, queries, correlations, level, collection } = description;
  return table<SignalRow>({
    id: "table-signals",
    title: "Signals that go along with neurons",
    caption:
      `Spearman’s ρ, over ${count(pairs)} pairs of ${
        count(queries)
      } queries of ${collection}, of ` +
      "what a neuron does and a signal of the pair: median over each set’s neurons, and how many are " +
      `significant either way (p below .05 by Holm’s correction over all ${count(correlations)} ` +
      `correlations; queries are the sample). Sets are the strongest ${
        percent(level)
      }. F speaks for ` +
      "relevance in all pairs.",
    columns: [
      texts("quantity", "Quantity", ([{ quantity }]) => quantity),
      texts("signal", "Signal", ([{ signal }]) => signal, { names: true }),
      ...sets.flatMap(({ expression, neurons }) => {
        const of = (row: SignalRow) => row.find(({ set }) => set === expression);
        return [
          numbers(
            `median ${expression}`,
            ["ρ, ", notation(expression)],
            (row: SignalRow) => of(row)?.median,
            (median) => signed(median),
          ),
          {
            ...texts(`significant ${expression}`, `of ${count(neurons)}`, (row: SignalRow) => {
              const { positive = 0, negative = 0 } = of(row) ?? {};
              return counted(positive, negative);
            }, { value: (row) => (of(row)?.positive ?? 0) + (of(row)?.negative ?? 0) }),
            align: "end" as const,
          },
        ];
      }),
    ],
    records: [...Map.groupBy(summary, (one) => `${one.quantity} ${one.signal}`).values()],
    starts: ([one], before) => before !== undefined && before[0].quantity !== one.quantity,
    notes: [
      [
        "A correlation is no cause: signals go along with each other and with relevance, which the " +
        "model was trained for. Random sets have as many neurons in each layer and component.",
      ],
      ...description.leftOut.map(({ signal, why }) => [`${signal} is left out: ${why}.`]),
    ],
  });
}

type AxiomRow = readonly StudyDescription["axioms"][number][];

/** A row an axiom: what its change does to F, and how many neurons of each set it moves. */
export function axiomTable({ sets, axioms }: StudyDescription): Table {
  return table<AxiomRow>({
    id: "table-axioms",
    title: "Changes that move neurons",
    caption:
      "Minimal pairs: passages that differ in a term’s frequency (TFC1, TFC2), its rarity (TDC), a " +
      "word near a missing term (STMC1) or the length (LNC1, LNC2) alone. Contrast of F, in its units, " +
      "which each axiom says is positive; and how many neurons’ conductance moves up or down (p below " +
      ".05 by Holm’s correction over neurons and axioms).",
    columns: [
      texts("axiom", "Axiom", ([{ axiom }]) => axiom, { names: true }),
      numbers("pairs", "Pairs", ([{ F }]) => F.pairs, count),
      numbers("F", "Contrast of F", ([{ F }]) => F.mean, (value) => significant(value)),
      numbers("low", "95\u00a0%", ([{ F }]) => F.low, (value) => significant(value)),
      numbers("high", "to", ([{ F }]) => F.high, (value) => significant(value)),
      numbers("p", "p, corrected", ([{ F }]) => F.holm, (value) => pValue(value)),
      ...sets.map(({ expression, neurons }) => {
        const of = (row: AxiomRow) => row.find(({ set }) => set === expression);
        return {
          ...texts(
            `moved ${expression}`,
            [notation(expression), ` of ${count(neurons)}`],
            (row: AxiomRow) => counted(of(row)?.up ?? 0, of(row)?.down ?? 0),
            { value: (row) => (of(row)?.up ?? 0) + (of(row)?.down ?? 0) },
          ),
          align: "end" as const,
        };
      }),
    ],
    records: [...Map.groupBy(axioms, ({ axiom }) => axiom).values()],
  });
}
