/** Steps of a study: files with provenance, made when missing or stale and kept otherwise. */

import { isObject } from "../../formats/json.ts";
import { fileName, type MadeStep, type StepPlan } from "../../../internal.ts";
import { makeFolder, writeAnew } from "../../deno/files.ts";
import { removeJournal } from "../run/journal_file.ts";
import { sha256OfFile, sha256OfText } from "../../deno/hash.ts";
import { duration } from "../run/progress.ts";

/** A file that a step writes. */
export interface StepFile {
  /** From the study's folder. */
  readonly path: string;
  readonly content: Uint8Array | string;
}

/** What a step made. */
export interface StepOutput {
  readonly files: readonly StepFile[];
  /** Forward and backward evaluations. */
  readonly evaluations?: number;
  /** Forward passes alone. */
  readonly forwards?: number;
}

/** Where a step keeps what is finished of it until all is. */
export interface StepPlace {
  /** A journal's file. */
  readonly journal: string;
  /** SHA-256 of the step's inputs. */
  readonly sha256: string;
}

/** What became of steps. */
export interface Steps {
  /** Runs a step, or keeps what it made before; the SHA-256 of its file. */
  run(step: StepPlan, make: (place: StepPlace) => Promise<StepOutput>): Promise<string>;
  /** Whether a step would be kept, missing, or stale; if kept, the SHA-256 of its file. */
  look(step: StepPlan): Promise<
    { readonly state: "kept" | "missing" | "stale"; readonly hash?: string }
  >;
  /** The steps so far. */
  readonly records: readonly MadeStep[];
  /** Where a file is that a step wrote, from its path in the study's folder. */
  where(path: string): string;
}

/** Where steps keep what they make. */
export interface StepLayout {
  /** The path of a step's record; its journal lies beside it. */
  record(name: string, sha256: string): Promise<string>;
  /** The folder from which the paths of a step's files begin. */
  folder(name: string, sha256: string): Promise<string>;
}

/** The layout of one study: a step of another name, or of other inputs, takes the place of none. */
export function studyLayout(output: string): StepLayout {
  return {
    record: async (name) => `${output}/steps/${await fileName(name)}.json`,
    folder: () => Promise.resolve(output),
  };
}

/** The layout of many studies: a step of other inputs has a record and a folder of its own. */
export function sharedLayout(output: string): StepLayout {
  const own = async (name: string, sha256: string) =>
    `${await fileName(name)}-${sha256.slice(0, 16)}`;
  return {
    record: async (name, sha256) => `${output}/steps/${await own(name, sha256)}.json`,
    folder: async (name, sha256) => `${output}/made/${await own(name, sha256)}`,
  };
}

/** How steps are kept and told of. */
export interface StepOptions {
  readonly quiet: boolean;
  /** What computes, once it is known. */
  readonly computer: () => { readonly adapter: string; readonly device: string };
  /** Records that were found good before, by path: they are taken without a word. */
  readonly known?: Map<string, MadeStep>;
}

/** What is found of a step: where it is kept, and its record where that is good. */
interface Found {
  readonly sha256: string;
  readonly place: string;
  readonly folder: string;
  readonly state: "kept" | "missing" | "stale";
  readonly why?: string;
  readonly record?: MadeStep;
}

/** Steps that write where a layout says. */
export function openSteps(
  layout: StepLayout,
  { quiet, computer, known = new Map() }: StepOptions,
): Steps {
  const records: MadeStep[] = [];
  const folders = new Map<string, string>();
  const say = (text: string) => quiet || console.error(text);
  async function find({ name, inputs }: Pick<StepPlan, "name" | "inputs">): Promise<Found> {
    const sha256 = sha256OfText(JSON.stringify(inputs));
    const place = await layout.record(name, sha256);
    const folder = await layout.folder(name, sha256);
    const record = known.get(place) ?? await readRecord(place);
    const at = { sha256, place, folder };
    if (!record) return { ...at, state: "missing" as const };
    if (record.sha256 !== sha256) {
      return { ...at, state: "stale" as const, why: "inputs or options changed" };
    }
    for (const [path, wanted] of Object.entries(known.has(place) ? {} : record.files)) {
      const found = await sha256OfFile(`${folder}/${path}`).catch(() => "none");
      if (found !== wanted) {
        return {
          ...at,
          state: "stale" as const,
          why: `${path} is ${found === "none" ? "gone" : "another"}`,
        };
      }
    }
    return { ...at, state: "kept" as const, record };
  }
  function place(record: MadeStep, folder: string): void {
    for (const path of Object.keys(record.files)) folders.set(path, folder);
  }
  function keep(record: MadeStep, folder: string): string {
    records.push(record);
    place(record, folder);
    return record.files[record.file];
  }
  return {
    records,
    where: (path) => `${folders.get(path)}/${path}`,
    async look(step) {
      const { state, record, folder } = await find(step);
      if (record) place(record, folder);
      return { state, hash: record?.files[step.file] };
    },
    async run(step, make) {
      const { folder, place: path, ...found } = await find(step);
      const journal = path.replace(/json$/, "journal");
      if (found.record) {
        if (!known.has(path)) {
          await removeJournal(journal); // of a run that was killed once the record was written
          say(`${step.name}: kept`);
        }
        known.set(path, found.record);
        return keep(found.record, folder);
      }
      await makeFolder(path.replace(/\/[^/]*$/, ""));
      say(`${step.name}: ${found.why ? `made again, ${found.why}` : "begun"}`);
      const began = performance.now();
      const made = await make({ journal, sha256: found.sha256 });
      const files: Record<string, string> = {};
      for (const { path, content } of made.files) {
        await writeAnew(`${folder}/${path}`, content);
        files[path] = await sha256OfFile(`${folder}/${path}`);
      }
      const seconds = (performance.now() - began) / 1000;
      const record: MadeStep = {
        name: step.name,
        sha256: found.sha256,
        file: step.file,
        seconds,
        evaluations: made.evaluations ?? 0,
        forwards: made.forwards ?? 0,
        ...computer(),
        finished: new Date().toISOString(),
        files,
      };
      await writeAnew(path, `${JSON.stringify(record, null, 1)}\n`);
      await removeJournal(journal);
      known.set(path, record);
      say(`${step.name}: done in ${duration(seconds)}`);
      return keep(record, folder);
    },
  };
}

async function readRecord(path: string): Promise<MadeStep | undefined> {
  try {
    const record: unknown = JSON.parse(await Deno.readTextFile(path));
    return isObject(record) && isObject(record.files) ? record as unknown as MadeStep : undefined;
  } catch {
    return undefined; // missing or damaged: the step is made again
  }
}
