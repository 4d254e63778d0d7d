/** The model that a command works with: `--model`, and how it is named in results. */

import { type CrossEncoder, openCrossEncoder, type Ops } from "../../../internal.ts";
import type { Arguments, OptionSpec } from "../command.ts";
import { folderLoader } from "../../deno/files.ts";
import { sha256OfFiles } from "../../deno/hash.ts";
import { cacheFolder, modelFolder } from "../../deno/hub_cache.ts";

/** Options of every command that reads a model. */
export const modelOptions: Readonly<Record<string, OptionSpec>> = {
  model: {
    value: "MODEL",
    help: "a folder in Hugging Face layout, or the name of a downloaded repository",
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
export function encodeOptions(args: Arguments): { maxLength: number; segments: "pair" | "zeros" } {
  return {
    maxLength: args.integer("max-length", { least: 5 })!,
    segments: args.text("segments") as "pair" | "zeros",
  };
}

/** The folder of a model, given that or the name of a downloaded repository. */
export async function modelPath(name: string): Promise<string> {
  const isFolder = await Deno.stat(name).then((info) => info.isDirectory, () => false);
  if (isFolder) return name; // what it lacks is told by whoever opens it
  return await modelFolder(name, cacheFolder((name) => Deno.env.get(name)));
}

/** Opens the model of `--model`. */
export async function openModel(args: Arguments, ops: Ops): Promise<CrossEncoder> {
  return await openCrossEncoder(await folderLoader(await modelPath(args.text("model"))), ops);
}

/** SHA-256 of the weights' files one after another in order of name, and of the tokenizer's. */
export async function modelHashes(model: string): Promise<{ model: string; tokenizer: string }> {
  const folder = await modelPath(model);
  const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  const weights = names.filter((name) => /^model.*\.safetensors$/.test(name));
  const binary = names.filter((name) => /^pytorch_model.*\.bin$/.test(name));
  const tokenizer = names.includes("tokenizer.json") ? ["tokenizer.json"] : ["vocab.txt"];
  const load = await folderLoader(folder);
  return {
    model: await sha256OfFiles(load, weights.length > 0 ? weights : binary),
    tokenizer: await sha256OfFiles(load, tokenizer),
  };
}
