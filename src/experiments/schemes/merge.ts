/** Exact merging of schemes: shards of one run, or runs over other pairs. */

import { mergeSums, type Scheme, schemeOf, schemeSums } from "../../attribution/schemes/scheme.ts";
import {
  type ParsedMetadata,
  readSchemeMetadata,
} from "../../attribution/schemes/scheme_metadata.ts";
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
  const sums = schemeSums(first.scheme.space, {
    byQuery: true,
    isPairwise: first.scheme.other !== undefined,
  });
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
  const facts = files.map(({ scheme }) => ({
    pairs: scheme.pairs,
    ...readSchemeMetadata(scheme.metadata),
  }));
  const total = (amounts: readonly number[]) => String(amounts.reduce((a, b) => a + b, 0));
  const evaluations = facts.map(({ pairs, evaluations = NaN }) => evaluations * pairs);
  return schemeOf(sums, {
    ...first.scheme.metadata,
    evaluations: String(
      evaluations.sort((a, b) => a - b).reduce((a, b) => a + b) / sums.pairs,
    ),
    dropped: total(facts.map(({ dropped = 0 }) => dropped)),
    ...("sampled_negatives" in first.scheme.metadata
      ? { sampled_negatives: total(facts.map(({ sampledNegatives = 0 }) => sampledNegatives)) }
      : {}),
    completeness: mergedGaps(facts, sums.pairs),
    pair_list_sha256: facts.flatMap(({ pairLists = [""] }) => pairLists).sort().join("+"),
    by_query: sums.byQuery ? "on" : "off",
    ...metadata,
  });
}

/** Refuses the same list of pairs twice, also where the pairs themselves are not known. */
function checkDisjoint(files: readonly NamedScheme[], file: NamedScheme): void {
  const listsOf = ({ scheme }: NamedScheme) => readSchemeMetadata(scheme.metadata).pairLists ?? [];
  const lists = listsOf(file);
  const twin = files.find((other) =>
    other !== file && listsOf(other).some((hash) => lists.includes(hash))
  );
  if (!twin) return;
  throw new RangeError(
    `Cannot merge ${file.name} and ${twin.name}: expected other pairs in each, got the same list in both`,
  );
}

function mergedGaps(
  facts: readonly (ParsedMetadata & { readonly pairs: number })[],
  pairs: number,
): string {
  const gaps = facts.map(({ completeness, pairs }) => ({
    ...(completeness ?? { mean: 0, worst: 0, worstAbsolute: 0 }),
    pairs,
  }));
  const means = gaps.map((one) => one.mean * one.pairs).sort((a, b) => a - b);
  return JSON.stringify({
    mean: means.reduce((a, b) => a + b) / pairs,
    worst: Math.max(...gaps.map(({ worst }) => worst)),
    worst_absolute: Math.max(...gaps.map((one) => one.worstAbsolute)),
  });
}
