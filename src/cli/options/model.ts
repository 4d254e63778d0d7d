/** The model that a command works with: `--model`, and how it is named in results. */

import {
  type ConfigOptions,
  type CrossEncoder,
  openCrossEncoder,
  type Ops,
} from "../../../internal.ts";
import type { Arguments, OptionSpec } from "../command.ts";
import { folderLoader } from "../../deno/files.ts";
import { sha256OfFiles, sha256OfText } from "../../deno/hash.ts";
import { unlessAbsent } from "../../deno/place.ts";
import { cacheFolder, modelFolder } from "../../deno/hub_cache.ts";

/** Files of a model's folder that its readers may look for. */
const modelFiles = [
  /^(config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|modules)\.json$/,
  /^(config_sentence_transformers|sentence_bert_config)\.json$|^artifact\.metadata$/,
  /^(vocab|merges)\.txt$|\.model$/,
  /^model.*\.safetensors(\.index\.json)?$|^pytorch_model.*\.bin(\.index\.json)?$/,
  /^\d+_\w+\/(config\.json|model\.safetensors)$/,
];

/** Options of every command that reads a model. */
export const modelOptions: Readonly<Record<string, OptionSpec>> = {
  model: {
    value: "MODEL",
    help: "a folder in Hugging Face layout, or the name of a downloaded repository",
    file: { use: "read", paths: modelFolders, holds: isModelFile },
  },
  "max-length": {
    value: "N",
    help: "longest pair, or text of a bi-encoder, in tokens",
    fallback: "512",
  },
  segments: {
    value: "KIND",
    help: "token types: 0 and 1, or all 0",
    choices: ["pair", "zeros"],
    fallback: "pair",
  },
  "relevant-class": {
    value: "N",
    help: "the class of relevant pairs, whatever config.json calls it; of one output 0 turns it",
    choices: ["0", "1"],
  },
  template: {
    value: "TEXT",
    help: "the prompt of decoders and T5, with {query} and {document}; the model's own where known",
  },
};

function isModelFile(path: string): boolean {
  return modelFiles.some((name) => name.test(path));
}

/** The folder that a model's name stands for; none where the model is nowhere, as its opener will say. */
function modelFolders(name: string): string[] {
  if (unlessAbsent(() => Deno.statSync(name))) return [name];
  try {
    return [modelFolder(name, cacheFolder((variable) => Deno.env.get(variable)))];
  } catch {
    return [];
  }
}

/** How pairs are encoded. */
export function encodeOptions(args: Arguments): { maxLength: number; segments: "pair" | "zeros" } {
  return {
    maxLength: args.integer("max-length", { least: 5 })!,
    segments: args.text("segments") as "pair" | "zeros",
  };
}

/** What the user says of the model. */
export function configOptions(args: Arguments): ConfigOptions {
  const text = args.get("relevant-class");
  const template = args.get("template");
  return {
    ...(text === undefined ? {} : { relevantClass: text === "0" ? 0 : 1 }),
    ...(template === undefined ? {} : { template }),
  };
}

/** Tells how a model's files were read, where they leave choices open. */
export function tellNotes(notes: readonly string[], quiet: boolean): void {
  if (quiet) return;
  for (const note of notes) console.error(`note: ${note}`);
}

/** The folder of a model, given that or the name of a downloaded repository. */
export async function modelPath(name: string): Promise<string> {
  const isFolder = await Deno.stat(name).then((info) => info.isDirectory, () => false);
  if (isFolder) return name; // what it lacks is told by whoever opens it
  return await modelFolder(name, cacheFolder((name) => Deno.env.get(name)));
}

/** Opens the model of `--model` and tells its notes, unless it is opened again. */
export async function openModel(
  args: Arguments,
  ops: Ops,
  { again = false }: { readonly again?: boolean } = {},
): Promise<CrossEncoder> {
  const load = await folderLoader(await modelPath(args.text("model")));
  const encoder = await openCrossEncoder(load, ops, configOptions(args));
  if (!again) tellNotes(encoder.notes, args.has("quiet"));
  return encoder;
}

/** SHA-256 of the weights' files one after another in order of name, and of the tokenizer's. */
export async function modelHashes(model: string): Promise<{ model: string; tokenizer: string }> {
  const folder = await modelPath(model);
  const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  const weights = names.filter((name) => /^model.*\.safetensors$/.test(name));
  const binary = names.filter((name) => /^pytorch_model.*\.bin$/.test(name));
  const tokenizer = names.includes("tokenizer.json") ? ["tokenizer.json"] : ["vocab.txt"];
  const load = await folderLoader(folder);
  const own = weights.length > 0 ? weights : binary;
  return {
    model: await sha256OfFiles(load, [...own, ...await moduleFiles(folder, "model.safetensors")]),
    tokenizer: await sha256OfFiles(load, tokenizer),
  };
}

/** A file of each folder of sentence-transformers' modules that has it, in order of their names. */
async function moduleFiles(folder: string, name: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map((entry) => entry.name).filter((one) => /^\d+_\w+$/.test(one)).sort()
    .map((one) => `${one}/${name}`)
    .filter((path) => unlessAbsent(() => Deno.statSync(`${folder}/${path}`)) !== undefined);
}

/** SHA-256 of the settings in a model's folder: beside weights and tokenizer they decide what is computed. */
export async function settingsHash(folder: string): Promise<string> {
  const settings = [
    "config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    ...await moduleFiles(folder, "config.json"),
    ...[
      ...["modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"],
      "artifact.metadata",
    ]
      .filter((name) => unlessAbsent(() => Deno.statSync(`${folder}/${name}`)) !== undefined),
  ].map((name) => Deno.readTextFile(`${folder}/${name}`).catch(() => ""));
  return sha256OfText((await Promise.all(settings)).join("\0"));
}
