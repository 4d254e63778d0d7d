// Runs cases of a target: a reader may succeed, or fail with a typed error, soon and in little memory.

import { drawing } from "./mutate.ts";
import type { FuzzTarget } from "./targets.ts";

/** Errors that say what is wrong with a file. */
const typed = new Set(["SyntaxError", "RangeError", "TypeError"]);

/** Longest time of one case in milliseconds: the machine may be busy. */
const SLOW = 2000;

/** What many cases came to. */
export interface FuzzCount {
  readonly cases: number;
  readonly refused: number;
}

/** Runs `cases` cases from a seed; throws with the seed of the first that goes wrong. */
export async function fuzz(
  { name, read }: FuzzTarget,
  { cases, seed }: { readonly cases: number; readonly seed: number },
): Promise<FuzzCount> {
  let refused = 0;
  for (let i = 0; i < cases; i++) {
    const began = performance.now();
    const wrong = (what: string, cause?: unknown) =>
      new Error(`${name}, seed ${seed + i}: ${what}`, { cause });
    try {
      await read(drawing(seed + i));
    } catch (error) {
      refused++;
      if (!(error instanceof Error) || !typed.has(error.name)) throw wrong(String(error), error);
      if (isAccident(error)) throw wrong(`an accident rather than a refusal: ${error}`, error);
    }
    const took = performance.now() - began;
    if (took > SLOW) throw wrong(`took ${took.toFixed(0)} ms`);
  }
  return { cases, refused };
}

/** The runtime's own messages that begin like a reader's. */
const RUNTIME =
  /^Cannot (read|set) propert|^Cannot (access|destructure|convert|mix|perform|delete|assign|create) |^Cannot use 'in'/;

/** Whether an error came from the runtime, not from a reader that saw what is wrong. */
function isAccident({ message }: Error): boolean {
  return !message.startsWith("Cannot ") || RUNTIME.test(message);
}
