/** The table of a description: every correlation and every effect, a line each. */

import type { Description } from "./description.ts";

const columns = [
  ...["neuron", "quantity", "with", "statistic", "value", "low", "high", "p", "holm"],
  ...["pairs", "queries"],
];

/** Tab-separated lines with a heading; what cannot be told is empty, and so is the neuron of F. */
export function descriptionTable({ correlations, effects }: Description): string {
  const rows = [
    ...correlations.map(({ neuron, quantity, signal, rho, ...one }) => [
      ...[neuron, quantity, signal, "spearman", rho, one.low, one.high, one.p, one.holm],
      ...[one.pairs, one.queries],
    ]),
    ...effects.map(({ neuron, axiom, mean, ...one }) => [
      ...[neuron ?? "", neuron ? "conductance" : "F", axiom, "contrast", mean],
      ...[one.low, one.high, one.p, one.holm, one.pairs, one.queries],
    ]),
  ];
  return [columns, ...rows].map((row) => row.map((value) => value ?? "").join("\t") + "\n").join(
    "",
  );
}
