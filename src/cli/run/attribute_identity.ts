/** What the result of `attribute` depends on: a journal of another identity is refused. */

import { type Ops, type Shard, shardName } from "../../../internal.ts";
import type { Source } from "../options/pairs.ts";
import type { Arguments } from "../command.ts";
import { modelIdentity, optionsIdentity } from "./identity.ts";
import type { Identity } from "./journal_file.ts";
import { sha256OfText } from "../../deno/hash.ts";
import { classOf } from "../../ir/words.ts";

/** Options that decide what is computed. */
const options = [
  ...["target", "baseline", "rule", "steps", "tolerance", "max-length", "segments"],
] as const;

/** The identity of a run. */
export async function identityOf(
  args: Arguments,
  { source, hashes, shard, agreement, ops }: {
    readonly source: Source;
    readonly hashes: { readonly model: string; readonly tokenizer: string };
    readonly shard: Shard | undefined;
    readonly agreement: boolean;
    readonly ops: Ops;
  },
): Promise<Identity> {
  return {
    command: "attribute",
    ...await modelIdentity(args, { hashes, ops }),
    pair_list_sha256: pairListHash(source),
    pairs: String(source.lines.length),
    shard: shard ? shardName(shard) : "none",
    agreement: agreement ? "on" : "off",
    ...optionsIdentity(args, options),
  };
}

/** SHA-256 of all pairs that were asked for, those of other shards and dropped ones included. */
function pairListHash({ lines }: Source): string {
  return sha256OfText(
    lines.map(({ query, passage, label }) => `${query}\t${passage}\t${classOf(label)}\n`).join(""),
  );
}
