/** Fig. 1: F, activations and gradients of chosen neurons along the path of one pair. */

import type { LabelledPair } from "../../attribution/attribution.ts";
import type { Baseline, MovingText } from "../../attribution/target/baseline.ts";
import { columnsOf } from "../../attribution/path/columns.ts";
import { labelledPath } from "../../attribution/path/labelled_path.ts";
import { evaluatePoints, pointsThatFit } from "../../attribution/path/path_points.ts";
import type { Target } from "../../compute/ops.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import { siteValue } from "../../model/graph.ts";
import { type Neuron, neuronName } from "../../model/neurons.ts";
import type { EncodeOptions } from "../../model/pair_tokenizer.ts";
import { type ChunkOptions, inChunks } from "../ablation/chunks.ts";
import type { NeuronTrace, PathTrace } from "../results/results.ts";

/** A neuron to be traced. */
export interface TracedNeuron extends Neuron {
  /** Why it was chosen. */
  readonly role: string;
}

/** Options of {@linkcode tracePath}. */
export interface TraceOptions extends EncodeOptions {
  /** Points of the path, ascending; 101 even ones unless given. */
  readonly t?: readonly number[];
  /** `logit` unless given. */
  readonly target?: Target;
  /** `pad` unless given. */
  readonly baseline?: Baseline;
  /** Which texts of a bi-encoder move; `both` unless given. */
  readonly path?: MovingText;
}

/** Follows F and neurons along the path of a pair. */
export async function tracePath(
  encoder: CrossEncoder,
  pair: LabelledPair,
  neurons: readonly TracedNeuron[],
  options: TraceOptions = {},
): Promise<PathTrace> {
  return (await tracePaths(encoder, [pair], neurons, options))[0];
}

/** Follows F and neurons along the paths of pairs; a chunk holds all numbers of one pair. */
export async function tracePaths(
  encoder: CrossEncoder,
  pairs: readonly LabelledPair[],
  neurons: readonly TracedNeuron[],
  { finished, onChunk: onChunk, ...options }: TraceOptions & ChunkOptions = {},
): Promise<PathTrace[]> {
  const {
    target = "logit",
    baseline = "pad",
    t = Array.from({ length: 101 }, (_, k) => k / 100),
  } = options;
  const numbers = t.length * (1 + 3 * neurons.length);
  const work = { count: pairs.length, numbers, most: 1, finished, onChunk };
  const all = await inChunks(
    work,
    (place) => numbersOf(encoder, pairs[place], neurons, { ...options, target, baseline, t }),
  );
  return pairs.map(({ query, passage, label }, place): PathTrace => {
    const series = (i: number) => {
      const at = numbers * place + t.length * i;
      return [...all.subarray(at, at + t.length)];
    };
    return {
      query,
      passage,
      label,
      target,
      baseline,
      t,
      F: series(0),
      neurons: neurons.map((neuron, n): NeuronTrace => ({
        neuron: neuronName(neuron),
        role: neuron.role,
        activation: series(1 + 3 * n),
        gradient: series(2 + 3 * n),
        conductance: series(3 + 3 * n),
      })),
    };
  });
}

/** F by point, then activation, gradient and conductance by point of every neuron. */
async function numbersOf(
  encoder: CrossEncoder,
  pair: LabelledPair,
  neurons: readonly TracedNeuron[],
  { t, target, ...others }: TraceOptions & Required<Pick<TraceOptions, "t" | "target">>,
): Promise<number[]> {
  const { ops, graph } = encoder;
  const path = labelledPath(encoder, pair, { target, ...others });
  const F: number[] = [];
  // by neuron, point: activations and gradients of its tokens
  const values = neurons.map((): Float64Array[] => []);
  const gradients = neurons.map((): Float64Array[] => []);
  const chunk = pointsThatFit(encoder, path);
  for (let at = 0; at < t.length; at += chunk) {
    const part = t.slice(at, at + chunk);
    const points = evaluatePoints(encoder, path, { t: part, target });
    F.push(...await ops.read(points.F));
    for (const of of Map.groupBy(neurons.keys(), (n) => tensorOf(neurons[n])).values()) {
      const { layer, component } = neurons[of[0]];
      const units = of.map((n) => neurons[n].unit);
      for (const [into, all] of [[values, points.values], [gradients, points.gradients]] as const) {
        const columns = await columnsOf(ops, all.get(siteValue(graph, layer, component))!, units);
        of.forEach((n, i) => into[n].push(...inParts(columns[i], part.length)));
      }
    }
    points.free();
  }
  const found = neurons.map((_, n) => [
    values[n].map(sum),
    gradients[n].map(sum),
    cumulative(values[n], gradients[n]),
  ]);
  return [F, ...found.flat()].flat();
}

const tensorOf = ({ layer, component }: Neuron) => `${layer}.${component}`;

function inParts(values: Float64Array, count: number): Float64Array[] {
  const length = values.length / count;
  return Array.from({ length: count }, (_, i) => values.slice(i * length, (i + 1) * length));
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

/** Σ over tokens and intervals so far of ½ (g[k-1] + g[k]) (y[k] - y[k-1]). */
function cumulative(y: readonly Float64Array[], g: readonly Float64Array[]): number[] {
  let total = 0;
  return y.map((now, k) => {
    if (k > 0) {
      now.forEach((value, i) => total += 0.5 * (g[k - 1][i] + g[k][i]) * (value - y[k - 1][i]));
    }
    return total;
  });
}
