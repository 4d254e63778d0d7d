/** A checkpoint's weights, one tensor at a time into the operations' memory. */

import type { Linear, Norm, Ops, RelativePositions, Tensor } from "../compute/ops.ts";
import type { TensorFile } from "../formats/tensor_file.ts";
import type { EncoderConfig } from "./config.ts";
import type { Graph } from "./graph.ts";
import type {
  AttentionSpec,
  LinearNames,
  NormNames,
  RelativeBias,
  RelativeProjections,
  Rotary,
  WeightName,
} from "./steps.ts";

/** Weights by the names that a graph gives them. */
export interface Weights {
  /** Word embeddings [vocabulary, E], on the host: a batch needs few of them. */
  readonly words: Float32Array | Float64Array;
  /** Tables of positions and types. */
  readonly tables: ReadonlyMap<WeightName, Tensor>;
  readonly linears: ReadonlyMap<LinearNames, Linear>;
  readonly norms: ReadonlyMap<NormNames, Norm>;
  /** Angles by position [positions, d]: cosines, then sines. */
  readonly rotations: ReadonlyMap<Rotary, Tensor>;
  /** Biases by relative position [2 · positions - 1, H]. */
  readonly biases: ReadonlyMap<RelativeBias, Tensor>;
  /** DeBERTa's positions as queries and keys. */
  readonly relatives: ReadonlyMap<RelativeProjections, Omit<RelativePositions, "keep">>;
}

/**
 * Reads the weights that `graph` calls for.
 *
 * @throws {RangeError} where a tensor is missing, {@linkcode TypeError} where its shape is another,
 * {@linkcode RangeError} where it holds a number that is not finite.
 */
export async function loadWeights(
  file: TensorFile,
  { graph, config, ops }: {
    readonly graph: Graph;
    readonly config: Pick<EncoderConfig, "relevantClass">;
    readonly ops: Ops;
  },
): Promise<Weights> {
  const tensor = tensorReader(file, weightNames(graph));
  const read = async (name: WeightName) => numbersOf(await tensor(name), name, config);
  const vector = async (name: WeightName) => {
    const numbers = await read(name);
    return ops.floats(1, numbers.length, numbers);
  };
  const tables = new Map<WeightName, Tensor>();
  const linears = new Map<LinearNames, Linear>();
  const norms = new Map<NormNames, Norm>();

  const rotations = new Map<Rotary, Tensor>();
  const biases = new Map<RelativeBias, Tensor>();
  const relatives = new Map<RelativeProjections, Omit<RelativePositions, "keep">>();

  const norm = async (names: NormNames) => {
    if (norms.has(names)) return;
    const { gain, bias, epsilon, kind } = inFile(file, names);
    norms.set(names, {
      gain: await vector(gain),
      ...(bias ? { bias: await vector(bias) } : {}),
      ...{ epsilon, kind },
    });
  };
  const table = async (name: WeightName) => {
    const numbers = await read(name);
    const width = name.shape[1];
    tables.set(name, ops.floats(numbers.length / width, width, numbers));
  };
  const linear = async (names: LinearNames) => {
    if (linears.has(names)) return;
    const { weight, bias, outputs, inputs } = names;
    const numbers = await read(weight);
    linears.set(names, {
      weight: named(weight, () => ops.weights(outputs, inputs, numbers)),
      bias: bias ? await vector(bias) : ops.floats(1, outputs, new Float32Array(outputs)),
    });
  };
  const attention = async ({ bias, relative }: AttentionSpec) => {
    if (bias && !biases.has(bias)) {
      const { table, positions } = bias;
      const lines = relativeBias(await read(table), bias);
      biases.set(bias, ops.floats(2 * positions - 1, table.shape[1], lines));
    }
    if (!relative || relatives.has(relative)) return;
    const { positions, bucketOf, norm: names, query, key } = relative;
    await linear(query);
    await linear(key);
    const [rows, width] = relative.table.shape;
    let lines = ops.floats(rows, width, await read(relative.table));
    if (names) {
      await norm(names);
      const plain = lines;
      ops.norm(lines = ops.empty(rows, width), plain, norms.get(names)!);
      ops.free(plain);
    }
    const through = (names: LinearNames) => {
      const out = ops.empty(rows, names.outputs);
      ops.linear(out, lines, linears.get(names)!);
      return out;
    };
    const buckets = Uint32Array.from(
      { length: 2 * positions - 1 },
      (_, line) => bucketOf(line - positions + 1),
    );
    relatives.set(relative, {
      key: through(key),
      query: through(query),
      bucketOf: ops.indices(buckets.length, 1, buckets),
    });
    ops.free(lines);
  };
  let words: WeightName | undefined;
  for (const step of graph.steps) {
    if (step.kind === "embed") {
      const { positions, types, norm: names } = step.embedding;
      words = step.embedding.words;
      for (const one of [positions, types]) if (one) await table(one);
      if (names) await norm(names);
    }
    if (step.kind === "linear") await linear(step.linear);
    if (step.kind === "terms") { for (const tile of step.tiles) await linear(tile); }
    if (step.kind === "addNorm" || step.kind === "norm") await norm(step.norm);
    if (step.kind === "start") await table(step.word);
    if (step.kind === "rotate" && !rotations.has(step.rotary)) {
      const { positions, width } = step.rotary;
      rotations.set(step.rotary, ops.floats(positions, width, anglesOf(step.rotary)));
    }
    if (step.kind === "attend") await attention(step.attention);
  }
  return { words: await read(words!), tables, linears, norms, rotations, biases, relatives };
}

