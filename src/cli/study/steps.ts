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
}

/** Steps that write to `output`; `computer` says what computes, once it is known. */
export function openSteps(
  output: string,
  { quiet, computer }: {
    readonly quiet: boolean;
    readonly computer: () => { readonly adapter: string; readonly device: string };
  },
): Steps {
  const records: MadeStep[] = [];
  const recordPath = async (name: string) => `${output}/steps/${await fileName(name)}.json`;
  const say = (text: string) => quiet || console.error(text);
  async function find({ name, inputs }: Pick<StepPlan, "name" | "inputs">) {
    const sha256 = sha256OfText(JSON.stringify(inputs));
    const record = await readRecord(await recordPath(name));
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
    async run(step, make) {
      const found = await find(step);
      await makeFolder(`${output}/steps`);
      const path = await recordPath(step.name);
      const journal = path.replace(/json$/, "journal");
      if (found.record) {
        await removeJournal(journal); // of a run that was killed once the record was written
        records.push(found.record);
        say(`${step.name}: kept`);
        return found.record.files[step.file];
      }
      say(`${step.name}: ${found.why ? `made again, ${found.why}` : "begun"}`);
      const began = performance.now();
      const made = await make({ journal, sha256: found.sha256 });
      const files: Record<string, string> = {};
      for (const { path, content } of made.files) {
        await writeAnew(`${output}/${path}`, content);
        files[path] = await sha256OfFile(`${output}/${path}`);
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
      records.push(record);
      say(`${step.name}: done in ${duration(seconds)}`);
      return files[step.file];
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
