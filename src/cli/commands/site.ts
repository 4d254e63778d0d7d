/** `site`: the page of `explore` as a static folder, or as one file. */

import { makeFolder, named, print, writeAnew, writeFile } from "../../deno/files.ts";
import { bundlePage } from "../../deno/page_files.ts";
import type { Command } from "../command.ts";
import { examplePairs, exploredModel, exploreOptions } from "../explore/model.ts";
import type { PageFacts } from "../../formats/page_facts.ts";
import { modelFiles, singleFile, siteFiles } from "../explore/site.ts";

/** Bytes of a model that a page in one file holds at most. */
const MOST_BYTES = 64 * 2 ** 20;

/** The command. */
export const site: Command = {
  summary: "the page of `explore` as a static folder with the model inside, or as one HTML file",
  options: {
    ...exploreOptions,
    output: {
      value: "PATH",
      help: "the folder, or with --single-file the file",
      fallback: "site",
      file: { use: "written", holds: () => true, deep: true },
    },
    "single-file": { help: "one HTML file, PATH or PATH/index.html, for models of up to 64 MiB" },
  },
  notes:
    "Any static host serves the folder, without special headers; a page in one file opens from disk.",
  async run(args) {
    const output = args.text("output");
    const { name, path } = await exploredModel(args);
    const names = await named(
      "read folder",
      path,
      () => Array.fromAsync(Deno.readDir(path), ({ name }) => name),
    );
    const model = new Map<string, Uint8Array>();
    for (const file of modelFiles(names)) {
      const place = `${path}/${file}`;
      model.set(file, await named("read", place, () => Deno.readFile(place)));
    }
    const facts: PageFacts = {
      model: { name, address: "model/", kept: false },
      pairs: await examplePairs(args),
    };
    if (args.has("single-file")) {
      const bytes = model.values().reduce((sum, { length }) => sum + length, 0);
      if (bytes > MOST_BYTES) {
        throw new RangeError(
          `Cannot write ${name} into one file: expected at most ${MOST_BYTES} bytes, got ${bytes}`,
        );
      }
      const html = singleFile({ files: await bundlePage({ split: false }), facts, model });
      const file = /\.html?$/.test(output) ? output : `${output}/index.html`;
      if (file !== output) await makeFolder(output);
      await writeFile(file, html);
      await print(file);
      return;
    }
    const files = siteFiles({ files: await bundlePage(), facts, model });
    await checkOwn(output, files);
    for (const [file, bytes] of files) await writeAnew(`${output}/${file}`, bytes);
    await print(`${output}/index.html`);
  },
};

/** A folder that holds something else is left alone; of an older page its scripts are removed. */
async function checkOwn(folder: string, files: ReadonlyMap<string, unknown>): Promise<void> {
  await makeFolder(folder);
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  if (names.length > 0 && !names.includes("explore.json")) {
    throw new Error(
      `Cannot write the page to ${folder}: expected an empty folder or an older page, found ${
        names[0]
      }`,
    );
  }
  for (const name of names) {
    if (name.endsWith(".js") && !files.has(name)) await Deno.remove(`${folder}/${name}`);
  }
}
