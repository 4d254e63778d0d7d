/**
 * What words a neuron's weights point at: a projection onto the word embeddings. It says which words
 * the weights are close to, not that the neuron reads or writes them: layers between the embeddings
 * and a neuron turn the stream (nostalgebraist 2020, "interpreting GPT: the logit lens"; Geva et al.
 * 2021, arXiv:2012.14913; Belrose et al. 2023, arXiv:2303.08112, on where it misleads).
 */

import type { Linear, Ops, Tensor } from "../../compute/ops.ts";
import type { CrossEncoder } from "../../model/cross_encoder.ts";
import { type Graph, siteValue } from "../../model/graph.ts";
import { inputsOf, type LinearNames, type Value } from "../../model/steps.ts";
import type { Neuron } from "../../model/neurons.ts";
import { normOf } from "./vectors.ts";

/** A word piece, and its cosine with a neuron's weights. */
export interface NearWord {
  /** As the vocabulary spells it. */
  readonly piece: string;
  /** From -1 to 1. */
  readonly cosine: number;
}

/** The words nearest to a neuron's weights, by side. */
export interface NearestWords {
  /** Of what it reads; none where it does not read the stream. */
  readonly input?: readonly NearWord[];
  /** Of what it writes; none where it does not write to the stream. */
  readonly output?: readonly NearWord[];
}

/** Word pieces whose products are read at once. */
const BLOCK = 4096;

/**
 * The `count` word pieces whose embeddings, less the mean of all, have the largest cosine with each
 * neuron's weights. Input: its row of its own linear. Output: its column of the linear that brings it to
 * the stream, in value through the head's context; a unit of the stream itself where it is one. Nothing
 * where the stream is not as wide as the embeddings.
 */
export async function nearestWords(
  encoder: CrossEncoder,
  neurons: readonly Neuron[],
  { count }: { readonly count: number },
): Promise<NearestWords[]> {
  const { ops, config, graph, weights, tokenizer } = encoder;
  const { width } = config;
  if (config.embeddingWidth !== width || count === 0) return neurons.map(() => ({}));
  const input: (Float64Array | undefined)[] = Array(neurons.length);
  const output: (Float64Array | undefined)[] = Array(neurons.length);
  for (const of of Map.groupBy(neurons.keys(), placeOf(neurons)).values()) {
    const { layer, component } = neurons[of[0]];
    const units = of.map((n) => neurons[n].unit);
    const site = siteValue(graph, layer, component);
    const chosen = oneHot(ops, units, site.width);
    const put = async (into: typeof input, directions: Tensor) => {
      const values = await ops.read(directions);
      of.forEach((n, i) =>
        into[n] = Float64Array.from(values.subarray(i * width, (i + 1) * width))
      );
      ops.free(directions);
    };
    const reader = readsStream(graph, site, width);
    if (reader) {
      const rows = ops.empty(units.length, width);
      ops.linearBackward(rows, chosen, weights.linears.get(reader)!);
      await put(input, rows);
    }
    const writer = writerOf(graph, site);
    if (writer === "itself") await put(output, oneHot(ops, units, width));
    else if (writer) {
      await put(output, columnsOfWeight(ops, weights.linears.get(writer)!, chosen));
    }
    ops.free(chosen);
  }
  const words = wordsOf(tokenizer.pieces);
  const directions = [...input, ...output].filter((one) => one !== undefined);
  const found = await nearest(ops, directions, {
    count,
    table: centred(weights.words, { words, width }),
  });
  const nearOf = new Map(directions.map((one, i) => [one, found[i]]));
  return neurons.map((_, n) => ({
    ...(input[n] && { input: nearOf.get(input[n]) }),
    ...(output[n] && { output: nearOf.get(output[n]) }),
  }));
}

/** A site's own linear, where it reads the residual stream itself or its norm; else undefined. */
function readsStream(graph: Graph, site: Value, width: number): LinearNames | undefined {
  const makerOf = (value: Value) => graph.steps[graph.madeBy[value.id]];
  const isStream = (value: Value): boolean => {
    const maker = makerOf(value);
    if (maker.kind === "take" || maker.kind === "norm") return isStream(maker.x);
    return ["embed", "start", "add", "addNorm"].includes(maker.kind);
  };
  const step = makerOf(site);
  const reads = step.kind === "linear" && step.x.width === width && isStream(step.x);
  return reads ? step.linear : undefined;
}

