/** `rerank`: candidates in the order of a model, as a TREC run. */

import {
  type AttentionCut,
  candidateName,
  checkCuts,
  type CrossEncoder,
  encodedWhenAsked,
  neuronName,
  neuronOf,
  type NeuronSpace,
  type Ops,
  rescore,
  spaceOfKinds,
  type TextPair,
  unitsOfCut,
} from "../../../internal.ts";
import { type Collection } from "../../formats/collection.ts";
import { formatRun } from "../../formats/trec.ts";
import { rank } from "../../ir/ranking.ts";
import { type Arguments, type Command, type Idle, UsageError } from "../command.ts";
import { ablationOptions, methodsOption, readReplacements } from "../options/ablation.ts";
import { computeOptions } from "../options/backend.ts";
import { readCandidates } from "../options/candidates.ts";
import { datasetOptions, openDataset } from "../options/dataset.ts";
import { cutOptions, readCuts, readLayers } from "../options/cuts.ts";
import { deviceOpener, openDevices } from "../run/devices.ts";
import { writeOutput } from "../../deno/files.ts";
import { rereadable } from "../../deno/folder.ts";
import { modelIdentity, optionsIdentity } from "../run/identity.ts";
import { sha256OfFields } from "../../deno/hash.ts";
import { type Identity, journalBeside, removeJournal } from "../run/journal_file.ts";
import { restartOption, resumable } from "../run/resumable.ts";
import { encodeOptions, modelHashes, modelOptions } from "../options/model.ts";
import { anyModelOption, readNeuronSet } from "../options/neuron_set.ts";
import { openRunLog, runLogOptions } from "../run/run_log.ts";

/** Without neurons it makes no difference how they are ablated. */
const withoutNeurons: Idle = {
  when: (args) =>
    args.has("ablate") || args.has("cut") ? undefined : "without --ablate no neurons are taken",
};

/** The command. */
export const rerank: Command = {
  summary: "a run's candidates re-ranked by a model, as a TREC run",
  options: {
    ...modelOptions,
    ...datasetOptions,
    candidates: {
      value: "RUN",
      help: "a TREC run; - reads standard input",
      file: { use: "read" },
    },
    depth: {
      value: "N",
      help: "candidates a query; equal scores go by document id, descending",
      fallback: "1000",
    },
    ablate: {
      value: "NEURONS",
      help: "a set of neurons to zero, as `neurons` writes it",
      file: { use: "read" },
    },
    ...cutOptions,
    ...ablationOptions,
    ablation: { ...ablationOptions.ablation, idle: withoutNeurons },
    scale: {
      ...ablationOptions.scale,
      idle: { when: (args) => withoutNeurons.when(args) ?? ablationOptions.scale.idle!.when(args) },
    },
    seed: {
      value: "N",
      help: "of the pairs that --ablation resample draws",
      fallback: "0",
      idle: {
        when: (args) =>
          args.get("ablation") === "resample" ? undefined : "nothing is drawn without resampling",
      },
    },
    "any-model": {
      ...anyModelOption["any-model"],
      idle: {
        when: (args) => args.has("ablate") ? undefined : "without --ablate no set is read",
        harmless: true,
      },
    },
    output: {
      value: "FILE",
      help: "the run; standard output unless given",
      file: { use: "written", beside: () => [".journal"] },
    },
    ...restartOption,
    ...runLogOptions,
    ...computeOptions,
  },
  notes:
    "Scores are logit margins (the relevant class minus the other), which do not tie where p(relevant) is 1,\n" +
    "or a bi-encoder's similarities.\n" +
    "With --output, scores are kept in OUTPUT.journal until the run is written; the same command goes\n" +
    "on from there after whatever stopped it, and ends in the same bytes.",
  async run(args) {
    const options = encodeOptions(args);
    const depth = args.integer("depth", { least: 1 })!;
    const seed = args.integer("seed", { least: 0, most: 2 ** 52 })!;
    const cut = args.has("cut") ? readCuts(args, { most: 1 })[0] : undefined;
    if (cut && args.has("renormalise") && args.has("scale")) {
      throw new UsageError("Expected --renormalise or --scale, got both");
    }
    if (cut && args.text("ablation") !== "zero") {
      throw new UsageError(
        `Option --ablation cannot be ${args.text("ablation")} with --cut: expected zero`,
      );
    }
    if (cut && args.has("ablate")) throw new UsageError("Expected --ablate or --cut, got both");
    const methods = methodsOption(args, { most: 1 });
    const file = args.text("candidates");
    args.text("model");
    const output = args.get("output");
    const collection = await openDataset(args);
    const candidates = await textsOfRun(collection, { file, depth });
    const pairs = candidates.map(({ texts }) => texts);
    using log = await openRunLog(args);
    const devices = await openDevices(deviceOpener(args));
    try {
      const { config, ops } = devices.encoder;
      const hashes = await modelHashes(args.text("model"));
      const zeroed = args.get("ablate");
      const used = {
        ...{ space: config, model: args.text("model"), sha256: hashes.model },
        ...{ anyModel: args.has("any-model"), quiet: args.has("quiet") },
      };
      const neurons = cut
        ? cutSet(args, cut, devices.encoder)
        : zeroed === undefined
        ? undefined
        : await readNeuronSet(zeroed, used);
      const { ids, space } = neurons ?? { ids: new Uint32Array(0), space: config };
      const replacements = await readReplacements(args, {
        ...{ methods, encoding: options, seed },
        used: { ...used, space },
      });
      const journal = journalBeside(output);
      const [margins] = await resumable({
        ...{ devices, journal, log, things: "pairs", of: candidates.length },
        outputs: output === undefined ? [] : [output],
        identity: {
          ...await identityOf(args, { candidates, hashes, ops }),
          ablated: neurons
            ? sha256OfFields(Array.from(ids, (id) => neuronName(neuronOf(space, id))))
            : "none",
          ...(args.has("renormalise") ? { renormalise: "on" } : {}),
          ...replacements.identity,
        },
        restart: args.has("restart"),
        quiet: args.has("quiet"),
        work: (encoder, chunks) =>
          rescore(
            encoder,
            encodedWhenAsked(encoder, pairs, options),
            [{ ids, method: methods[0] }],
            {
              nameOf: (pair) => candidateName(candidates[pair]),
              space,
              renormalise: args.has("renormalise"),
              replacements: replacements.of(encoder),
              ...chunks,
            },
          ),
      });
      const run = new Map<string, Map<string, number>>();
      candidates.forEach(({ query, document }, i) => {
        if (!run.has(query)) run.set(query, new Map());
        run.get(query)!.set(document, margins[i]);
      });
      await writeOutput(output, [...formatRun(run, "relevance-neurons")].join(""));
      await removeJournal(journal);
    } finally {
      devices.close();
    }
  },
};

