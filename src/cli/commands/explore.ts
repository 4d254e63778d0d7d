/** `explore`: a page that attributes, shows and masks, computed in the browser's tab. */

import { parseTextPairs } from "../../../internal.ts";
import { readText } from "../../deno/files.ts";
import { cacheFolder, modelFolder } from "../../deno/hub_cache.ts";
import { openBrowser } from "../../deno/open_browser.ts";
import { bundlePage, typeOf } from "../../deno/page_files.ts";
import { servePage } from "../../deno/page_server.ts";
import { type ServedFolder, servedFolder } from "../../deno/served_folder.ts";
import { type Arguments, type Command, readArguments, UsageError } from "../command.ts";
import { openServedStudy, type ServedStudy } from "../explore/study.ts";
import { modelHashes, modelOptions } from "../options/model.ts";
import { write } from "../run/progress.ts";
import { stopOnSignals } from "../run/signals.ts";

/** The command. */
export const explore: Command = {
  summary: "a page that shows which neurons push towards relevance, computed in the browser",
  options: {
    model: {
      value: "MODEL",
      help:
        "a folder in Hugging Face layout, or a downloaded repository; the bundled one by default",
    },
    study: { value: "DIR", help: "a study's output: its schemes, sets and queries" },
    collections: {
      value: "FOLDER",
      help: "where the study's paths begin; DIR, here and the bundled ones unless given",
    },
    pairs: { value: "FILE", help: "lines query<TAB>passage<TAB>label to choose from" },
    port: { value: "N", help: "0 takes a free one", fallback: "8000" },
    host: {
      value: "H",
      help: "where to listen; others can reach the page then",
      fallback: "127.0.0.1",
    },
    open: { help: "show the page in the browser" },
  },
  notes:
    "Prints the page's address once it listens, and serves it until it is interrupted. The model runs in\n" +
    "the browser; no text leaves the machine. docs/explorer.md shows what the page can do.",
  async run(args) {
    const port = args.integer("port", { least: 0, most: 65535 })!;
    const host = args.text("host");
    const study = args.get("study") === undefined ? undefined : await openServedStudy(
      args.text("study"),
      { bases: basesOf(args) },
    );
    const model = await servedModel(args, study);
    const pairs = await readPairs(args);
    const folders = new Map<string, ServedFolder>([["model", model.folder]]);
    if (study) folders.set("study", await servedFolder(args.text("study"), { typeOf }));
    const facts = {
      model: { name: model.name, address: "model/", kept: false },
      pairs,
      study: study?.facts,
    };
    const { address, finished } = await servePage({
      files: await bundlePage(),
      folders,
      async json(path) {
        if (path === "explore.json") return facts;
        const [, abbreviation] = /^queries\/([^/]+)\.json$/.exec(path) ?? [];
        if (abbreviation === undefined) return undefined;
        // what is wrong with a collection is said on the page
        return await study?.queries(abbreviation)
          .catch((error: unknown) => ({ error: (error as Error).message }));
      },
    }, { host, port });
    using _signals = stopOnSignals(() => "the page is served no longer");
    console.log(address);
    if (!args.has("quiet")) write(`serving ${model.name}; Ctrl+C ends it\n`);
    if (args.has("open")) await openBrowser(address);
    await finished;
  },
};

const fixtures = decodeURIComponent(new URL("../../../fixtures", import.meta.url).pathname);

/** Where folders that a study names may begin. */
function basesOf(args: Arguments): string[] {
  const told = args.get("collections");
  return told === undefined ? [args.text("study"), ".", fixtures] : [told];
}

/** The model's folder, its own or the study's or the bundled one. */
async function servedModel(
  args: Arguments,
  study: ServedStudy | undefined,
): Promise<{ readonly name: string; readonly folder: ServedFolder }> {
  const bundled = `${fixtures}/tiny-cross-encoder`;
  const given = args.get("model");
  const path = given === undefined ? bundled : await pathOf(given);
  const name = given ?? "tiny-cross-encoder";
  if (study) {
    const { model } = await modelHashes(
      readArguments(
        { summary: "", options: modelOptions, run: () => Promise.resolve() },
        [`--model=${path}`],
      ),
    );
    const { model_sha256: wanted } = study.results.provenance;
    if (model !== wanted) {
      throw new UsageError(
        `Cannot explore the study with ${name}: expected --model of weights ${
          wanted.slice(0, 12)
        }… (${study.results.model.name}), got ${model.slice(0, 12)}…`,
      );
    }
  }
  // the Hub's cache: snapshots/<commit> holds links to blobs beside it
  const within = /[/\\]snapshots[/\\][0-9a-f]{40}$/.test(path) ? `${path}/../..` : path;
  const folder = await servedFolder(path, { within, typeOf });
  const head = await folder.answer("config.json", new Request("http://x/", { method: "HEAD" }));
  if (!head) {
    throw new Error(
      `Cannot serve model ${name}: expected config.json in ${path}, and no link that leads outside`,
    );
  }
  return { name: name.replace(/[/\\]+$/, "").split(/[/\\]/).slice(-2).join("/"), folder };
}

async function pathOf(name: string): Promise<string> {
  const isFolder = await Deno.stat(name).then((info) => info.isDirectory, () => false);
  return isFolder ? name : modelFolder(name, cacheFolder((key) => Deno.env.get(key)));
}

/** Pairs to choose from; those of the bundled model where nothing else is given. */
async function readPairs(args: Arguments) {
  const own = args.get("model") === undefined ? `${fixtures}/pairs.tsv` : undefined;
  const name = args.get("pairs") ?? own;
  if (name === undefined) return [];
  return parseTextPairs(await readText(name), { name, labelled: true })
    .map(({ query, passage, label }) => ({ query, passage, label }));
}
