// Opens a model's weights, in whichever of the Hugging Face layouts its folder holds them.

import { decodeUtf8, isObject, parseJsonObject } from "./json.ts";
import { type Load, loadOptional, unlessAbsent } from "./load.ts";
import { openPyTorch } from "./pytorch.ts";
import { openSafetensors } from "./safetensors.ts";
import type { TensorEntry, TensorFile } from "./tensor_file.ts";

type Open = (load: Load, name: string) => Promise<TensorFile>;

/** The layouts in the order they are looked for. */
const LAYOUTS: readonly { readonly file: string; readonly open: Open }[] = [
  { file: "model.safetensors", open: openSafetensors },
  { file: "pytorch_model.bin", open: openPyTorch },
];

/**
 * Opens model.safetensors, or the shards that model.safetensors.index.json lists, or
 * pytorch_model.bin or its shards. Throws a RangeError where the folder holds none of them.
 */
export async function openCheckpoint(load: Load): Promise<TensorFile> {
  for (const { file, open } of LAYOUTS) {
    const whole = await unlessAbsent(open(load, file));
    if (whole !== undefined) return whole;
    const index = await loadOptional(load, `${file}.index.json`);
    if (index !== undefined) {
      return await openShards(load, { name: `${file}.index.json`, index, open });
    }
  }
  const names = LAYOUTS.map(({ file }) => `${file}, ${file}.index.json`).join(", ");
  throw new RangeError(`Cannot open the model's weights: expected one of ${names}, found none`);
}

async function openShards(
  load: Load,
  { name, index, open }: { name: string; index: Uint8Array; open: Open },
): Promise<TensorFile> {
  const action = `Cannot read "${name}"`;
  const { weight_map: map } = parseJsonObject(decodeUtf8(index, action), action);
  if (!isObject(map)) {
    throw new SyntaxError(`${action}: expected an object weight_map, got ${JSON.stringify(map)}`);
  }
  const shards = new Map<string, TensorFile>();
  const entries = new Map<string, TensorEntry>();
  const shardOf = new Map<string, TensorFile>();
  for (const [tensor, file] of Object.entries(map)) {
    // A shard lies beside its index: no path, so no way out of the folder.
    if (typeof file !== "string" || !/^[^/\\]+$/.test(file) || file === "..") {
      throw new SyntaxError(
        `${action}: expected a file name for "${tensor}", got ${JSON.stringify(file)}`,
      );
    }
    const shard = shards.get(file) ?? await openShard(load, { action, file, open });
    shards.set(file, shard);
    const entry = shard.entries.get(tensor);
    if (entry === undefined) {
      throw new SyntaxError(`${action}: expected "${tensor}" in "${file}", found no such tensor`);
    }
    entries.set(tensor, entry);
    shardOf.set(tensor, shard);
  }
  const shard = (tensor: string): TensorFile => {
    const found = shardOf.get(tensor);
    if (found !== undefined) return found;
    throw new RangeError(
      `Cannot read tensor "${tensor}": expected one of the ${entries.size} that "${name}" lists`,
    );
  };
  return {
    metadata: [...shards.values()][0]?.metadata ?? {},
    entries,
    read: async (tensor) => await shard(tensor).read(tensor),
    bytes: async (tensor) => await shard(tensor).bytes(tensor),
  };
}

async function openShard(
  load: Load,
  { action, file, open }: { action: string; file: string; open: Open },
): Promise<TensorFile> {
  const shard = await unlessAbsent(open(load, file));
  if (shard !== undefined) return shard;
  throw new RangeError(`${action}: expected its shard "${file}" beside it, found none`);
}
