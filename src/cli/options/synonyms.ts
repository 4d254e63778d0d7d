/** A list of synonyms, and what tells it from others. */

import { synonymMeaning } from "../../../internal.ts";
import { readText } from "../../deno/files.ts";
import { sha256OfText } from "../../deno/hash.ts";
import { parseSynonyms } from "../../formats/synonyms.ts";

/** Reads a file of synonyms. */
export async function readSynonyms(name: string) {
  const text = await readText(name);
  return {
    words: parseSynonyms(text, { name }),
    sha256: sha256OfText(text),
    /** What the axiom's contrast is with them. */
    meanings: { STMC1: synonymMeaning },
  };
}
