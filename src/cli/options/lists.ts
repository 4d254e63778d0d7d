/** Options that hold lists. */

import { parseLevel } from "../../../internal.ts";
import { type Arguments, UsageError } from "../command.ts";

/** The parts of a list; none where the option is not given. */
export function listOption(args: Arguments, name: string, separator: string): string[] {
  return parts(args.get(name) ?? "", separator);
}

/** The parts of a text. */
export function parts(text: string, separator = ","): string[] {
  return text.split(separator).map((part) => part.trim()).filter((part) => part !== "");
}

/** Throws a usage error where an option that is given lists what is not `known`. */
export function refuseUnknown(args: Arguments, name: string, known: readonly string[]): void {
  const unknown = args.has(name) && listOption(args, name, ",").find((one) => !known.includes(one));
  if (unknown) {
    throw new UsageError(
      `Option --${name} cannot be ${JSON.stringify(unknown)}: expected some of ${known.join(", ")}`,
    );
  }
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
