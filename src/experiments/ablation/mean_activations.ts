/** Mean activations: what neurons give on average over the tokens of a reference list, as a file. */

import {
  byComponent,
  layerMetadata,
  readVector,
  spaceOfFile,
} from "../../attribution/schemes/scheme_file.ts";
import type { Load } from "../../formats/load.ts";
import { encodeSafetensors, openSafetensors } from "../../formats/safetensors.ts";
import { activationSums, givesTokens } from "../../model/activation_sums.ts";
import type { Encoder } from "../../model/forward.ts";
import { neuronCount, type NeuronSpace } from "../../model/neurons.ts";
import { type ChunkOptions, inChunks } from "./chunks.ts";
import type { PairsToScore } from "./resampling_donors.ts";

/** Mean outputs of neurons. */
export interface MeanActivations {
  /** The model's sizes. */
  readonly space: NeuronSpace;
  /** Pairs of the reference list. */
  readonly pairs: number;
  /** Their tokens. */
  readonly tokens: number;
  /** By neuron id. */
  readonly mean: Float64Array;
  /** The strings of the file's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The file's format. */
const FORMAT = "mean-activations/1";

/** Fewest pairs in a piece, and most pieces: these bound the memory, and the work that a stopped run loses. */
const [LEAST, PIECES] = [16, 64];

/** In how many pieces {@linkcode meanActivations} goes through so many pairs. */
export function piecesOfMeans(pairs: number): number {
  return Math.ceil(pairs / pieceSize(pairs));
}

function pieceSize(pairs: number): number {
  return Math.max(LEAST, Math.ceil(pairs / PIECES));
}

/**
 * The mean output of every neuron over all tokens of all pairs; of neurons that the model computes for
 * one token of a pair alone, over pairs. Pieces are summed in order, whatever batches and chunks are.
 */
export async function meanActivations(
  encoder: Encoder,
  pairs: PairsToScore,
  chunks: ChunkOptions = {},
): Promise<Omit<MeanActivations, "metadata">> {
  const { config: space } = encoder;
  const neurons = neuronCount(space);
  const size = pieceSize(pairs.length);
  const pieces = piecesOfMeans(pairs.length);
  const options = { ...chunks, count: pieces, numbers: 1 + neurons, most: 1 };
  const sums = await inChunks(options, async (piece) => {
    const own = pairs.slice(piece * size, (piece + 1) * size);
    const sum = new Float64Array(1 + neurons);
    sum[0] = own.reduce((tokens, { ids }) => tokens + ids.length, 0);
    for (const found of await activationSums(encoder, own)) {
      for (let i = 0; i < neurons; i++) sum[1 + i] += found[i];
    }
    return sum;
  });
  const total = new Float64Array(1 + neurons);
  for (let i = 0; i < sums.length; i++) total[i % total.length] += sums[i];
  const tokens = total[0];
  const ofTokens = givesTokens(encoder);
  const mean = total.subarray(1).map((sum, i) => sum / (ofTokens[i] ? tokens : pairs.length));
  return { space, pairs: pairs.length, tokens, mean };
}

/** The file of mean activations: `mean/<component>` F64 [layers, units]. */
export function encodeMeans({ space, pairs, tokens, mean, metadata }: MeanActivations): Uint8Array {
  const tensors = byComponent(space, mean).map(([component, tensor]) =>
    [`mean/${component}`, tensor] as const
  );
  return encodeSafetensors(Object.fromEntries(tensors), {
    ...metadata,
    ...layerMetadata(space),
    format: FORMAT,
    pairs: String(pairs),
    tokens: String(tokens),
  });
}

/**
 * Reads the file of mean activations.
 *
 * @throws {SyntaxError} where it is none.
 */
export async function openMeans(load: Load, name: string): Promise<MeanActivations> {
  const file = await openSafetensors(load, name);
  const wrong = (what: string) => new SyntaxError(`Cannot read mean activations ${name}: ${what}`);
  const { metadata } = file;
  if (metadata.format !== FORMAT) {
    throw wrong(`expected format ${FORMAT}, got ${metadata.format ?? "none"}`);
  }
  const space = spaceOfFile(file, "mean/");
  const [pairs, tokens] = [Number(metadata.pairs), Number(metadata.tokens)];
  if (!(neuronCount(space) > 0 && Number.isInteger(pairs) && pairs > 0 && tokens > 0)) {
    throw wrong("expected mean/<component> [layers, units] and numbers of pairs and tokens");
  }
  const mean = await readVector(file, { space, kind: "mean", wrong });
  const bad = mean.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw wrong(`expected finite means, got ${mean[bad]}`);
  return { space, pairs, tokens, mean, metadata };
}
