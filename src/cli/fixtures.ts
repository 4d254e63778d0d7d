/** The bundled model, collections and pairs: beside the program, or fetched where it runs by address. */

import { makeFolder, writeFile } from "../deno/files.ts";

const base = new URL("../../fixtures/", import.meta.url);

/** Files of the bundled study: what a program that runs by address fetches. */
const files = [
  "pairs.tsv",
  "study.json",
  ...["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"]
    .map((file) => `tiny-cross-encoder/${file}`),
  ...["astronomy", "cooking", "gardening", "medicine", "music", "sailing"].flatMap((collection) =>
    ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"]
      .map((file) => `collections/${collection}/${file}`)
  ),
];

/** The folder of the fixtures; a program that runs by address puts them into `folder` first. */
export async function fixturesFolder(folder: string): Promise<string> {
  if (base.protocol === "file:") return decodeURIComponent(base.pathname).replace(/\/$/, "");
  for (const file of files) {
    const response = await fetch(new URL(file, base));
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(
        `Cannot fetch ${new URL(file, base).href}: expected 200, got ${response.status}`,
      );
    }
    const path = `${folder}/${file}`;
    await makeFolder(path.replace(/\/[^/]*$/, ""));
    await writeFile(path, await response.bytes());
  }
  return folder;
}
