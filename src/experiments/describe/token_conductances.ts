/** What each token of a pair contributes to the conductance of chosen neurons. */

import type { LabelledPair } from "../../attribution/attribution.ts";
import { attributePairUnder } from "../../attribution/attribute_pair.ts";
import { columnsOf } from "../../attribution/path/columns.ts";
import { labelledPath } from "../../attribution/path/labelled_path.ts";
import { evaluatePoints, pointsThatFit } from "../../attribution/path/path_points.ts";
import { rule } from "../../attribution/rule.ts";
import type { EndpointWeights } from "../../compute/ops.ts";
import { siteValue, tokensOfLines } from "../../model/graph.ts";
import { textsOf } from "../../model/pair_tokenizer.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import type { Neuron } from "../../model/neurons.ts";
import type { TokenValues, ValueOptions } from "./neuron_values.ts";

/** Where a path is evaluated, and which gradients meet a change. */
interface Quadrature {
  readonly t: readonly number[];
  readonly pairing: EndpointWeights;
}

/**
 * The conductance of each neuron before the sum over tokens. They sum to what `attribute` gives, up to
 * rounding. The points of the adaptive rule are found by attributing the pair; then the path is evaluated at
 * them once more, and only the neurons' own columns are read.
 */
export async function tokenConductances(
  encoder: CrossEncoder,
  pair: LabelledPair,
  neurons: readonly Neuron[],
  options: ValueOptions = {},
): Promise<{ readonly conductances: TokenValues[]; readonly evaluations: number }> {
  const { ops, graph } = encoder;
  const { target = "logit", rule: quadrature = rule("adaptive"), ...encoding } = options;
  const path = labelledPath(encoder, pair, { target, ...encoding });
  let found: Quadrature & { readonly evaluations: number };
  if (quadrature.kind === "fixed") {
    found = { t: quadrature.points, pairing: quadrature.pairing, evaluations: 0 };
  } else {
    const { points, evaluations } = await attributePairUnder(encoder, pair, options);
    found = { t: points, pairing: { left: 0.5, right: 0.5 }, evaluations };
  }
  const { t, pairing } = found;
  const sums: Float64Array[] = Array(neurons.length);
  const places = Map.groupBy(
    neurons.keys(),
    (n) => `${neurons[n].layer} ${neurons[n].component}`,
  );
  let { evaluations } = found;
  const most = pointsThatFit(encoder, path) - 1; // intervals; chunks share their boundary point
  for (let at = 0; at < t.length - 1; at += most) {
    const chunk = t.slice(at, at + most + 1);
    evaluations += chunk.length;
    const points = evaluatePoints(encoder, path, { t: chunk, target });
    try {
      for (const of of places.values()) {
        const { layer, component } = neurons[of[0]];
        const value = siteValue(graph, layer, component);
        const units = of.map((n) => neurons[n].unit);
        const y = await columnsOf(ops, points.values.get(value)!, units);
        const g = await columnsOf(ops, points.gradients.get(value)!, units);
        of.forEach((n, i) => {
          const lines = y[i].length / chunk.length;
          sums[n] ??= new Float64Array(lines);
          addIntervals(sums[n], { y: y[i], g: g[i] }, pairing);
        });
      }
    } finally {
      points.free();
    }
  }
  const conductances = neurons.map(({ layer, component }, n) => ({
    values: sums[n],
    tokens: tokensOfLines(graph, siteValue(graph, layer, component), textsOf(path.encoded)),
  }));
  return { conductances, evaluations };
}

/** Adds Σ_k (left g_k + right g_{k+1}) (y_{k+1} - y_k) of every line; y and g are [points, lines]. */
function addIntervals(
  sums: Float64Array,
  { y, g }: { readonly y: Float64Array; readonly g: Float64Array },
  { left, right }: EndpointWeights,
): void {
  const lines = sums.length;
  for (let i = 0; i < y.length - lines; i++) {
    const next = i + lines;
    sums[i % lines] += (left * g[i] + right * g[next]) * (y[next] - y[i]);
  }
}