/** Cosines and sines of position · θ^(-2i/d), i < d/2: [positions, d]. */
function anglesOf({ theta, width, positions }: Rotary): Float64Array {
  const half = width / 2;
  const angles = new Float64Array(positions * width);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * theta ** (-2 * i / width);
      angles[position * width + i] = Math.cos(angle);
      angles[position * width + half + i] = Math.sin(angle);
    }
  }
  return angles;
}

/** A learned bias by distance: line positions - 1 + j - i of [2 · positions - 1, H]. */
function relativeBias(
  table: ArrayLike<number>,
  { table: { shape: [buckets, heads] }, maxDistance, positions }: RelativeBias,
): Float64Array {
  const lines = new Float64Array((2 * positions - 1) * heads);
  for (let distance = 1 - positions; distance < positions; distance++) {
    const bucket = bucketOf(distance, { buckets, maxDistance });
    for (let head = 0; head < heads; head++) {
      lines[(positions - 1 + distance) * heads + head] = table[bucket * heads + head];
    }
  }
  return lines;
}

/**
 * T5's bucket of the distance j - i: half of them for each direction, half of those for a distance each,
 * the rest on a logarithmic scale. In float32, as PyTorch decides where one ends.
 */
function bucketOf(
  distance: number,
  { buckets, maxDistance }: { readonly buckets: number; readonly maxDistance: number },
): number {
  const half = Math.floor(buckets / 2);
  const exact = Math.floor(half / 2);
  const far = Math.abs(distance);
  const first = distance > 0 ? half : 0;
  if (far < exact) return first + far;
  const log = Math.fround(Math.log(Math.fround(far / exact)));
  const part = Math.fround(log / Math.fround(Math.log(maxDistance / exact)));
  return first + Math.min(half - 1, exact + Math.floor(Math.fround(part * (half - exact))));
}

/** A LayerNorm by the names that the file has: checkpoints converted from TensorFlow say gamma and beta. */
function inFile({ entries }: TensorFile, { gain, bias, ...rest }: NormNames): NormNames {
  const old = (name: WeightName, ending: string) => (
    { ...name, name: name.name.replace(/(weight|bias)$/, ending) }
  );
  const gamma = old(gain, "gamma");
  if (!entries.has(gamma.name)) return { gain, bias, ...rest };
  return { gain: gamma, bias: bias && old(bias, "beta"), ...rest };
}

