/** What the changes that axioms speak of do to neurons and to F. */

import { clusteredMean, clustersOf } from "../../ir/clusters.ts";
import { fewestClusters } from "../../ir/correlation_intervals.ts";
import { centralT, twoTailed } from "../../ir/student_t.ts";
import { type AxiomName, axiomNames, type MinimalPair } from "./axioms.ts";
import { corrected, told } from "./correlations.ts";
import type { PairValues } from "./neuron_values.ts";

/** The mean contrast of an axiom's minimal pairs. Numbers that cannot be told are null. */
export interface AxiomEffect {
  /** Which. */
  readonly axiom: AxiomName;
  /** Of a neuron's conductance, or of F where there is none. */
  readonly neuron?: string;
  /** In units of F; F is that of the relevant class. */
  readonly mean: number;
  /** Of the 95 % interval over queries; null where they are too few. */
  readonly low: number | null;
  /** Likewise. */
  readonly high: number | null;
  /** Two-tailed. */
  readonly p: number | null;
  /** p by Holm's correction: over all neurons and axioms, or over the axioms of F. */
  readonly holm: number | null;
  /** Minimal pairs. */
  readonly pairs: number;
  /** The queries that they are made of. */
  readonly queries: number;
}

/**
 * Mean contrasts of F, then of every neuron's conductance, by axiom. Interval and test are Student's
 * over queries: {@linkcode clusteredMean}.
 */
export function axiomEffects(
  neurons: readonly string[],
  made: readonly { readonly pair: MinimalPair; readonly values: readonly PairValues[] }[],
): readonly AxiomEffect[] {
  const axioms = axiomNames.filter((axiom) => made.some(({ pair }) => pair.axiom === axiom));
  const effects = (of: (values: PairValues) => number, neuron?: string) =>
    axioms.map((axiom): AxiomEffect => {
      const own = made.filter(({ pair }) => pair.axiom === axiom);
      const contrasts = own.map(({ pair, values }) =>
        values.reduce((sum, one, i) => sum + pair.weights[i] * of(one), 0)
      );
      return { axiom, neuron, ...tested(contrasts, own.map(({ pair }) => pair.query)) };
    });
  return [
    ...corrected(effects(({ F }) => F.input)),
    ...corrected(
      neurons.flatMap((name, n) => effects((one) => one.neurons[n].conductance, name)),
    ),
  ];
}

function tested(
  values: readonly number[],
  queries: readonly string[],
): Omit<AxiomEffect, "axiom" | "neuron"> {
  const { mean, error, clusters } = clusteredMean(clustersOf(values, queries));
  const enough = clusters >= fewestClusters;
  const half = enough ? centralT(0.95, clusters - 1) * error : NaN;
  return {
    mean,
    low: told(mean - half),
    high: told(mean + half),
    p: enough ? told(mean === 0 ? 1 : twoTailed(mean / error, clusters - 1)) : null,
    holm: null,
    ...{ pairs: values.length, queries: clusters },
  };
}
