/** Options that hold lists. */

import { parseLevel } from "../../../internal.ts";
import { type Arguments, UsageError } from "../command.ts";

/** The parts of a list; none where the option is not given. */
export function listOption(args: Arguments, name: string, separator: string): string[] {
  return (args.get(name) ?? "").split(separator).map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Levels in per cent, as parts; a usage error where one is none. */
export function levelsOption(args: Arguments, name: string): number[] {
  const texts = listOption(args, name, ",");
  if (texts.length === 0) throw new UsageError(`Option --${name} needs a level`);
  return texts.map((percent) => {
    try {
      return parseLevel(`${percent.replace(/%$/, "")}%`);
    } catch (error) {
      throw new UsageError(`Option --${name}: ${(error as Error).message}`, { cause: error });
    }
  });
}