/** The names of the tensors that a graph's weights are read from, one for every time that it is read. */
export function weightNames({ steps }: Pick<Graph, "steps">): WeightName[] {
  const linears = new Set<LinearNames>();
  const norms = new Set<NormNames | undefined>();
  const biases = new Set<RelativeBias | undefined>();
  const relatives = new Set<RelativeProjections>();
  const names: (WeightName | undefined)[] = [];
  for (const step of steps) {
    if (step.kind === "embed") {
      const { words, positions, types, norm } = step.embedding;
      names.push(words, positions, types);
      norms.add(norm);
    }
    if (step.kind === "linear") linears.add(step.linear);
    if (step.kind === "terms") { for (const tile of step.tiles) linears.add(tile); }
    if (step.kind === "addNorm" || step.kind === "norm") norms.add(step.norm);
    if (step.kind === "start") names.push(step.word);
    if (step.kind === "attend") {
      const { bias, relative } = step.attention;
      biases.add(bias);
      if (relative) relatives.add(relative);
    }
  }
  for (const { query, key, norm } of relatives) {
    linears.add(query).add(key);
    norms.add(norm);
  }
  for (const { weight, bias } of linears) names.push(weight, bias);
  for (const norm of norms) names.push(norm?.gain, norm?.bias);
  for (const bias of biases) names.push(bias?.table);
  for (const { table } of relatives) names.push(table);
  return names.filter((name) => name !== undefined).filter(({ fill }) => fill === undefined);
}

/** Reads and checks tensors, each once: what is asked for again, as parts of fused ones, is held till then. */
function tensorReader(file: TensorFile, asked: readonly WeightName[]) {
  const left = new Map<string, number>();
  for (const { name } of asked) left.set(name, (left.get(name) ?? 0) + 1);
  const held = new Map<string, Float32Array | Float64Array>();
  return async (of: WeightName): Promise<Float32Array | Float64Array> => {
    const { name, shape: [length], fill } = of;
    if (fill !== undefined) return new Float64Array(length).fill(fill);
    checkShape(file, of);
    const numbers = held.get(name) ?? await readFinite(file, name);
    const more = (left.get(name) ?? 1) - 1;
    left.set(name, more);
    if (more > 0) held.set(name, numbers);
    else held.delete(name);
    return numbers;
  };
}

function checkShape({ entries }: TensorFile, { name, shape }: WeightName): void {
  const entry = entries.get(name);
  if (!entry) throw new RangeError(`Cannot open the model: its weights lack the tensor ${name}`);
  if (entry.shape.join() === shape.join()) return;
  throw new TypeError(
    `Cannot open the model: expected ${name} of shape [${shape.join(", ")}], got [${
      entry.shape.join(", ")
    }]`,
  );
}

async function readFinite(file: TensorFile, name: string): Promise<Float32Array | Float64Array> {
  const all = await file.read(name);
  if (all.every(Number.isFinite)) return all;
  const place = all.findIndex((value) => !Number.isFinite(value));
  throw new RangeError(`Cannot open the model: ${name} holds ${all[place]} at element ${place}`);
}

/** The numbers of a tensor, or of the rows of it that are asked for; the tensor's own stay as they are. */
function numbersOf(
  all: Float32Array | Float64Array,
  { shape, rows, classes, scale = 1 }: WeightName,
  { relevantClass }: Pick<EncoderConfig, "relevantClass">,
): Float32Array | Float64Array {
  const width = shape.length === 1 ? 1 : shape[1];
  let numbers = all;
  if (rows && "from" in rows) {
    numbers = all.subarray(rows.from * width, (rows.from + rows.count) * width);
  } else if (rows) {
    numbers = all.slice(0, rows.length * width);
    rows.forEach((row, i) => numbers.set(all.subarray(row * width, (row + 1) * width), i * width));
  }
  if (scale !== 1) numbers = Float64Array.from(numbers, (value) => scale * value);
  return classes && relevantClass === 0 ? turned(numbers, width) : numbers;
}

/** Classes turned so that the last is what a relevant pair has more of; a single one changes its sign. */
function turned(numbers: Float32Array | Float64Array, width: number): Float32Array | Float64Array {
  if (numbers.length === width) return numbers.map((value) => -value);
  const one = numbers.length / 2;
  const result = numbers.slice();
  result.set(numbers.subarray(one), 0);
  result.set(numbers.subarray(0, one), one);
  return result;
}

/** What `keep` returns; where it refuses the numbers of a tensor, the error names it. */
function named<T>({ name }: WeightName, keep: () => T): T {
  try {
    return keep();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`${error.message}, in ${name}`, { cause: error });
  }
}
