/** JSON files of a folder. */

import { decodeUtf8, parseJsonObject } from "./json.ts";
import { type Load, loadOptional } from "./load.ts";

/** The JSON object that the file `name` holds; undefined where there is no such file. */
export async function loadJsonObject(
  load: Load,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  const bytes = await loadOptional(load, name);
  const action = `Cannot read "${name}"`;
  return bytes && parseJsonObject(decodeUtf8(bytes, action), action);
}
