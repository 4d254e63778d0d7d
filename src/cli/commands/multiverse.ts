/** `multiverse`: whether the paper's claims hang on what it leaves open. */

import {
  claimsOnly,
  type Design,
  multiverseFiles,
  type MultiverseResults,
  type OwnStudy,
  parseStudy,
  parseVariations,
  type Universe,
  universesOf,
  usualChoices,
  verdictLine,
} from "../../../internal.ts";
import { checkWritable, makeFolder, print, readText, writeAnew } from "../../deno/files.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { type Arguments, type Command, type FileRole, UsageError } from "../command.ts";
import { type EstimatedCost, multiverseCost } from "../multiverse/cost.ts";
import { runMultiverse, runShard } from "../multiverse/run_multiverse.ts";
import { shardOfSteps } from "../multiverse/shard.ts";
import { universeContexts } from "../multiverse/universe_contexts.ts";
import { computeOptions, openOps } from "../options/backend.ts";
import { strictOption } from "../options/dataset.ts";
import { parseShard, shardOption } from "../options/shard.ts";
import { duration, startProgress } from "../run/progress.ts";
import { openStudy, type StudyContext } from "../study/context.ts";
import { checkFolders, refuseFolderOf } from "../study/run_study.ts";

/** The files that a multiverse writes to its folder. */
export const multiverseOutput: FileRole = {
  use: "written",
  holds: (path) =>
    /^(multiverse\.(json|tsv)|choices\.tsv|report\.html|(steps|made|indexes|figures)\/.*)$/
      .test(path),
  deep: true,
};

/** The command. */
export const multiverseCommand: Command = {
  summary:
    "a study under every alternative of what the paper leaves open: do its claims hold there?",
  positional: "STUDY.json",
  arity: [1, 1],
  files: [{ use: "read" }],
  options: {
    output: { value: "FOLDER", help: "where everything goes", file: multiverseOutput },
    vary: {
      value: "FILE",
      help: "JSON: which choices are varied, and their alternatives; the cheap ones unless given",
      file: { use: "read" },
    },
    expensive: {
      help:
        "vary target, baseline, rule, agreement and length too, which need schemes of their own",
      idle: { when: (args) => args.has("vary") ? "--vary says what is varied" : undefined },
    },
    "one-at-a-time": {
      help: "vary each choice alone from the study's own setting; all combinations unless given",
    },
    universe: {
      value: "N",
      help: "print the study file of a universe, for `study` from the same folder; make nothing",
    },
    shard: {
      ...shardOption.shard,
      help:
        "make only part i (from 0) of n of the steps that run the model, in a folder that all " +
        "share; auto asks Slurm's array or Kubernetes' indexed job",
      idle: { when: (args) => args.has("dry-run") ? "--dry-run makes nothing" : undefined },
    },
    ...strictOption,
    "dry-run": { help: "list the choices and what they cost with an estimate of time; make none" },
    ...computeOptions,
  },
  notes:
    "A universe is the study under one alternative of every choice; the first is the study's own.\n" +
    "Steps whose inputs are the same are made once, and kept: run the same command again after an\n" +
    "interruption. docs/multiverse.md has the choices and the form of FILE.",
  async run(args) {
    const [file] = args.positional;
    const { own, design, choices, universes } = await plan(args, file);
    const wanted = args.integer("universe", { least: 1, most: universes.length });
    if (wanted !== undefined) {
      return await print(JSON.stringify(universes[wanted - 1].contents, null, 1));
    }
    const shard = parseShard(args.get("shard"), (name) => Deno.env.get(name));
    const output = args.text("output");
    const dry = args.has("dry-run");
    if (!dry) {
      await makeFolder(output);
      await refuseFolderOf(output, { file: "results.json", of: "a study" });
      await checkWritable(`${output}/multiverse.json`);
    }
    const quiet = args.has("quiet");
    const base = await openStudy(own.study, {
      open: (memoryBytes?: number) => openOps(args, memoryBytes),
      precision: args.text("precision"),
      strict: args.has("strict"),
      ...{ file, output, quiet },
    });
    try {
      const part = shard && shardOfSteps(shard);
      const contextOf = universeContexts(base, part?.take);
      await checkAll(universes, contextOf);
      if (part) {
        await runShard({ universes, contextOf }, part);
        return await print(
          `${part.own.size} steps are made; of other shards' ${part.missing.size} are not there yet`,
        );
      }
      const { seconds, secondsAlone, ...cost } = await multiverseCost(
        universes.map(({ study }) => contextOf(study)),
      );
      const told = costLines({ ...cost, seconds, secondsAlone }, universes.length);
      if (dry) {
        const varied = choices.map(({ name, alternatives }) =>
          [`choice ${name}`, alternatives.map((one) => one.name).join(", "), ""].join("\t")
        );
        return await print([...told, ...varied].join("\n"));
      }
      if (!quiet) console.error(told.map((line) => line.replaceAll("\t", "  ")).join("\n"));
      const results = await runMultiverse({ choices, design, universes, contextOf, cost });
      await writeMultiverse(output, { results, quiet });
      for (const one of results.claims) await print(`${one.id}: ${verdictLine(one)}`);
      await print(`${output}/report.html`);
    } finally {
      base.close();
    }
  },
};

