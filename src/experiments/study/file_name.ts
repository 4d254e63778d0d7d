/** Names of files that a study writes. */

import { sha256 } from "../../formats/sha256.ts";
import { levelName } from "../sets/levels.ts";
import type { SetAtLevel } from "./study.ts";

/** A text as part of a file's name; different texts give different names. */
export async function fileName(text: string): Promise<string> {
  const plain = text.replaceAll(/[^\p{L}\p{N}_.]+/gu, "-").replaceAll(/^-|-$/g, "");
  return plain === text ? plain : `${plain}-${(await sha256(text)).slice(0, 6)}`;
}

/** A set at a level as people read it: `P[ms] at 1%`. */
export function setName({ expression, level }: SetAtLevel): string {
  return `${expression} at ${levelName(level)}`;
}
