/** Opens a model for the users of the library. */

import type { Backend, Ops } from "../compute/ops.ts";
import type { Load } from "../formats/load.ts";
import { type Model, openCrossEncoder } from "./cross_encoder.ts";

/** Options of {@linkcode openModel}. */
export interface OpenModelOptions {
  /** The class of relevant pairs, whatever config.json calls it; of one output, 0 turns it. */
  readonly relevantClass?: 0 | 1;
  /** The prompt that pairs are read in, for decoders and T5: a text with {query} and {document}. */
  readonly template?: string;
}

/**
 * Opens a cross-encoder in Hugging Face layout: config.json, the weights (safetensors, sharded or not,
 * or pytorch_model.bin), the tokenizer. `source` is a folder, or a function that gives the bytes of
 * its files. `backend` keeps the weights until it is closed.
 *
 * @throws {RangeError} | {TypeError} | {SyntaxError} with one sentence that names file and cause.
 */
export async function openModel(
  source: Load | { readonly load: Load },
  backend: Backend,
  options: OpenModelOptions = {},
): Promise<Model> {
  if ("linear" in backend) return await openCrossEncoder(source, backend as Ops, options);
  throw new TypeError("Cannot open a model: expected a backend that openBackend() opened");
}
