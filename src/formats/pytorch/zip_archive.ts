// The zip archive that torch.save has written since version 1.6: data.pkl, and one entry a storage.

import { decodeUtf8 } from "../json.ts";
import type { RangedFile } from "../load.ts";
import { BYTES_PER_ELEMENT } from "../tensor_file.ts";
import { type Place, STATE_DICT, tensorsOf, type View } from "./state_dict.ts";
import { unpickle } from "./unpickle.ts";
import { readZipDirectory } from "./zip_directory.ts";

/** The state dict's pickle is not read beyond this many bytes: the weights are not in it. */
const LONGEST_PICKLE = 2 ** 26;

/** The tensors of a zip checkpoint, and where their storages lie; none is loaded. */
export async function openZipArchive(
  file: RangedFile,
): Promise<{ readonly tensors: Map<string, View>; readonly place: Place }> {
  const directory = await readZipDirectory(file);
  const pickle = [...directory.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined) throw new SyntaxError("a zip archive without data.pkl");
  const root = pickle.slice(0, -"data.pkl".length);
  const order = directory.get(`${root}byteorder`);
  if (order !== undefined) {
    const text = decodeUtf8(await file.read(order), "Cannot read the byte order");
    if (text !== "little") throw new SyntaxError(`an archive of byte order "${text}"`);
  }
  const range = directory.get(pickle)!;
  if (range.end - range.start > LONGEST_PICKLE) {
    throw new SyntaxError(`a pickle of ${range.end - range.start} bytes`);
  }
  const tensors = tensorsOf(unpickle(await file.read(range), STATE_DICT).value);
  for (const { storage: { key, length, dtype } } of tensors.values()) {
    const entry = directory.get(`${root}data/${key}`);
    if (entry === undefined) throw new SyntaxError(`an archive without storage ${key}`);
    if (entry.end - entry.start < length * BYTES_PER_ELEMENT.get(dtype)!) {
      throw new SyntaxError(`an archive whose storage ${key} has fewer than ${length} elements`);
    }
  }
  return { tensors, place: ({ key }) => directory.get(`${root}data/${key}`)! };
}
