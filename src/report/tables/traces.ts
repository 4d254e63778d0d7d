/** Every point of Fig. 1 as a file of data. */

import type { PathTrace } from "../../experiments/results/results.ts";
import { dataTsv, datum } from "../table.ts";

/** Paths, a line a pair, neuron and point. */
export function traceTsv(traces: readonly PathTrace[]): string {
  const records = traces.flatMap(({ t, F, neurons }, pair) =>
    neurons.flatMap((neuron) => t.map((at, k) => ({ pair, neuron, at, F: F[k], k })))
  );
  return dataTsv<(typeof records)[number]>([
    datum("pair", ({ pair }) => pair),
    datum("neuron", ({ neuron }) => neuron.neuron),
    datum("role", ({ neuron }) => neuron.role),
    datum("t", ({ at }) => at),
    datum("F", ({ F }) => F),
    datum("activation", ({ neuron, k }) => neuron.activation[k]),
    datum("gradient", ({ neuron, k }) => neuron.gradient[k]),
    datum("conductance", ({ neuron, k }) => neuron.conductance[k]),
  ], records);
}
