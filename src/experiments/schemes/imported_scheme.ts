/**
 * Checks schemes that were made elsewhere: they must be what the study would have made itself.
 */

import { isShard } from "../../attribution/schemes/shards.ts";
import { rule } from "../../attribution/rule.ts";
import type { Scheme } from "../../attribution/schemes/scheme.ts";
import { optionMetadata, readSchemeMetadata } from "../../attribution/schemes/scheme_metadata.ts";
import { type NeuronSpace, sizeNames, sizesOf } from "../../model/neurons.ts";
import type { Study } from "../study/study.ts";
import type { Label } from "../../ir/words.ts";

/** What a study requires of a scheme. */
export interface WantedScheme {
  /** The label of its pairs. */
  readonly label: Label;
  /** How its conductances are computed. */
  readonly attribution: Study["attribution"];
  /** The model's sizes, the most tokens that it takes, and which of its classes is relevant. */
  readonly model: NeuronSpace & {
    readonly maxTokens: number;
    readonly relevantClass: 0 | 1;
    readonly template?: string;
  };
  /** SHA-256 of the model's weights and of its tokenizer. */
  readonly hashes: { readonly model: string; readonly tokenizer: string };
}

/**
 * Checks a scheme that was made elsewhere; `action` begins the errors.
 *
 * @throws {RangeError} that names the first property in which it differs from the study's.
 */
export function checkImportedScheme(action: string, scheme: Scheme, wanted: WantedScheme): void {
  const { metadata, space } = scheme;
  const refuse = (key: string, want: string, got: string | undefined) => {
    if (want === got) return;
    throw new RangeError(`${action}: expected ${key} ${want}, got ${got ?? "none"}`);
  };
  if (isShard(scheme)) {
    throw new RangeError(
      `${action}: expected a whole scheme, got shard ${metadata.shard}; merge joins shards`,
    );
  }
  for (const [key, want] of Object.entries(metadataOf(wanted))) refuse(key, want, metadata[key]);
  refuse("relevant_class", String(wanted.model.relevantClass), metadata.relevant_class ?? "1");
  for (const key of sizeNames(wanted.model, space)) {
    refuse(key, sizesOf(wanted.model).get(key) ?? "none", sizesOf(space).get(key));
  }
  const { completeness, evaluations, dropped } = readSchemeMetadata(metadata);
  if (!completeness) {
    throw new RangeError(
      `${action}: expected completeness with numbers mean, worst and worst_absolute, got ${
        metadata.completeness ?? "none"
      }`,
    );
  }
  const limit = wanted.attribution.completenessLimit ?? Infinity;
  if (completeness.worst > limit) {
    throw new RangeError(
      `${action}: expected gaps of completeness of at most ${limit} of F's change, got ${completeness.worst}`,
    );
  }
  for (const [key, amount] of Object.entries({ evaluations, dropped })) {
    if (amount === undefined) refuse(key, "of at least 0", metadata[key]);
  }
  const id = scheme.mean.findIndex((value, i) => !Number.isFinite(value + scheme.m2[i]));
  if (id >= 0) {
    throw new RangeError(
      `${action}: expected finite numbers, got mean ${scheme.mean[id]} and m2 ${scheme.m2[id]}`,
    );
  }
}

/** The strings that `attribute` writes for the study's options. */
function metadataOf({ label, attribution, model, hashes }: WantedScheme): Record<string, string> {
  const { rule: name, steps, tolerance, ...options } = attribution;
  return {
    label,
    model_sha256: hashes.model,
    tokenizer_sha256: hashes.tokenizer,
    ...optionMetadata({ ...options, rule: rule(name, { steps, tolerance }) }, model),
  };
}
