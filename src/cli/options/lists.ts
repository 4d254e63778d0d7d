/** Options that hold lists. */

import { parseLevel } from "../../../mod.ts";
import { type Input, UsageError } from "../command.ts";

/** The parts of a list; none where the option is not given. */
export function listOption(input: Input, name: string, separator: string): string[] {
  return (input.get(name) ?? "").split(separator).map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Levels in per cent, as parts; a usage error where one is none. */
export function levelsOption(input: Input, name: string): number[] {
  const texts = listOption(input, name, ",");
  if (texts.length === 0) throw new UsageError(`Option --${name} needs a level`);
  return texts.map((percent) => {
    try {
      return parseLevel(`${percent.replace(/%$/, "")}%`);
    } catch (error) {
      throw new UsageError(`Option --${name}: ${(error as Error).message}`, { cause: error });
    }
  });
}
