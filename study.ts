/**
 * The paper's experiments from one file, for programs that run in Deno: schemes, baselines, overlaps,
 * location, ablation with controls and tests, verdicts on the paper's claims, and the report.
 *
 * ```ts ignore
 * import { runStudy } from "@relevance-neurons/relevance-neurons/study";
 *
 * const { results, page } = await runStudy("studies/paper.json", { output: "results" });
 * for (const { claim, verdict } of results.conclusions) console.log(verdict, claim);
 * ```
 *
 * @module
 */

import { type BackendOptions, openBackend } from "./src/compute/open_backend.ts";
import type { Ops } from "./src/compute/ops.ts";
import type { StudyResults } from "./src/experiments/results/results.ts";
import { parseStudy } from "./src/experiments/study/study_file.ts";
import { readText } from "./src/deno/files.ts";
import { runStudy as run } from "./src/cli/study/run_study.ts";

export { type ReportFile, reportFiles, type ReportOptions } from "./src/report/report.ts";
export type * from "./src/experiments/results/results.ts";
export type { CutRow, CutSweep, LayerWindow } from "./src/experiments/ablation/cuts.ts";
export type { HeadShare, HeadShareCell } from "./src/experiments/path/head_shares.ts";
export { faithfulness, type FaithfulnessOptions } from "./src/experiments/faithfulness/judge.ts";
export type { JudgedOptions } from "./src/experiments/faithfulness/attributions.ts";
export type { PatchingPlanOptions } from "./src/experiments/faithfulness/patching_plan.ts";
export type { BackendOptions } from "./src/compute/open_backend.ts";

/** Options of {@linkcode runStudy}. */
export interface RunStudyOptions extends BackendOptions {
  /** The folder where everything goes: steps that are there already are kept. */
  readonly output: string;
  /** WebGPU, `navigator.gpu` unless given; WebAssembly where it has no GPU. */
  readonly gpu?: GPU;
  /** Whether a judgement of a missing document is an error; left out and counted unless given. */
  readonly strict?: boolean;
  /** Whether progress is told on stderr; not unless given. */
  readonly verbose?: boolean;
}

/**
 * Runs the study of a file (docs/replication.md has its keys). A run that was interrupted goes on
 * when it is begun again, and ends in the same bytes.
 *
 * @throws {SyntaxError} that names the key where the file is none, {@linkcode Error} that names what
 * is missing or cannot be written.
 */
export async function runStudy(
  file: string,
  { output, gpu = navigator.gpu, strict = false, verbose = false, ...backend }: RunStudyOptions,
): Promise<{
  /** All numbers of the report: the contents of results.json. */
  readonly results: StudyResults;
  /** The path of the report's page. */
  readonly page: string;
}> {
  const open = async (memoryBytes = backend.memoryBytes) =>
    await openBackend(gpu, { ...backend, memoryBytes }) as Ops;
  const study = parseStudy(await readText(file), file);
  return await run(study, { open, file, output, strict, quiet: !verbose });
}
