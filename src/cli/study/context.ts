/** What the steps of a study share: its options, folders, collections, and the model once it is needed. */

import manifest from "../../../deno.json" with { type: "json" };
import {
  type AblationCandidate,
  type CrossEncoder,
  type EncoderConfig,
  openCrossEncoder,
  type Ops,
  parseConfig,
  readHead,
  type SetsOfRow,
  type Study,
  type StudyCollection,
  type StudyInputs,
  type StudyValidation,
} from "../../../internal.ts";
import type { JudgedCollection } from "../../formats/judged.ts";
import type { IndexPlace } from "../../deno/bm25.ts";
import { openJudged } from "../options/dataset.ts";
import { type Devices, openDevices } from "../run/devices.ts";
import { folderLoader, makeFolder } from "../../deno/files.ts";
import { openFolder } from "../../deno/folder.ts";
import { sha256OfFile, sha256OfText } from "../../deno/hash.ts";
import { modelHashes, modelPath, settingsHash, tellNotes } from "../options/model.ts";
import { openSteps, type Steps, studyLayout } from "./steps.ts";

/** Scores that are known: of all candidates, set by set in the order of `setsOfRows`; else undefined. */
export type KnownScores = (
  one: StudyValidation,
  judged: {
    readonly candidates: readonly AblationCandidate[];
    readonly sets: readonly SetsOfRow[];
  },
) => readonly Float64Array[] | undefined;

/** A study that is being run. */
export interface StudyContext extends StudyInputs {
  readonly study: Study;
  readonly output: string;
  readonly quiet: boolean;
  readonly hashes: { readonly model: string; readonly tokenizer: string };
  readonly steps: Steps;
  /** What computes, once it is known. */
  readonly computer: () => { readonly adapter: string; readonly device: string };
  /** The scores of a step's candidates under its sets, where they are known before it is made. */
  readonly scored?: KnownScores;
  /** Opens the model at the first call. */
  encoder(): Promise<CrossEncoder>;
  /** The same, with new devices for those that are lost. */
  devices(): Promise<Devices>;
  /** A folder or file that the study names, from the study file's folder. */
  path(name: string): string;
  /** A collection of the study, opened at the first call. */
  collection(
    one: Pick<StudyCollection | StudyValidation, "folder" | "split">,
  ): Promise<JudgedCollection>;
  /** The model's sizes. */
  config(): Promise<EncoderConfig>;
  /** Where a collection's BM25 index is, in the study's folder. */
  indexPlace(folder: string): Promise<IndexPlace>;
  /** Gives the device back. */
  close(): void;
}

/** How a study is run. */
export interface StudyOptions {
  /** Opens what it computes on; `memoryBytes`: what a batch may take, after a device was lost. */
  readonly open: (memoryBytes?: number) => Promise<Ops>;
  /** How exact products are: what was made in another precision is made anew. f32 unless given. */
  readonly precision?: string;
  /** The study's file, from whose folder its paths begin. */
  readonly file: string;
  /** The folder where everything goes. */
  readonly output: string;
  /** Whether nothing is told on stderr. */
  readonly quiet: boolean;
  /** Whether a judgement of a missing document is an error. */
  readonly strict: boolean;
}

/** Opens a study. */
export async function openStudy(
  study: Study,
  { open: openOps, precision, file, output, quiet, strict }: StudyOptions,
): Promise<StudyContext> {
  const base = file.includes("/") ? file.replace(/\/[^/]*$/, "") : ".";
  const path = (name: string) => name.startsWith("/") ? name : `${base}/${name}`;
  const isFolder = await Deno.stat(path(study.model)).then((info) => info.isDirectory, () => false);
  const model = isFolder ? path(study.model) : study.model;
  const folder = await modelPath(model);
  const hashes = await modelHashes(model);
  let ops: Ops | undefined;
  let opened: Promise<Devices> | undefined;
  const open = async (memoryBytes?: number) => {
    ops = await openOps(memoryBytes);
    const { kind, adapter, close } = ops;
    if (!quiet && memoryBytes === undefined) console.error(`computing on ${kind}: ${adapter}`);
    try {
      const encoder = await openCrossEncoder(await folderLoader(folder), ops, study);
      if (memoryBytes === undefined) tellNotes(encoder.notes, quiet);
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
  const collections = new Map<string, Promise<JudgedCollection>>();
  const computer = () => ({ adapter: ops?.adapter ?? "none", device: ops?.kind ?? "none" });
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
      precision: precision === "f32" ? undefined : precision,
      seed: study.seed,
    },
    computer,
    steps: openSteps(studyLayout(output), { quiet, computer }),
    devices,
    encoder: async () => (await devices()).encoder,
    path,
    collection({ folder, split }) {
      const key = JSON.stringify([folder, split]);
      const found = collections.get(key) ?? openJudged(path(folder), { split, strict, quiet });
      collections.set(key, found);
      return found;
    },
    identity: ({ folder }) => filesOf(folder),
    async identityOfFile(name) {
      const { size, mtime } = await Deno.stat(path(name));
      return [name, size, mtime?.getTime()];
    },
    async digestOfFile(name) {
      return await sha256OfFile(path(name));
    },
    async config() {
      const load = await folderLoader(folder);
      const bytes = await load("config.json");
      return parseConfig(bytes, { ...study, modules: await readHead(load, bytes) });
    },
    async indexPlace(folder) {
      await makeFolder(`${output}/indexes`);
      const index = `${output}/indexes/${sha256OfText(path(folder)).slice(0, 16)}.sqlite`;
      return { folder: path(folder), index, note: quiet ? undefined : console.error };
    },
    close: () => ready?.close(),
  };
}
