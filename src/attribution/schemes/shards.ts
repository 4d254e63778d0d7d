/** Shards of a list of pairs, and the scheme that all shards make together. */

import { sizeNames, sizesOf } from "../../model/neurons.ts";
import type { LabelledPair } from "../attribution.ts";
import { rounded } from "./exact_sum.ts";
import { formatLedger, type LedgerLine, parseLedger } from "./ledger.ts";
import { ledgerMetadata } from "./scheme_metadata.ts";
import {
  type ConductanceSums,
  mergeSums,
  type Scheme,
  schemeOf,
  type SchemeSums,
  schemeSums,
} from "./scheme.ts";

/** One of several shards, which are counted from 0. */
export interface Shard {
  /** Which one. */
  readonly index: number;
  /** Of how many. */
  readonly of: number;
}

/** `i/n`. */
export function shardName({ index, of }: Shard): string {
  return `${index}/${of}`;
}

/**
 * Places of the pairs that a shard takes, ascending: pairs are distributed by length of text, so
 * that all shards take about as long; the list alone decides which shard takes which pair.
 */
export function placesOfShard(pairs: readonly LabelledPair[], { index, of }: Shard): number[] {
  const length = (place: number) => {
    const { query, passage, other } = pairs[place];
    return query.length + passage.length + (other === undefined ? 0 : query.length + other.length);
  };
  return pairs.map((_, place) => place)
    .sort((a, b) => length(b) - length(a) || a - b)
    .filter((_, turn) => turn % of === index)
    .sort((a, b) => a - b);
}

/** The scheme of a shard: its sums with the ledger that merging needs; it may have no pairs. */
export function schemeOfShard(
  sums: SchemeSums,
  { shard, ledger, candidates, metadata }: {
    readonly shard: Shard;
    readonly ledger: readonly LedgerLine[];
    /** What all shards of a run have in common: a hash of all pairs that were asked for. */
    readonly candidates: string;
    readonly metadata: Readonly<Record<string, string>>;
  },
): Scheme {
  const all = {
    ...metadata,
    shard: shardName(shard),
    ledger: formatLedger(ledger),
    candidates_sha256: candidates,
  };
  if (sums.pairs > 0) return schemeOf(sums, all);
  // zeros, or NaN where there is no number
  const zeros = ({ sum, squares }: ConductanceSums) => ({
    mean: rounded(sum),
    m2: rounded(squares),
  });
  return {
    ...{ space: sums.space, pairs: 0, ...zeros(sums), metadata: all, sums },
    ...(sums.other ? { other: zeros(sums.other) } : {}),
    ...(sums.bySegment ? { bySegment: sums.bySegment.map(zeros) } : {}),
  };
}

/** Whether a scheme is a shard's. */
export function isShard({ metadata }: Scheme): boolean {
  return metadata.shard !== undefined;
}

/** Metadata in which shards may differ: those of their own pairs, and amounts that are added up. */
const AMOUNTS = ["dropped", "sampled_negatives"];
const OWN = new Set([
  ...["shard", "ledger", "pairs", "evaluations", "completeness", "pair_list_sha256"],
  ...AMOUNTS,
]);

/**
 * The scheme that one run over all pairs makes, from all of its shards in any order.
 *
 * @throws {RangeError} that names the files: a shard twice or missing, shards of other runs.
 */
export async function mergeShards(
  files: readonly { readonly name: string; readonly scheme: Scheme }[],
): Promise<Scheme> {
  const [first] = files;
  const shards = new Map<number, string>();
  const [, count] = shardOf(first);
  for (const file of files) {
    const [index, of] = shardOf(file);
    refuse(first, file, { key: "number of shards", wanted: String(count), got: String(of) });
    const other = shards.get(index);
    if (other !== undefined) {
      throw new RangeError(
        `Cannot merge ${other} and ${file.name}: expected every shard once, got ${index}/${of} twice`,
      );
    }
    shards.set(index, file.name);
    for (const key of sizeNames(first.scheme.space, file.scheme.space)) {
      const [wanted, got] = [first, file]
        .map(({ scheme }) => sizesOf(scheme.space).get(key) ?? "none");
      refuse(first, file, { key, wanted, got });
    }
    const keys = new Set([first, file].flatMap(({ scheme }) => Object.keys(scheme.metadata)));
    for (const key of [...keys].sort()) {
      if (OWN.has(key) || key === "adapter") continue;
      const [wanted, got] = [first, file].map(({ scheme }) => scheme.metadata[key] ?? "none");
      refuse(first, file, { key, wanted, got });
    }
  }
  const missing = Array.from({ length: count }, (_, i) => i).filter((i) => !shards.has(i));
  if (missing.length > 0) {
    throw new RangeError(
      `Cannot merge ${files.length} shards: expected all ${count}, ${
        missing.map((i) => `${i}/${count}`).join(", ")
      } missing`,
    );
  }
  const sums = schemeSums(first.scheme.space, {
    byQuery: true,
    isPairwise: first.scheme.other !== undefined,
    bySegment: first.scheme.bySegment !== undefined,
  });
  const ledger: LedgerLine[] = [];
  for (const { name, scheme } of files) {
    const lines = parseLedger(scheme.metadata.ledger ?? "", `Cannot merge ${name}`);
    if (!scheme.sums || lines.length !== scheme.pairs) {
      throw new RangeError(
        `Cannot merge ${name}: expected exact sums and a ledger of ${scheme.pairs} pairs, got ${lines.length}`,
      );
    }
    mergeSums(sums, scheme.sums);
    ledger.push(...lines);
  }
  if (sums.pairs === 0) {
    throw new RangeError("Cannot merge the shards: expected pairs, all of them were dropped");
  }
  const { shard: _, ledger: __, candidates_sha256: ___, ...metadata } = first.scheme.metadata;
  const adapters = new Set(files.map(({ scheme }) => scheme.metadata.adapter ?? "unknown"));
  const amounts = AMOUNTS.filter((key) => key in metadata).map((key) => {
    const all = files.map(({ scheme }) => Number(scheme.metadata[key] ?? 0));
    return [key, String(all.reduce((sum, amount) => sum + amount, 0))];
  });
  return schemeOf(sums, {
    ...metadata,
    ...await ledgerMetadata(ledger),
    ...Object.fromEntries(amounts),
    adapter: [...adapters].sort().join("; "),
  });
}

function shardOf({ name, scheme }: { readonly name: string; readonly scheme: Scheme }) {
  const [, index, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(scheme.metadata.shard ?? "") ?? [];
  if (index === undefined || Number(index) >= Number(of) || Number(of) > 100_000) {
    throw new RangeError(
      `Cannot merge ${name} with shards: expected a shard i/n, got ${
        scheme.metadata.shard ?? "a whole run"
      }`,
    );
  }
  return [Number(index), Number(of)];
}

function refuse(
  first: { readonly name: string },
  other: { readonly name: string },
  { key, wanted, got }: { readonly key: string; readonly wanted: string; readonly got: string },
): void {
  if (wanted === got) return;
  throw new RangeError(
    `Cannot merge ${first.name} and ${other.name}: expected ${key} ${wanted} in both, got ${got} in ${other.name}`,
  );
}
