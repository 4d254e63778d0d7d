/** The schemes that a command works with: `--schemes`, and the sets of collections in expressions. */

import {
  type CurveCollection,
  openSchemes,
  parseExpression,
  parseStudy,
  resolve,
  type SchemeName,
  schemeNameOf,
  type Schemes,
  schemesOf,
} from "../../../internal.ts";
import { type Arguments, type OptionSpec, UsageError } from "../command.ts";
import { parseUnits } from "./units.ts";
import { folderLoader, readText } from "../../deno/files.ts";

/** Options of every command that reads schemes. */
export const schemeOptions: Readonly<Record<string, OptionSpec>> = {
  schemes: {
    value: "FOLDER",
    help: "attribution schemes P_<x>.safetensors and N_<x>.safetensors",
    file: { use: "read", holds: (path) => schemeNameOf(path) !== undefined },
  },
  units: {
    value: "KINDS",
    help: "which units of the schemes count: linears, heads, or linears,heads; all unless given",
  },
  sets: { value: "SETS", help: 'sets of collections, e.g. "A=ms,f,nq O=f,nq"' },
  study: { value: "FILE", help: "a study file whose sets are meant", file: { use: "read" } },
};

/** The folder of `--schemes` and what it holds. */
export interface SchemeFolder {
  readonly path: string;
  readonly names: ReadonlySet<SchemeName>;
  /** Opens schemes of it. */
  open(names: Iterable<SchemeName>): Promise<Schemes>;
}

/** Opens the folder of `--schemes`. */
export async function openSchemeFolder(args: Arguments): Promise<SchemeFolder> {
  const path = args.text("schemes");
  const load = await folderLoader(path);
  const files = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
  const names = files.sort().map(schemeNameOf).filter((name) => name !== undefined);
  if (names.length === 0) {
    throw new Error(
      `Cannot use ${path} as schemes: expected P_<x>.safetensors and N_<x>.safetensors, found none`,
    );
  }
  const list = args.get("units");
  const units = list === undefined ? undefined : parseUnits(list);
  return { path, names: new Set(names), open: (wanted) => openSchemes(load, wanted, { units }) };
}

/** The sets of `--sets`, or of `--study`. */
export async function declaredSets(
  args: Arguments,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const file = args.get("study");
  if (file !== undefined) {
    if (args.has("sets")) throw new UsageError("Expected either --sets or --study");
    return new Map(Object.entries(parseStudy(await readText(file), file).sets));
  }
  const sets = new Map<string, readonly string[]>();
  for (const text of (args.get("sets") ?? "").split(/[\s;]+/).filter((part) => part !== "")) {
    const [, name, members] = /^([\p{L}\p{N}_.]+)=([\p{L}\p{N}_.,]+)$/u.exec(text) ?? [];
    if (name === undefined || sets.has(name)) {
      throw new UsageError(
        `Option --sets cannot be ${JSON.stringify(text)}: expected NAME=x,y,z, each name once`,
      );
    }
    sets.set(name, members.split(",").filter((member) => member !== ""));
  }
  return sets;
}

/** Reads an expression over a folder's schemes; typos are usage errors. */
export function readExpression(
  text: string,
  { names, sets }: {
    readonly names: ReadonlySet<SchemeName>;
    readonly sets: ReadonlyMap<string, readonly string[]>;
  },
) {
  try {
    const plan = resolve(parseExpression(text), text, { sets, schemes: names });
    return { plan, needed: schemesOf(plan) };
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** The collections of schemes, those in domain first. */
export function collectionsOf(
  names: ReadonlySet<SchemeName>,
  inDomain: readonly string[],
): CurveCollection[] {
  const found = [...new Set([...names].map((name) => name.slice(2)))].sort();
  const home = found.filter((one) => inDomain.includes(one));
  return [...home, ...found.filter((one) => !home.includes(one))].map((abbreviation) => ({
    abbreviation,
    inDomain: home.includes(abbreviation),
    labels: [
      ...(names.has(`P_${abbreviation}`) ? ["relevant"] as const : []),
      ...(names.has(`N_${abbreviation}`) ? ["non-relevant"] as const : []),
    ],
  }));
}

/** A: all collections; O: those that are not in domain. */
export function defaultSets(collections: readonly CurveCollection[]): [string, string[]][] {
  const names = (some: readonly CurveCollection[]) => some.map((one) => one.abbreviation);
  return [
    ["A", names(collections)],
    ["O", names(collections.filter((one) => !one.inDomain))],
  ];
}
