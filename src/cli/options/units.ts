/** `--units`: outputs of linears, attention heads, or both. */

import { type UnitKind, unitKinds } from "../../../internal.ts";
import { type Arguments, type OptionSpec, UsageError } from "../command.ts";
import { parts } from "./lists.ts";

/** The option of commands that attribute. */
export const unitsOption: Readonly<Record<string, OptionSpec>> = {
  units: {
    value: "KINDS",
    help: "what is attributed to: linears, heads, or linears,heads",
    fallback: "linears",
  },
};

/** The kinds of units of a list, in their order. */
export function readUnits(args: Arguments): readonly UnitKind[] {
  return parseUnits(args.text("units"));
}

/** Reads `linears`, `heads` or both. */
export function parseUnits(list: string): readonly UnitKind[] {
  const named = parts(list);
  const isKnown = named.length > 0 && named.every((name) => unitKinds.some((one) => one === name));
  if (isKnown && new Set(named).size === named.length) {
    return unitKinds.filter((kind) => named.includes(kind));
  }
  throw new UsageError(
    `Option --units cannot be ${list}: expected linears, heads, or linears,heads`,
  );
}