/** The heads of a cut, as a set. */
function cutSet(
  args: Arguments,
  cut: AttentionCut,
  { config, tokenizer }: CrossEncoder,
): { readonly ids: Uint32Array; readonly space: NeuronSpace } {
  checkCuts([cut], tokenizer);
  const space = spaceOfKinds(config, ["heads"]);
  return { space, ids: unitsOfCut(space, cut, readLayers(args, config)) };
}

/** A candidate with its texts. */
interface Candidate {
  /** The query's id. */
  readonly query: string;
  /** The passage's id. */
  readonly document: string;
  readonly texts: TextPair;
}

/** The first candidates of every query of a run. */
async function textsOfRun(
  collection: Collection,
  { file, depth }: { readonly file: string; readonly depth: number },
): Promise<Candidate[]> {
  const run = await readCandidates(file);
  const requestedBy = rereadable(file); // to find the line of an unknown id
  const keys = [...run].flatMap(([query, scores]) =>
    rank(scores).slice(0, depth).map((document) => ({ query, document }))
  );
  const passages = await collection.passagesOf(
    new Set(keys.map(({ document }) => document)),
    requestedBy,
  );
  const queries = new Map<string, string>();
  for (const id of run.keys()) queries.set(id, (await collection.queryOf(id, requestedBy)).text);
  return keys.map((key) => ({
    ...key,
    texts: { query: queries.get(key.query)!, passage: passages.get(key.document)!.text },
  }));
}

/** What the scores depend on, but for what is zeroed. */
async function identityOf(
  args: Arguments,
  { candidates, hashes, ops }: {
    readonly candidates: readonly Candidate[];
    readonly hashes: { readonly model: string; readonly tokenizer: string };
    readonly ops: Ops;
  },
): Promise<Identity> {
  const fields = function* () {
    for (const { query, document, texts } of candidates) {
      yield* [query, document, texts.query, texts.passage];
    }
  };
  return {
    command: "rerank",
    ...await modelIdentity(args, { hashes, ops }),
    candidates: String(candidates.length),
    candidates_sha256: sha256OfFields(fields()),
    ...optionsIdentity(args, ["depth", "max-length", "segments"]),
  };
}
