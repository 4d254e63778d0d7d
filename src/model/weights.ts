/** A checkpoint's weights, one tensor at a time into the operations' memory. */

import type { Linear, Norm, Ops, Tensor } from "../compute/ops.ts";
import type { TensorFile } from "../formats/tensor_file.ts";
import type { EncoderConfig } from "./config.ts";
import type { EmbeddingNames, Graph, LinearNames, NormNames, WeightName } from "./graph.ts";

/** Weights by the names that a graph gives them. */
export interface Weights {
  /** Word embeddings [vocabulary, E], on the host: a batch needs few of them. */
  readonly words: Float32Array | Float64Array;
  /** Tables of positions and types. */
  readonly tables: ReadonlyMap<WeightName, Tensor>;
  readonly linears: ReadonlyMap<LinearNames, Linear>;
  readonly norms: ReadonlyMap<NormNames, Norm>;
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
  const read = (name: WeightName) => numbersOf(file, name, config);
  const vector = async (name: WeightName) => {
    const numbers = await read(name);
    return ops.floats(1, numbers.length, numbers);
  };
  const tables = new Map<WeightName, Tensor>();
  const linears = new Map<LinearNames, Linear>();
  const norms = new Map<NormNames, Norm>();

  const norm = async (names: NormNames) => {
    const { gain, bias } = inFile(file, names);
    norms.set(names, {
      gain: await vector(gain),
      bias: await vector(bias),
      epsilon: names.epsilon,
    });
  };
  const embeddings = async ({ positions, types, norm: names }: EmbeddingNames) => {
    for (const table of [positions, types]) {
      const [rows, width] = table.shape;
      tables.set(table, ops.floats(rows, width, await read(table)));
    }
    await norm(names);
  };
  const linear = async (names: LinearNames) => {
    const { weight, bias, outputs, inputs } = names;
    linears.set(names, {
      weight: ops.weights(outputs, inputs, await read(weight)),
      bias: bias ? await vector(bias) : ops.floats(1, outputs, new Float32Array(outputs)),
    });
  };
  let words: WeightName | undefined;
  for (const step of graph.steps) {
    if (step.kind === "embed") {
      words = step.embedding.words;
      await embeddings(step.embedding);
    }
    if (step.kind === "linear") await linear(step.linear);
    if (step.kind === "addNorm") await norm(step.norm);
  }
  return { words: await read(words!), tables, linears, norms };
}

/** A LayerNorm by the names that the file has: checkpoints converted from TensorFlow say gamma and beta. */
function inFile({ entries }: TensorFile, { gain, bias, ...rest }: NormNames): NormNames {
  const old = (name: WeightName, ending: string) => (
    { ...name, name: name.name.replace(/(weight|bias)$/, ending) }
  );
  const gamma = old(gain, "gamma");
  if (!entries.has(gamma.name)) return { gain, bias, ...rest };
  return { gain: gamma, bias: old(bias, "beta"), ...rest };
}

/** The numbers of a tensor, or of the rows of it that are asked for. */
async function numbersOf(
  file: TensorFile,
  { name, shape, rows, classes, scale = 1 }: WeightName,
  { relevantClass }: Pick<EncoderConfig, "relevantClass">,
): Promise<Float32Array | Float64Array> {
  const entry = file.entries.get(name);
  if (!entry) throw new RangeError(`Cannot open the model: its weights lack the tensor ${name}`);
  if (entry.shape.join() !== shape.join()) {
    throw new TypeError(
      `Cannot open the model: expected ${name} of shape [${shape.join(", ")}], got [${
        entry.shape.join(", ")
      }]`,
    );
  }
  const all = await file.read(name);
  if (!all.every(Number.isFinite)) {
    const place = all.findIndex((value) => !Number.isFinite(value));
    throw new RangeError(`Cannot open the model: ${name} holds ${all[place]} at element ${place}`);
  }
  const width = shape.length === 1 ? 1 : shape[1];
  let numbers = all;
  if (rows && "from" in rows) {
    numbers = all.subarray(rows.from * width, (rows.from + rows.count) * width);
  } else if (rows) {
    numbers = all.slice(0, rows.length * width);
    rows.forEach((row, i) => numbers.set(all.subarray(row * width, (row + 1) * width), i * width));
  }
  if (scale !== 1) numbers = numbers.map((value) => scale * value);
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
