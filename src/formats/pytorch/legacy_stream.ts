// The stream that torch.save wrote before version 1.6: five pickles, then the storages' bytes.
// torch/serialization.py, _legacy_save and _legacy_load

import type { RangedFile } from "../load.ts";
import { BYTES_PER_ELEMENT } from "../tensor_file.ts";
import { type Place, STATE_DICT, type Storage, tensorsOf, type View } from "./state_dict.ts";
import { PickleCutShort, unpickle } from "./unpickle.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** A pickle is not read beyond this many bytes: the weights are not in it. */
const LONGEST_PICKLE = 2 ** 26;

/** The tensors of a legacy stream, and where their storages lie; none is loaded. */
export async function openLegacyStream(
  file: RangedFile,
): Promise<{ readonly tensors: Map<string, View>; readonly place: Place }> {
  let at = 0;
  const next = async (): Promise<unknown> => {
    const { value, end } = await readPickle(file, at);
    at += end;
    return value;
  };
  if (await next() !== MAGIC) throw new SyntaxError("a stream without PyTorch's magic number");
  const protocol = await next();
  if (protocol !== PROTOCOL) throw new SyntaxError(`a stream of protocol ${protocol}`);
  const system = await next();
  if (!(system instanceof Map) || system.get("little_endian") !== true) {
    throw new SyntaxError("a stream of a big-endian machine");
  }
  const tensors = tensorsOf(await next());
  const storages = new Map<string, Storage>();
  for (const { storage } of tensors.values()) storages.set(storage.key, storage);
  const keys = await next();
  const places = await placeStorages(file, { keys, storages, start: at });
  for (const key of storages.keys()) {
    if (!places.has(key)) throw new SyntaxError(`a stream without storage ${key}`);
  }
  return { tensors, place: ({ key }) => places.get(key)! };
}

/** Each storage is an int64, its number of elements, then the elements. */
async function placeStorages(
  file: RangedFile,
  { keys, storages, start }: {
    readonly keys: unknown;
    readonly storages: ReadonlyMap<string, Storage>;
    readonly start: number;
  },
) {
  if (!Array.isArray(keys)) throw new SyntaxError("a stream without its list of storages");
  const places = new Map<string, { start: number; end: number }>();
  let at = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (storage === undefined) throw new SyntaxError(`a stream with an unused storage ${key}`);
    const count = await file.read({ start: at, end: at + 8 });
    const length = count.length < 8
      ? undefined
      : Number(new DataView(count.buffer, count.byteOffset).getBigInt64(0, true));
    const begin = at + 8;
    at = begin + storage.length * BYTES_PER_ELEMENT.get(storage.dtype)!;
    const last = await file.read({ start: at - 1, end: at });
    if (length === undefined || last.length < 1) {
      throw new SyntaxError(`a stream cut short in storage ${key}`);
    }
    if (length !== storage.length) {
      throw new SyntaxError(
        `a stream whose storage ${key} has ${length} elements, not ${storage.length}`,
      );
    }
    places.set(key, { start: begin, end: at });
  }
  return places;
}

/** Reads the pickle at `start`, whose length is not known: as many bytes as it turns out to need. */
async function readPickle(file: RangedFile, start: number) {
  for (let length = 2 ** 16;; length *= 4) {
    const bytes = await file.read({ start, end: start + length });
    try {
      return unpickle(bytes, STATE_DICT);
    } catch (error) {
      const more = bytes.length === length && length < LONGEST_PICKLE;
      if (!(error instanceof PickleCutShort && more)) throw error;
    }
  }
}