/** The universes that arguments ask for; what cannot be varied so is wrong usage. */
async function plan(args: Arguments, file: string) {
  const text = await readText(file);
  const contents = claimsOnly(parseJsonObject(text, `Cannot use study ${file}`));
  const own: OwnStudy = { contents, study: parseStudy(JSON.stringify(contents), file) };
  const design: Design = args.has("one-at-a-time") ? "one-at-a-time" : "full";
  const vary = args.get("vary");
  const variations = vary === undefined ? undefined : await readText(vary);
  try {
    const choices = variations === undefined
      ? usualChoices(own, { expensive: args.has("expensive") })
      : parseVariations(variations, vary!, own);
    const universes = universesOf(own, choices, { file, design });
    return { own, design, choices, universes };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** Fails before anything is computed where a universe's files are not there. */
async function checkAll(
  universes: readonly Universe[],
  contextOf: (study: Universe["study"]) => StudyContext,
): Promise<void> {
  const checked = new Set<string>();
  for (const { study } of universes) {
    const { collections, validation, attribution } = study;
    const imports = collections.some(({ schemes }) => schemes !== undefined);
    const key = JSON.stringify([collections, validation, imports && attribution]);
    if (checked.has(key)) continue;
    checked.add(key);
    await checkFolders(contextOf(study), multiverseOutput);
  }
}

/** What is said before anything is made. */
function costLines(cost: EstimatedCost, universes: number): string[] {
  return [
    [`${universes} universes`, "each by itself", "shared"],
    ["steps", cost.steps, cost.distinct],
    ["evaluations", cost.evaluationsAlone, cost.evaluations],
    ["forward passes", cost.forwardsAlone, cost.forwards],
    ["estimate", duration(cost.secondsAlone), duration(cost.seconds)],
  ].map((row) => row.join("\t"));
}

/** Writes results, tables, curves and the page, which comes last. */
async function writeMultiverse(
  output: string,
  { results, quiet }: { readonly results: MultiverseResults; readonly quiet: boolean },
): Promise<void> {
  await writeAnew(`${output}/multiverse.json`, `${JSON.stringify(results, null, 1)}\n`);
  const progress = startProgress(1, { things: "report", quiet });
  const files = await multiverseFiles(results, {
    lineOf: verdictLine,
    progress: (done, of) => progress.update(done / of, `curve ${done + 1} of ${of}`),
  });
  for (const { path, content } of files.toReversed()) await writeAnew(`${output}/${path}`, content);
  progress.end();
}
