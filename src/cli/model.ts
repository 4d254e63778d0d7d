/** The model that a command works with: `--model`, and how it is named in results. */

import { createHash } from "node:crypto";
import { type CrossEncoder, type Load, openCrossEncoder, type Ops } from "../../mod.ts";
import type { Input, OptionSpec } from "./command.ts";
import { folderLoader } from "./files.ts";
import { cacheFolder, modelFolder } from "./hub_cache.ts";

/** Options of every command that reads a model. */
export const modelOptions: Readonly<Record<string, OptionSpec>> = {
  model: {
    value: "MODEL",
    help: "a folder in Hugging Face layout, or the name of a downloaded repository",
  },
  "relevant-class": {
    value: "N",
    help: "the class of relevant pairs, whatever config.json calls it; of one output 0 turns it",
    choices: ["0", "1"],
  },
  "max-length": { value: "N", help: "longest pair, in tokens", fallback: "512" },
  segments: {
    value: "KIND",
    help: "token types: 0 and 1, or all 0",
    choices: ["pair", "zeros"],
    fallback: "pair",
  },
};

/** How pairs are encoded. */
export function encodeOptions(input: Input): { maxLength: number; segments: "pair" | "zeros" } {
  return {
    maxLength: input.integer("max-length", { least: 5 })!,
    segments: input.text("segments") as "pair" | "zeros",
  };
}

/** What the user says of the model. */
export function configOptions(input: Input): { relevantClass?: 0 | 1 } {
  const text = input.get("relevant-class");
  return text === undefined ? {} : { relevantClass: text === "0" ? 0 : 1 };
}

/** Tells how a model's files were read, where they leave choices open. */
export function tellNotes(input: Input, notes: readonly string[]): void {
  if (input.has("quiet")) return;
  for (const note of notes) console.error(`note: ${note}`);
}

/** The folder of `--model`. */
export async function modelPath(input: Input): Promise<string> {
  const name = input.text("model");
  const isFolder = await Deno.stat(name).then((info) => info.isDirectory, () => false);
  if (isFolder) return name; // what it lacks is told by whoever opens it
  return await modelFolder(name, cacheFolder((name) => Deno.env.get(name)));
}

/** Opens the model of `--model` and tells its notes, unless it is opened again. */
export async function openModel(
  input: Input,
  ops: Ops,
  { again = false }: { readonly again?: boolean } = {},
): Promise<CrossEncoder> {
  const load = await folderLoader(await modelPath(input));
  const encoder = await openCrossEncoder(load, ops, configOptions(input));
  if (!again) tellNotes(input, encoder.notes);
  return encoder;
}

/** SHA-256 of the weights' files one after another in order of name, and of the tokenizer's. */
export async function modelHashes(input: Input): Promise<{ model: string; tokenizer: string }> {
  const folder = await modelPath(input);
  const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  const weights = names.filter((name) => /^model.*\.safetensors$/.test(name));
  const binary = names.filter((name) => /^pytorch_model.*\.bin$/.test(name));
  const tokenizer = names.includes("tokenizer.json") ? ["tokenizer.json"] : ["vocab.txt"];
  const load = await folderLoader(folder);
  return {
    model: await sha256(load, weights.length > 0 ? weights : binary),
    tokenizer: await sha256(load, tokenizer),
  };
}

/** SHA-256 of the settings in a model's folder: beside weights and tokenizer they decide what is computed. */
export async function settingsHash(folder: string): Promise<string> {
  const settings = [
    "config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
  ].map((name) => Deno.readTextFile(`${folder}/${name}`).catch(() => ""));
  return sha256OfText((await Promise.all(settings)).join("\0"));
}

/** SHA-256 of files one after another, read in pieces. */
async function sha256(load: Load, names: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  const piece = 2 ** 24;
  for (const name of names) {
    for (let start = 0;; start += piece) {
      const bytes = await load(name, { start, end: start + piece });
      hash.update(bytes);
      if (bytes.length < piece) break;
    }
  }
  return hash.digest("hex");
}

/** SHA-256 of a text. */
export function sha256OfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
