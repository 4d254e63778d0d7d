/** How many neurons of a set respond to each signal and axiom. */

import { median } from "../../ir/median.ts";
import type { AxiomEffect } from "./axiom_effects.ts";
import type { AxiomName } from "./axioms.ts";
import type { SignalCorrelation } from "./correlations.ts";
import type { AxiomSummary, DescribedSet, SignalSummary } from "./description.ts";

/** Largest p, after correction, of what counts. */
const LEVEL = 0.05;

const significant = ({ holm }: { readonly holm: number | null }) => holm !== null && holm < LEVEL;

/** How many neurons of a set go along with each signal, by quantity. */
export function signalSummary(
  { name, neurons }: DescribedSet,
  rows: readonly SignalCorrelation[],
): SignalSummary[] {
  const members = new Set(neurons);
  const mine = rows.filter(({ neuron }) => members.has(neuron));
  return [...Map.groupBy(mine, ({ quantity, signal }) => `${quantity} ${signal}`).values()]
    .map((own): SignalSummary => {
      const told = own.filter((row) => row.rho !== null)
        .map(({ neuron, rho, holm }) => ({ neuron, rho: rho!, holm }));
      const [first] = told.toSorted((a, b) => Math.abs(b.rho) - Math.abs(a.rho));
      return {
        ...{ set: name, quantity: own[0].quantity, signal: own[0].signal, neurons: told.length },
        positive: told.filter((row) => significant(row) && row.rho > 0).length,
        negative: told.filter((row) => significant(row) && row.rho < 0).length,
        quartiles: told.length > 0 ? quartiles(told.map(({ rho }) => rho)) : null,
        median: told.length > 0 ? median(told.map(({ rho }) => rho)) : null,
        strongest: first ? { neuron: first.neuron, rho: first.rho } : null,
      };
    });
}

/** The first and the last quartile, on the line between the two values next to it (as numpy's). */
function quartiles(values: readonly number[]): [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (place: number) => {
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  };
  return [at((sorted.length - 1) / 4), at(3 * (sorted.length - 1) / 4)];
}

/** How many neurons of a set each axiom moves. */
export function axiomSummary(
  { name, neurons }: DescribedSet,
  effects: readonly AxiomEffect[],
): (AxiomSummary & { readonly axiom: AxiomName })[] {
  const members = new Set(neurons);
  return effects.filter(({ neuron }) => neuron === undefined).map((F) => {
    const own = effects.filter(({ axiom, neuron }) =>
      axiom === F.axiom && neuron !== undefined && members.has(neuron)
    );
    return {
      ...{ set: name, axiom: F.axiom, F, neurons: own.length },
      up: own.filter((one) => significant(one) && one.mean > 0).length,
      down: own.filter((one) => significant(one) && one.mean < 0).length,
    };
  });
}
