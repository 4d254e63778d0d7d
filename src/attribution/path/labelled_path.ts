/** The path of a labelled pair: where it begins, what moves along it, and what F is. */

import type { Target } from "../../compute/ops.ts";
import { classOf, type Label } from "../../ir/words.ts";
import type { Model, TextPair } from "../../model/cross_encoder.ts";
import type { EncodeOptions } from "../../model/pair_tokenizer.ts";
import { type Baseline, checkMoving, type MovingText, pathPair } from "../target/baseline.ts";
import type { LabelledPath } from "./path_store.ts";

/** Options of {@linkcode labelledPath}. */
export interface PathOptions extends EncodeOptions {
  /** What F is; `logit` of the label's class unless given. */
  readonly target?: Target | "pairwise";
  /** The unit that F is in place of `target`. */
  readonly towards?: string;
  /** Where the path begins; `pad` unless given. */
  readonly baseline?: Baseline;
  /** Which texts of a bi-encoder move; `both` unless given. */
  readonly path?: MovingText;
}

/**
 * The path of a pair.
 *
 * @throws {TypeError} where the target or what moves is none of this model's, {@linkcode RangeError} where
 * nothing would move.
 */
export function labelledPath(
  { config, tokenizer }: Pick<Model, "config" | "tokenizer">,
  { query, passage, label }: TextPair & { readonly label: Label },
  { baseline = "pad", path, target, towards, ...encoding }: PathOptions,
): LabelledPath {
  checkPath(config, { target, towards, path });
  const encoded = tokenizer.encode(query, passage, encoding);
  return { ...pathPair(encoded, baseline, config, path), label: classOf(label) };
}

/** Refuses a text that moves alone where a model reads both together, and an F of logits for a bi-encoder. */
export function checkPath(
  { similarity }: Pick<Model["config"], "similarity">,
  { target, towards, path }: Pick<PathOptions, "target" | "towards" | "path">,
): void {
  checkMoving(path, similarity !== undefined);
  if (similarity && towards !== undefined) {
    throw new TypeError(
      `Cannot attribute a bi-encoder towards ${towards}: expected its similarity, as a unit below has two texts`,
    );
  }
  if (!similarity || target === undefined || target === "logit" || target === "margin") return;
  throw new TypeError(
    `Cannot use target ${target} with a bi-encoder: expected logit, its similarity, which has no probability`,
  );
}
