/** Schemes that are used together: read by name, refused where they do not belong together. */

import { sizeNames, sizesOf } from "../../model/neurons.ts";
import { type Scheme } from "../../attribution/schemes/scheme.ts";
import { openScheme } from "../../attribution/schemes/scheme_file.ts";
import { schemeOfKinds } from "../../attribution/schemes/scheme_of_kinds.ts";
import type { UnitKind } from "../../model/heads.ts";
import type { Load } from "../../formats/load.ts";
import type { SchemeName } from "../sets/resolve.ts";

/** What schemes must share: the model, and every option that changes what conductance is. */
export const sharedOptions = [
  "model_sha256",
  "tokenizer_sha256",
  "target",
  "towards",
  "baseline",
  "rule",
  "steps",
  "tolerance",
  "segments",
  "max_length",
] as const;

/** Schemes by name. */
export type Schemes = ReadonlyMap<SchemeName, Scheme>;

/** The means of schemes of one model, which sets are made of. */
export function meansOf(schemes: Schemes) {
  const [{ space }] = schemes.values();
  return { space, of: new Map([...schemes].map(([name, { mean }]) => [name, mean])) };
}

/** The name of a scheme's file, `P_ms.safetensors`; undefined where it is no scheme's. */
export function schemeNameOf(file: string): SchemeName | undefined {
  return /^([PN]_[\p{L}\p{N}_.]+)\.safetensors$/u.exec(file)?.[1] as SchemeName | undefined;
}

/**
 * Opens schemes of a folder, or the units of some kinds of them.
 *
 * @throws {SyntaxError} where one cannot be read, {@linkcode RangeError} where they do not fit.
 */
export async function openSchemes(
  load: Load,
  names: Iterable<SchemeName>,
  { units }: { readonly units?: readonly UnitKind[] } = {},
): Promise<Schemes> {
  const schemes = new Map<SchemeName, Scheme>();
  for (const name of names) {
    const file = `${name}.safetensors`;
    const whole = await openScheme(load, file);
    const scheme = units ? schemeOfKinds(whole, units, file) : whole;
    const { label } = scheme.metadata;
    const wanted = name.startsWith("P") ? "relevant" : "non-relevant";
    if (label !== undefined && label !== wanted) {
      throw new RangeError(`Cannot use scheme ${file}: expected label ${wanted}, got ${label}`);
    }
    schemes.set(name, scheme);
  }
  checkAlike([...schemes].map(([name, scheme]) => ({ name: `${name}.safetensors`, scheme })));
  return schemes;
}

/** Throws a RangeError that names two schemes and the first thing they do not share. */
export function checkAlike(
  schemes: readonly { readonly name: string; readonly scheme: Scheme }[],
): void {
  const [first, ...others] = schemes;
  for (const other of others) {
    for (const key of sizeNames(first.scheme.space, other.scheme.space)) {
      const [wanted, got] = [first, other]
        .map(({ scheme }) => sizesOf(scheme.space).get(key) ?? "none");
      refuse(first, other, { key, wanted, got });
    }
    for (const key of sharedOptions) {
      const [wanted, got] = [first.scheme.metadata[key], other.scheme.metadata[key]];
      refuse(first, other, { key, wanted, got });
    }
  }
}

function refuse(
  first: { readonly name: string },
  other: { readonly name: string },
  { key, wanted, got }: {
    readonly key: string;
    readonly wanted: string | number | undefined;
    readonly got: string | number | undefined;
  },
): void {
  if (wanted === got) return;
  throw new RangeError(
    `Cannot use ${first.name} and ${other.name} together: expected ${key} ${
      wanted ?? "none"
    } in both, got ${got ?? "none"} in ${other.name}`,
  );
}
