/** Steps of a study: files with provenance, made when missing or stale and kept otherwise. */

import { isObject } from "../../formats/json.ts";
import type { StepRecord } from "../../../internal.ts";
import { makeFolder, writeAnew } from "../../deno/files.ts";
import { sha256OfFile } from "../../deno/hash.ts";
import { removeJournal } from "../run/journal_file.ts";
import { sha256OfText } from "../../deno/hash.ts";
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

/** A step. */
export interface Step {
  /** e.g. "scheme P[ms]". */
  readonly name: string;
  /** The file that later steps read. */
  readonly file: string;
  /** All that its output depends on, as JSON. */
  readonly inputs: unknown;
  make(place: StepPlace): Promise<StepOutput>;
}

/** A record of a step as its file holds it. */
interface KeptRecord extends StepRecord {
  readonly adapter: string;
  readonly device: string;
  readonly finished: string;
  /** SHA-256 of every file that the step wrote, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** What became of steps. */
export interface Steps {
  /** Runs a step, or keeps what it made before; the SHA-256 of its file. */
  run(step: Step): Promise<string>;
  /** Whether a step would be kept, missing, or stale; if kept, the SHA-256 of its file. */
  look(step: Omit<Step, "make">): Promise<
    { readonly state: "kept" | "missing" | "stale"; readonly hash?: string }
  >;
  /** The steps so far. */
  readonly records: readonly KeptRecord[];
}

/** Steps that write to `output`; `computer` says what computes, once it is known. */
export function openSteps(
  output: string,
  { quiet, computer }: {
    readonly quiet: boolean;
    readonly computer: () => { readonly adapter: string; readonly device: string };
  },
): Steps {
  const records: KeptRecord[] = [];
  const recordPath = (name: string) => `${output}/steps/${slug(name)}.json`;
  const say = (text: string) => quiet || console.error(text);
  async function find({ name, inputs }: Pick<Step, "name" | "inputs">) {
    const sha256 = sha256OfText(JSON.stringify(inputs));
    const record = await readRecord(recordPath(name));
    if (!record) return { sha256, state: "missing" as const };
    if (record.sha256 !== sha256) {
      return { sha256, state: "stale" as const, why: "inputs or options changed" };
    }
    for (const [path, wanted] of Object.entries(record.files)) {
      const found = await sha256OfFile(`${output}/${path}`).catch(() => "none");
      if (found !== wanted) {
        return {
          sha256,
          state: "stale" as const,
          why: `${path} is ${found === "none" ? "gone" : "another"}`,
        };
      }
    }
    return { sha256, state: "kept" as const, record };
  }
  return {
    records,
    async look(step) {
      const { state, record } = await find(step);
      return { state, hash: record?.files[step.file] };
    },
    async run(step) {
      const found = await find(step);
      await makeFolder(`${output}/steps`);
      const journal = recordPath(step.name).replace(/json$/, "journal");
      if (found.record) {
        await removeJournal(journal); // of a run that was killed once the record was written
        records.push(found.record);
        say(`${step.name}: kept`);
        return found.record.files[step.file];
      }
      say(`${step.name}: ${found.why ? `made again, ${found.why}` : "begun"}`);
      const began = performance.now();
      const made = await step.make({ journal, sha256: found.sha256 });
      const files: Record<string, string> = {};
      for (const { path, content } of made.files) {
        await writeAnew(`${output}/${path}`, content);
        files[path] = await sha256OfFile(`${output}/${path}`);
      }
      const seconds = (performance.now() - began) / 1000;
      const record: KeptRecord = {
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
      await writeAnew(recordPath(step.name), `${JSON.stringify(record, null, 1)}\n`);
      await removeJournal(journal);
      records.push(record);
      say(`${step.name}: done in ${duration(seconds)}`);
      return files[step.file];
    },
  };
}

async function readRecord(path: string): Promise<KeptRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await Deno.readTextFile(path));
    return isObject(record) && isObject(record.files) ? record as unknown as KeptRecord : undefined;
  } catch {
    return undefined; // missing or damaged: the step is made again
  }
}

/** A text as part of a file's name; different texts give different names. */
export function slug(text: string): string {
  const plain = text.replaceAll(/[^\p{L}\p{N}_.]+/gu, "-").replaceAll(/^-|-$/g, "");
  return plain === text ? plain : `${plain}-${sha256OfText(text).slice(0, 6)}`;
}
