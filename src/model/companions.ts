/** Files beside a model by which other programs would change its scores. */

import { isObject } from "../formats/json.ts";
import { loadJsonObject } from "../formats/json_file.ts";
import { type Load, loadOptional } from "../formats/load.ts";
import { knownActivation } from "./labels.ts";

/**
 * Reads sentence-transformers' config_sentence_transformers.json and sentence_bert_config.json, and looks
 * for peft's adapter_config.json.
 *
 * @throws {TypeError} where the model prepends prompts to texts, or scores by an activation that is not
 * known.
 */
export async function checkCompanions(load: Load, labels: 1 | 2): Promise<void> {
  if (await loadOptional(load, "adapter_config.json")) {
    throw new TypeError(
      "Cannot use adapter_config.json: expected plain weights, with adapters merged into them",
    );
  }
  const lower = (await loadJsonObject(load, "sentence_bert_config.json"))?.do_lower_case;
  if (lower !== undefined && lower !== null && lower !== false) {
    throw new TypeError(
      `Cannot use do_lower_case ${
        JSON.stringify(lower)
      } of sentence_bert_config.json: expected false, as the tokenizer says what becomes small letters`,
    );
  }
  const name = "config_sentence_transformers.json";
  const json = await loadJsonObject(load, name) ?? {};
  knownActivation(json.activation_fn, labels);
  const chosen = json.default_prompt_name;
  const prompt = isObject(json.prompts) ? json.prompts[String(chosen)] : undefined;
  if (chosen !== undefined && chosen !== null && prompt !== "") {
    throw new TypeError(
      `Cannot use default_prompt_name ${
        JSON.stringify(chosen)
      } of ${name}: expected none, as texts are read without prompts`,
    );
  }
}
