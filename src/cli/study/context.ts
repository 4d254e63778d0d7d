/** What the steps of a study share: its options, folders, collections, and the model once it is needed. */

import manifest from "../../../deno.json" with { type: "json" };
import {
  type CrossEncoder,
  type EncoderConfig,
  openCrossEncoder,
  type Ops,
  parseConfig,
  type Study,
  type StudyCollection,
  type StudyValidation,
} from "../../../internal.ts";
import { searchBm25 } from "../../formats/bm25_index.ts";
import { type Collection, openCollection } from "../../formats/collection.ts";
import { type Arguments, readArguments } from "../command.ts";
import { openOps } from "../options/backend.ts";
import { openIndex } from "../options/dataset.ts";
import { type Devices, openDevices } from "../run/devices.ts";
import { folderLoader, makeFolder } from "../../deno/files.ts";
import { openFolder } from "../../deno/folder.ts";
import { sha256OfText } from "../../deno/hash.ts";
import { modelHashes, modelOptions, modelPath, settingsHash, tellNotes } from "../options/model.ts";
import { openSteps, type Steps } from "./steps.ts";
import { datasetArguments } from "../options/candidates.ts";

/** A study that is being run. */
export interface StudyContext {
  readonly study: Study;
  readonly output: string;
  readonly quiet: boolean;
  readonly hashes: { readonly model: string; readonly tokenizer: string };
  /** What every step's output depends on. */
  readonly common: Readonly<Record<string, unknown>>;
  readonly steps: Steps;
  /** Opens the model at the first call. */
  encoder(): Promise<CrossEncoder>;
  /** The same, with new devices for those that are lost. */
  devices(): Promise<Devices>;
  /** A folder or file that the study names, from the study file's folder. */
  path(name: string): string;
  /** Opens a collection of the study. */
  collection(one: Pick<StudyCollection | StudyValidation, "folder" | "split">): Promise<Collection>;
  /** Names, sizes and times of a collection's files: what its steps depend on. */
  identity(one: Pick<StudyCollection | StudyValidation, "folder">): Promise<unknown>;
  /** The same of a single file. */
  identityOfFile(name: string): Promise<unknown>;
  /** The model's sizes. */
  config(): Promise<EncoderConfig>;
  /** The arguments of commands on a collection, its BM25 index in the study's folder. */
  input(folder: string): Promise<Arguments>;
  /** Gives the device back. */
  close(): void;
}

/** Opens a study. */
export async function openStudy(
  study: Study,
  { args, file, output }: {
    readonly args: Arguments;
    readonly file: string;
    readonly output: string;
  },
): Promise<StudyContext> {
  const quiet = args.has("quiet");
  const base = file.includes("/") ? file.replace(/\/[^/]*$/, "") : ".";
  const path = (name: string) => name.startsWith("/") ? name : `${base}/${name}`;
  const isFolder = await Deno.stat(path(study.model)).then((info) => info.isDirectory, () => false);
  const model = readArguments(
    { summary: "", options: modelOptions, run: () => Promise.resolve() },
    [`--model=${isFolder ? path(study.model) : study.model}`],
  );
  const folder = await modelPath(model);
  const hashes = await modelHashes(model);
  let ops: Ops | undefined;
  let opened: Promise<Devices> | undefined;
  const open = async (memoryBytes?: number) => {
    ops = await openOps(args, memoryBytes);
    const { kind, adapter, close } = ops;
    if (!quiet && memoryBytes === undefined) console.error(`computing on ${kind}: ${adapter}`);
    try {
      const encoder = await openCrossEncoder(await folderLoader(folder), ops, study);
      if (memoryBytes === undefined) tellNotes(args, encoder.notes);
      return { encoder, close };
    } catch (error) {
      close();
      throw error;
    }
  };
  let ready: Devices | undefined;
  const devices = () => opened ??= openDevices(open).then((found) => ready = found);
  const filesOf = async (name: string) =>
    (await openFolder(path(name)).list())
      .filter((one) => !/(^|\/)\.|bm25\.sqlite|\.partial$/.test(one.path))
      .map((one) => [one.path, one.size, one.modified])
      .sort();
  return {
    study,
    output,
    quiet,
    hashes,
    common: {
      version: manifest.version,
      ...hashes,
      settings: await settingsHash(folder),
      relevantClass: study.relevantClass,
      seed: study.seed,
    },
    steps: openSteps(output, {
      quiet,
      computer: () => ({ adapter: ops?.adapter ?? "none", device: ops?.kind ?? "none" }),
    }),
    devices,
    encoder: async () => (await devices()).encoder,
    path,
    collection: ({ folder, split }) => openCollection(openFolder(path(folder)), { split }),
    identity: ({ folder }) => filesOf(folder),
    async identityOfFile(name) {
      const { size, mtime } = await Deno.stat(path(name));
      return [name, size, mtime?.getTime()];
    },
    async config() {
      const load = await folderLoader(folder);
      return parseConfig(await load("config.json"), study);
    },
    async input(folder) {
      await makeFolder(`${output}/indexes`);
      const index = `${output}/indexes/${sha256OfText(path(folder)).slice(0, 16)}.sqlite`;
      return datasetArguments(path(folder), { quiet, index });
    },
    close: () => ready?.close(),
  };
}

/** BM25's first 100 passages for every judged query: what negatives are drawn from. */
export async function rankedNegatives(
  context: StudyContext,
  collection: Collection,
  one: StudyCollection,
) {
  using index = await openIndex(await context.input(one.folder), collection);
  const queries = await Promise.all(
    [...collection.qrels.keys()].map((id) => collection.queryOf(id, collection.judgements)),
  );
  return searchBm25(index, queries, { depth: 100 });
}
