/** What results depend on whatever is computed: the model, this program, and what it computes on. */

import manifest from "../../../deno.json" with { type: "json" };
import {
  type AblationCandidate,
  distinctSets,
  type Ops,
  type SetsOfRow,
  setsOfRows,
} from "../../../internal.ts";
import type { Arguments } from "../command.ts";
import type { Identity } from "./journal_file.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import { modelPath, settingsHash } from "../options/model.ts";

/** The model's part of an identity. */
export async function modelIdentity(
  args: Arguments,
  { hashes, ops }: {
    readonly hashes: { readonly model: string; readonly tokenizer: string };
    readonly ops: Ops;
  },
): Promise<Identity> {
  return {
    version: manifest.version,
    model_sha256: hashes.model,
    tokenizer_sha256: hashes.tokenizer,
    settings_sha256: await settingsHash(await modelPath(args.text("model"))),
    ...optionsIdentity(args, ["relevant-class"]),
    ...(args.has("template") ? optionsIdentity(args, ["template"]) : {}),
    device: deviceIdentity(ops),
  };
}

/** What computes: the number of workers changes no bit. */
export function deviceIdentity({ adapter }: Ops): string {
  return adapter.replace(/, \d+ threads?$/, "");
}

/** The texts of options. */
export function optionsIdentity(args: Arguments, names: readonly string[]): Identity {
  return Object.fromEntries(names.map((name) => [name, args.get(name) ?? "none"]));
}

/** The candidates that are scored. */
export function candidatesIdentity(candidates: readonly AblationCandidate[]): Identity {
  const fields = function* () {
    for (const { query, document, encoded: { ids, types } } of candidates) {
      yield* [query, document, ids.join(), types.join()];
    }
  };
  return {
    candidates: String(candidates.length),
    candidates_sha256: sha256OfFields(fields()),
  };
}

/** The candidates that an ablation scores, and the sets that it scores them under. */
export function ablationIdentity(
  candidates: readonly AblationCandidate[],
  rows: readonly SetsOfRow[],
): Identity {
  const sets = distinctSets(setsOfRows(rows));
  return {
    ...candidatesIdentity(candidates),
    sets: String(sets.size),
    sets_sha256: sha256OfFields(sets.keys()),
  };
}
