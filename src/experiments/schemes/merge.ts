/** Exact merging of schemes: shards of one run, or runs over other pairs. */

import { mergeSums, type Scheme, schemeOf, schemeSums } from "../../attribution/scheme.ts";
import { checkAlike } from "./scheme_folder.ts";

/** A scheme and the file it comes from. */
export interface NamedScheme {
  /** The file's name. */
  readonly name: string;
  /** The scheme. */
  readonly scheme: Scheme;
  /** The pairs it is the mean of, one text each, where they are known. */
  readonly pairs?: readonly string[];
}

/**
 * The scheme of all pairs together, the same bytes whatever the order of the files.
 *
 * @throws {RangeError} where two differ in model, label or options, lack their exact sums, or have
 * a pair in common.
 */
export function mergeSchemes(
  files: readonly NamedScheme[],
  metadata: Readonly<Record<string, string>> = {},
): Scheme {
  checkAlike(files);
  const [first] = files;
  const label = (one: NamedScheme) => one.scheme.metadata.label ?? "none";
  const seen = new Map<string, string>();
  const sums = schemeSums(first.scheme.space, { byQuery: true });
  for (const file of files) {
    if (label(file) !== label(first)) {
      throw new RangeError(
        `Cannot merge ${first.name} and ${file.name}: expected label ${label(first)}, got ${
          label(file)
        }`,
      );
    }
    checkDisjoint(files, file);
    for (const pair of file.pairs ?? []) {
      const other = seen.get(pair);
      if (other !== undefined) {
        throw new RangeError(
          `Cannot merge ${other} and ${file.name}: expected no pair in both, got ${
            JSON.stringify(pair)
          }`,
        );
      }
      seen.set(pair, file.name);
    }
    if (!file.scheme.sums) {
      throw new RangeError(
        `Cannot merge ${file.name}: expected the exact sums that attribute writes, found none`,
      );
    }
    mergeSums(sums, file.scheme.sums);
  }
  const hashes = files.map(({ scheme }) => scheme.metadata.pair_list_sha256 ?? "").sort();
  const weighted = (key: string) => {
    const values = files.map(({ scheme }) => Number(scheme.metadata[key]) * scheme.pairs);
    return String(values.sort((a, b) => a - b).reduce((a, b) => a + b) / sums.pairs);
  };
  return schemeOf(sums, {
    ...first.scheme.metadata,
    evaluations: weighted("evaluations"),
    dropped: String(
      files.reduce((sum, { scheme }) => sum + Number(scheme.metadata.dropped ?? 0), 0),
    ),
    completeness: mergedGaps(files, sums.pairs),
    pair_list_sha256: hashes.join("+"),
    by_query: sums.byQuery ? "on" : "off",
    ...metadata,
  });
}

/** Refuses the same list of pairs twice, also where the pairs themselves are not known. */
function checkDisjoint(files: readonly NamedScheme[], file: NamedScheme): void {
  const list = file.scheme.metadata.pair_list_sha256;
  if (list === undefined) return;
  const twin = files.find((other) =>
    other !== file &&
    other.scheme.metadata.pair_list_sha256?.split("+").some((hash) =>
      list.split("+").includes(hash)
    )
  );
  if (!twin) return;
  throw new RangeError(
    `Cannot merge ${file.name} and ${twin.name}: expected other pairs in each, got the same list in both`,
  );
}

function mergedGaps(files: readonly NamedScheme[], pairs: number): string {
  const gaps = files.map(({ scheme }) => {
    const found: { mean?: number; worst?: number; worst_absolute?: number } = JSON.parse(
      scheme.metadata.completeness ?? "{}",
    );
    return { mean: 0, worst: 0, worst_absolute: 0, ...found, pairs: scheme.pairs };
  });
  const means = gaps.map((one) => one.mean * one.pairs).sort((a, b) => a - b);
  return JSON.stringify({
    mean: means.reduce((a, b) => a + b) / pairs,
    worst: Math.max(...gaps.map(({ worst }) => worst)),
    worst_absolute: Math.max(...gaps.map((one) => one.worst_absolute)),
  });
}
