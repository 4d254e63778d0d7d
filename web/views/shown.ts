/** The numbers that views of units show: a pair's, another's, or their difference. */

import type { State } from "../page/state.ts";

/** Conductances by neuron id, and how they are called. */
export interface Shown {
  readonly values: Float64Array;
  /** The largest |value|. */
  readonly largest: number;
  /** Ids, the largest |value| first. */
  readonly order: Uint32Array;
}

/** What is asked to be shown; undefined until a pair is attributed. */
export function shownOf(
  { run, other, shown }: Pick<State, "run" | "other" | "shown">,
): Shown | undefined {
  if (!run) return undefined;
  const of = other ? shown : "this";
  const values = of === "this"
    ? run.conductance
    : of === "other"
    ? other!.conductance
    : run.conductance.map((value, id) => value - other!.conductance[id]);
  const order = of === "this" ? run.order : of === "other" ? other!.order : byStrength(values);
  return { values, largest: Math.abs(values[order[0]]) || 1, order };
}

function byStrength(values: Float64Array): Uint32Array {
  const strength = Float64Array.from(values, Math.abs);
  return Uint32Array.from(strength, (_, id) => id)
    .sort((a, b) => strength[b] - strength[a] || a - b);
}