/** What brings a site's outputs to the stream: nothing but itself, or another linear, where there is one. */
function writerOf(graph: Graph, site: Value): "itself" | LinearNames | undefined {
  const readersOf = (value: Value) => graph.steps.filter((step) => inputsOf(step).includes(value));
  const isAdded = (value: Value) =>
    readersOf(value).some((step) =>
      step.kind === "add" || step.kind === "addNorm" && step.x === value
    );
  if (isAdded(site)) return "itself";
  // unit by unit through an activation, its gate, or the attention's context
  const maker = graph.steps[graph.madeBy[site.id]];
  const activated = maker.kind === "linear" ? maker.activated : undefined;
  const carried = readersOf(site).flatMap((step) => {
    const carries = step.kind === "activate" || step.kind === "attend" && step.value === site;
    return carries && step.out.width === site.width ? [step.out] : [];
  });
  for (const step of [...(activated ? [activated] : []), ...carried].flatMap(readersOf)) {
    if (step.kind === "linear" && isAdded(step.out)) return step.linear;
  }
  return undefined;
}

const placeOf = (neurons: readonly Neuron[]) => (n: number) =>
  `${neurons[n].layer} ${neurons[n].component}`;

/** Lines of the identity [units, width]. */
function oneHot(ops: Ops, units: readonly number[], width: number): Tensor {
  const lines = new Float32Array(units.length * width);
  units.forEach((unit, i) => lines[i * width + unit] = 1);
  return ops.floats(units.length, width, lines);
}

/** Columns of W [N, K], one a line of `chosen` [columns, K]: [columns, N]. */
function columnsOfWeight(ops: Ops, { weight, bias }: Linear, chosen: Tensor): Tensor {
  const none = ops.zeros(1, bias.width);
  const columns = ops.empty(chosen.rows, weight.rows);
  ops.linear(columns, chosen, { weight, bias: none });
  ops.free(none);
  return columns;
}

/** Pieces that are words or parts of words: no special tokens, no places kept free. */
function wordsOf(pieces: ReadonlyMap<string, number>): { piece: string; id: number }[] {
  return Array.from(pieces, ([piece, id]) => ({ piece, id }))
    .filter(({ piece }) => !/^(\[.+\]|<.+>)$/.test(piece)).sort((a, b) => a.id - b.id);
}

interface WordTable {
  readonly words: readonly { readonly piece: string }[];
  /** [words, width], each less the mean and of length 1. */
  readonly vectors: Float32Array;
}

function centred(
  embeddings: Float32Array | Float64Array,
  { words, width }: {
    readonly words: readonly { readonly piece: string; readonly id: number }[];
    readonly width: number;
  },
): WordTable {
  const mean = new Float64Array(width);
  for (const { id } of words) {
    for (let i = 0; i < width; i++) mean[i] += embeddings[id * width + i] / words.length;
  }
  const vectors = new Float32Array(words.length * width);
  words.forEach(({ id }, w) => {
    const own = mean.map((value, i) => embeddings[id * width + i] - value);
    const norm = normOf(own) || 1;
    for (let i = 0; i < width; i++) vectors[w * width + i] = own[i] / norm;
  });
  return { words, vectors };
}

/** The words of the largest cosines with each direction. */
async function nearest(
  ops: Ops,
  directions: readonly Float64Array[],
  { table: { words, vectors }, count }: { readonly table: WordTable; readonly count: number },
): Promise<NearWord[][]> {
  const best: NearWord[][] = directions.map(() => []);
  if (directions.length === 0) return best;
  const width = vectors.length / words.length;
  const lines = new Float32Array(directions.length * width);
  directions.forEach((one, i) => {
    const norm = normOf(one) || 1;
    lines.set(one.map((value) => value / norm), i * width);
  });
  const x = ops.floats(directions.length, width, lines);
  for (let from = 0; from < words.length; from += BLOCK) {
    const rows = Math.min(BLOCK, words.length - from);
    const block = vectors.subarray(from * width, (from + rows) * width);
    const [weight, bias] = [ops.weights(rows, width, block), ops.zeros(1, rows)];
    const products = ops.empty(directions.length, rows);
    ops.linear(products, x, { weight, bias });
    const cosines = await ops.read(products);
    ops.free(weight, bias, products);
    best.forEach((own, i) => {
      for (let w = 0; w < rows; w++) {
        const cosine = cosines[i * rows + w];
        if (own.length === count && cosine <= own[count - 1].cosine) continue;
        const at = own.findIndex((one) => one.cosine < cosine);
        own.splice(at < 0 ? own.length : at, 0, { piece: words[from + w].piece, cosine });
        if (own.length > count) own.pop();
      }
    });
  }
  ops.free(x);
  return best;
}
