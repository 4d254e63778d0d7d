/** The checkpoints that PyTorch has computed, whole or with some of their files replaced. */

import { encodeSafetensors, type FileTensor, type Load, openSafetensors } from "../../internal.ts";
import type { EncodedPair } from "../../src/model/pair_tokenizer.ts";
import { loaderOf, root } from "../backends.ts";

/** A checkpoint and what PyTorch made of its pairs. */
export interface GoldenModel {
  readonly name: string;
  readonly folder: string;
  readonly pairs: readonly GoldenPair[];
}

/** One pair of `tests/golden/forward`. */
export interface GoldenPair {
  readonly query: string;
  readonly passage: string;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  readonly types: readonly number[];
  readonly logits: readonly number[];
  readonly probability: number;
}

/** The folder of a golden model. */
export function folderOf(name: string): string {
  return name === "tiny-cross-encoder" ? `fixtures/${name}` : `tests/golden/models/${name}`;
}

/** One golden model. */
export async function goldenModel(name: string): Promise<GoldenModel> {
  const file = new URL(`tests/golden/forward/${name}.json`, root);
  const { pairs } = JSON.parse(await Deno.readTextFile(file));
  return { name, folder: folderOf(name), pairs };
}

/** All golden models, by name. */
export const models: readonly GoldenModel[] = await Promise.all(
  Array.from(Deno.readDirSync(new URL("tests/golden/forward/", root)), ({ name }) => name)
    .sort().map((name) => goldenModel(name.replace(/\.json$/, ""))),
);

/** The ids and types of a golden pair as an encoded pair; its segments are not looked at. */
export function encodedOf({ ids, types, tokens }: GoldenPair): EncodedPair {
  return {
    ids: Uint32Array.from(ids),
    types: Uint32Array.from(types),
    segments: new Uint8Array(ids.length),
    tokens,
  };
}

/** The files of a folder, of which some are replaced (bytes, text or JSON) or absent (null). */
export function loadWith(
  folder: string | URL,
  files: Readonly<Record<string, Uint8Array | string | Record<string, unknown> | null>>,
): Load {
  const others = loaderOf(folder);
  return (name, range) => {
    if (!Object.hasOwn(files, name)) return others(name, range);
    const file = files[name];
    if (file === null) return Promise.reject(new Deno.errors.NotFound(name));
    if (file instanceof Uint8Array) return Promise.resolve(file);
    return Promise.resolve(
      new TextEncoder().encode(typeof file === "string" ? file : JSON.stringify(file)),
    );
  };
}

/** The tensors of a folder's model.safetensors, to be changed in memory. */
export async function readTensors(folder: string): Promise<Map<string, FileTensor>> {
  const file = await openSafetensors(loaderOf(folder), "model.safetensors");
  const tensors = new Map<string, FileTensor>();
  for (const [name, { shape }] of file.entries) {
    tensors.set(name, { shape, data: await file.read(name) });
  }
  return tensors;
}

/** The model of a folder with other weights. */
export function loadWithWeights(folder: string, tensors: ReadonlyMap<string, FileTensor>): Load {
  return loadWith(folder, {
    "model.safetensors": encodeSafetensors(Object.fromEntries(tensors)),
  });
}

/** config.json of a folder. */
export async function readConfig(folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(new URL(`${folder}/config.json`, root)));
}

/** The linears of a layer of BERT by component, as transformers names them below `encoder.layer.<layer>`. */
export const bertLinears: Readonly<Record<string, string>> = {
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  attention_output: "attention.output.dense",
  intermediate: "intermediate.dense",
  ff_output: "output.dense",
};
