/** The step of a study that makes a scheme. */

import { schemeFile, type StudyScheme } from "../../../internal.ts";
import { deviceIdentity } from "../run/identity.ts";
import { openRun } from "../run/open_run.ts";
import { runScheme } from "../run/scheme_run.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { agreementOf, attributionOf, sourceOf } from "./work.ts";

/** One scheme, and the list of its pairs; finished pairs are kept in the step's journal. */
export async function makeScheme(
  context: StudyContext,
  { name, label, of }: StudyScheme,
  { journal, sha256 }: StepPlace,
): Promise<StepOutput> {
  const { study, hashes, quiet } = context;
  const { completenessLimit, byQuery } = study.attribution;
  const source = await sourceOf(context, of, { label, most: of.maxPairs });
  if (!quiet) console.error(`  ${source.summary}`);
  const devices = await context.devices();
  const { encoder } = devices;
  await using run = await openRun({
    ...{ devices, journal, quiet, unit: "pairs" },
    identity: { inputs_sha256: sha256, device: deviceIdentity(encoder.ops) },
    restart: "other",
  });
  const { bytes, list, evaluations, asked } = await runScheme(run, encoder, {
    ...{ source, completenessLimit, byQuery, agreement: agreementOf(context, encoder.config) },
    options: attributionOf(context),
    origin: {
      dataset: of.folder,
      model: study.model,
      modelSha256: hashes.model,
      tokenizerSha256: hashes.tokenizer,
      version: String(context.common.version),
    },
  });
  const file = schemeFile(name);
  return {
    files: [
      { path: file, content: bytes },
      ...(list === undefined ? [] : [{ path: `${file}.pairs.tsv`, content: list }]),
    ],
    evaluations,
    forwards: asked,
  };
}
