/** `explore`: a page that attributes, shows and masks, computed in the browser's tab. */

import { print } from "../../deno/files.ts";
import { openBrowser } from "../../deno/open_browser.ts";
import { bundlePage, typeOf } from "../../deno/page_files.ts";
import { servePage } from "../../deno/page_server.ts";
import { type ServedFolder, servedFolder } from "../../deno/served_folder.ts";
import { type Arguments, type Command, UsageError } from "../command.ts";
import {
  examplePairs,
  type ExploredModel,
  exploredModel,
  exploreOptions,
  fixtures,
  servedModel,
} from "../explore/model.ts";
import type { PageFacts } from "../../formats/page_facts.ts";
import { openServedStudy, type ServedStudy } from "../explore/study.ts";
import { collectionFiles } from "../options/dataset.ts";
import { modelHashes } from "../options/model.ts";
import { write } from "../run/progress.ts";
import { stopOnSignals } from "../run/signals.ts";
import { studyFiles } from "../study/uses.ts";

/** The command. */
export const explore: Command = {
  summary: "a page that shows which neurons push towards relevance, computed in the browser",
  options: {
    ...exploreOptions,
    study: {
      value: "DIR",
      help: "a study's output: its schemes, sets and queries",
      file: { ...studyFiles, use: "read" },
    },
    collections: {
      value: "FOLDER",
      help: "where the study's paths begin; DIR, here and the bundled ones unless given",
      file: { ...collectionFiles },
    },
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
    const model = await exploredModel(args);
    if (study) await checkModel(model, study);
    const folders = new Map<string, ServedFolder>([["model", await servedModel(model)]]);
    if (study) folders.set("study", await servedFolder(args.text("study"), { typeOf }));
    const facts: PageFacts = {
      model: { name: model.name, address: "model/", kept: false },
      pairs: await examplePairs(args),
      study: study?.facts,
    };
    const { address, finished } = await servePage({
      files: await bundlePage(),
      folders,
      async json(path) {
        if (path === "explore.json") return facts;
        const [, kind, name] = /^(queries|pairs)\/([^/]+)\.json$/.exec(path) ?? [];
        if (!study || name === undefined) return undefined;
        try {
          return await (kind === "queries" ? study.queries(name) : study.pairs(name));
        } catch (error) {
          return { error: (error as Error).message }; // which the page says
        }
      },
    }, { host, port });
    using _signals = stopOnSignals(() => "the page is served no longer");
    await print(address);
    if (!args.has("quiet")) write(`serving ${model.name}; Ctrl+C ends it\n`);
    if (args.has("open")) await openBrowser(address);
    await finished;
  },
};

/** Where folders that a study names may begin. */
function basesOf(args: Arguments): string[] {
  const told = args.get("collections");
  return told === undefined ? [args.text("study"), ".", fixtures] : [told];
}

/** Refuses a model that is not the study's. */
async function checkModel({ path, name }: ExploredModel, study: ServedStudy): Promise<void> {
  const { model } = await modelHashes(path);
  const { model_sha256: wanted } = study.results.provenance;
  if (model === wanted) return;
  throw new UsageError(
    `Cannot explore the study with ${name}: expected --model of weights ${
      wanted.slice(0, 12)
    }… (${study.results.model.name}), got ${model.slice(0, 12)}…`,
  );
}
