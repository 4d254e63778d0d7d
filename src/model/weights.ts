/** A checkpoint's weights, one tensor at a time into the operations' memory. */

import type { Linear, Norm, Ops, Tensor } from "../compute/ops.ts";
import type { TensorFile } from "../formats/tensor_file.ts";
import type { EncoderConfig } from "./config.ts";

/** Weights of one layer. */
export interface LayerWeights {
  /** [C, C]. */
  readonly query: Linear;
  /** [C, C]. */
  readonly key: Linear;
  /** [C, C]. */
  readonly value: Linear;
  /** [C, C]. */
  readonly attention_output: Linear;
  /** After attention, [C]. */
  readonly attentionNorm: Norm;
  /** [I, C]. */
  readonly intermediate: Linear;
  /** [C, I]. */
  readonly ff_output: Linear;
  /** After the feed-forward layer, [C]. */
  readonly outputNorm: Norm;
}

/** Weights of an encoder and its head. E is the embeddings' width, C unless ELECTRA projects. */
export interface Weights {
  /** Word embeddings [vocabulary, E], on the host: a batch needs few of them. */
  readonly words: Float32Array | Float64Array;
  /** [positions, E]. */
  readonly positions: Tensor;
  /** [types, E]. */
  readonly types: Tensor;
  /** [E]. */
  readonly embeddingNorm: Norm;
  /** [C, E]. */
  readonly projection?: Linear;
  /** From the embeddings upwards. */
  readonly layers: readonly LayerWeights[];
  /** [C, C]. */
  readonly dense: Linear;
  /** [labels, C]; the last of two is the relevant class. */
  readonly classifier: Linear;
}

/**
 * Reads the weights that `config` calls for.
 *
 * @throws {RangeError} where a tensor is missing, {@linkcode TypeError} where its shape is another,
 * {@linkcode RangeError} where it holds a number that is not finite.
 */
export async function loadWeights(
  file: TensorFile,
  config: EncoderConfig,
  ops: Ops,
): Promise<Weights> {
  const { family, width, inner, embeddingWidth } = config;

  async function numbers(name: string, rows: number, columns?: number) {
    const entry = file.entries.get(name);
    if (!entry) throw new RangeError(`Cannot open the model: its weights lack the tensor ${name}`);
    const wanted = columns === undefined ? [rows] : [rows, columns];
    if (entry.shape.join() !== wanted.join()) {
      throw new TypeError(
        `Cannot open the model: expected ${name} of shape [${wanted.join(", ")}], got [${
          entry.shape.join(", ")
        }]`,
      );
    }
    const values = await file.read(name);
    if (!values.every(Number.isFinite)) {
      const place = values.findIndex((value) => !Number.isFinite(value));
      throw new RangeError(
        `Cannot open the model: ${name} holds ${values[place]} at element ${place}`,
      );
    }
    return values;
  }
  const table = async (name: string, rows: number, columns: number) =>
    ops.floats(rows, columns, await numbers(name, rows, columns));
  const vector = async (name: string, length: number) =>
    ops.floats(1, length, await numbers(name, length));
  const linear = async (name: string, outputs: number, inputs: number): Promise<Linear> => ({
    weight: ops.weights(outputs, inputs, await numbers(`${name}.weight`, outputs, inputs)),
    bias: await vector(`${name}.bias`, outputs),
  });
  /** The last linear, turned so that its last output is what a relevant pair has more of. */
  const classifier = async (name: string): Promise<Linear> => {
    const turn = (values: Float32Array | Float64Array) => {
      if (config.relevantClass === 1) return values;
      if (config.labels === 1) return values.map((value) => -value);
      const one = values.length / 2;
      const turned = values.slice();
      turned.set(values.subarray(one), 0);
      turned.set(values.subarray(0, one), one);
      return turned;
    };
    const weight = turn(await numbers(`${name}.weight`, config.labels, width));
    const bias = turn(await numbers(`${name}.bias`, config.labels));
    return {
      weight: ops.weights(config.labels, width, weight),
      bias: ops.floats(1, config.labels, bias),
    };
  };
  const norm = async (name: string, length: number): Promise<Norm> => {
    const old = file.entries.has(`${name}.gamma`); // checkpoints converted from TensorFlow
    return {
      gain: await vector(`${name}.${old ? "gamma" : "weight"}`, length),
      bias: await vector(`${name}.${old ? "beta" : "bias"}`, length),
      epsilon: config.epsilon,
    };
  };

  const embeddings = `${family.prefix}embeddings`;
  const words = await numbers(
    `${embeddings}.word_embeddings.weight`,
    config.vocabulary,
    embeddingWidth,
  );
  const positions = await table(
    `${embeddings}.position_embeddings.weight`,
    config.positions,
    embeddingWidth,
  );
  const types = await table(
    `${embeddings}.token_type_embeddings.weight`,
    config.types,
    embeddingWidth,
  );
  const embeddingNorm = await norm(`${embeddings}.LayerNorm`, embeddingWidth);
  const projection = embeddingWidth === width
    ? undefined
    : await linear(`${family.prefix}embeddings_project`, width, embeddingWidth);
  const layers: LayerWeights[] = [];
  for (let l = 0; l < config.layers; l++) {
    const layer = `${family.prefix}encoder.layer.${l}`;
    layers.push({
      query: await linear(`${layer}.attention.self.query`, width, width),
      key: await linear(`${layer}.attention.self.key`, width, width),
      value: await linear(`${layer}.attention.self.value`, width, width),
      attention_output: await linear(`${layer}.attention.output.dense`, width, width),
      attentionNorm: await norm(`${layer}.attention.output.LayerNorm`, width),
      intermediate: await linear(`${layer}.intermediate.dense`, inner, width),
      ff_output: await linear(`${layer}.output.dense`, width, inner),
      outputNorm: await norm(`${layer}.output.LayerNorm`, width),
    });
  }
  return {
    words,
    positions,
    types,
    embeddingNorm,
    projection,
    layers,
    dense: await linear(family.head.dense, width, width),
    classifier: await classifier(family.head.classifier),
  };
}
