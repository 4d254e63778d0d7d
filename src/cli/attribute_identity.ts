/** What the result of `attribute` depends on: a journal of another identity is refused. */

import manifest from "../../deno.json" with { type: "json" };
import { type Shard, shardName } from "../../mod.ts";
import type { OpenEncoder } from "./attribute_run.ts";
import type { Source } from "./attribute_source.ts";
import type { Input } from "./command.ts";
import type { Identity } from "./journal_file.ts";
import { modelPath, sha256OfText } from "./model.ts";

/** Options that decide what is computed. */
const options = [
  ...["target", "baseline", "rule", "steps", "tolerance", "max-length", "segments"],
] as const;

/** The identity of a run. */
export async function identityOf(
  input: Input,
  { source, hashes, shard, agreement, encoder }: {
    readonly source: Source;
    readonly hashes: { readonly model: string; readonly tokenizer: string };
    readonly shard: Shard | undefined;
    readonly agreement: boolean;
  } & Pick<OpenEncoder, "encoder">,
): Promise<Identity> {
  const folder = await modelPath(input);
  const settings = ["config.json", "tokenizer_config.json"]
    .map((name) => Deno.readTextFile(`${folder}/${name}`).catch(() => ""));
  return {
    command: "attribute",
    version: manifest.version,
    model_sha256: hashes.model,
    tokenizer_sha256: hashes.tokenizer,
    settings_sha256: sha256OfText((await Promise.all(settings)).join("\0")),
    pair_list_sha256: pairListHash(source),
    pairs: String(source.lines.length),
    shard: shard ? shardName(shard) : "none",
    agreement: agreement ? "on" : "off",
    ...Object.fromEntries(options.map((name) => [name, input.text(name)])),
    // the number of workers changes no bit
    device: encoder.ops.adapter.replace(/, \d+ threads?$/, ""),
  };
}

/** SHA-256 of all pairs that were asked for, those of other shards and dropped ones included. */
function pairListHash({ lines }: Source): string {
  return sha256OfText(
    lines.map(({ query, passage, label }) => `${query}\t${passage}\t${label}\n`).join(""),
  );
}
