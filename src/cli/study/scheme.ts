/** The step of a study that makes a scheme. */

import {
  type BuiltScheme,
  encodeScheme,
  type LabelledPair,
  type SchemeName,
  schemeOf,
  type StudyCollection,
} from "../../../internal.ts";
import type { Label } from "../../ir/words.ts";
import { attributeRun } from "../run/attribute_run.ts";
import { deviceIdentity } from "../run/identity.ts";
import { openJournal } from "../run/journal_file.ts";
import { sha256OfText } from "../../deno/hash.ts";
import { type Progress, startProgress, write } from "../run/progress.ts";
import { stopOnSignals } from "../run/signals.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { attributionOf, pairsOf } from "./work.ts";

/** One scheme, and the list of its pairs. */
export async function makeScheme(
  context: StudyContext,
  { name, label, of }: {
    readonly name: SchemeName;
    readonly label: Label;
    readonly of: StudyCollection;
  },
  place: StepPlace,
): Promise<StepOutput> {
  const { pairs, list, summary, split } = await pairsOf(context, of, { label, most: of.maxPairs });
  if (!context.quiet) console.error(`  ${summary}`);
  const built = await schemeOfPairs(context, pairs, place);
  if (built.kept.length === 0) {
    throw new RangeError(
      `Cannot make scheme ${name}: the model agrees with the label of none of ${pairs.length} ${label} pairs of ${of.folder}`,
    );
  }
  if (!context.quiet && !built.sums.byQuery && context.study.attribution.byQuery === undefined) {
    console.error(
      "  sums by query are left out: they would take more than 512 MiB; there will be no intervals over queries",
    );
  }
  const scheme = schemeOf(built.sums, {
    ...built.metadata,
    dataset: of.folder,
    split,
    selection: summary,
    model: context.study.model,
    model_sha256: context.hashes.model,
    tokenizer_sha256: context.hashes.tokenizer,
    version: String(context.common.version),
    pair_list_sha256: sha256OfText(
      built.kept.map((i) => `${pairs[i].query}\t${pairs[i].passage}\t${pairs[i].label}\n`).join(""),
    ),
  });
  const file = `schemes/${name}.safetensors`;
  return {
    files: [
      { path: file, content: encodeScheme(scheme) },
      { path: `${file}.pairs.tsv`, content: list },
    ],
    evaluations: Math.round(built.evaluations * built.kept.length),
    forwards: context.study.attribution.agreement ? pairs.length : 0,
  };
}

/** The sums of a scheme; finished pairs are kept in the step's journal. */
async function schemeOfPairs(
  context: StudyContext,
  pairs: readonly LabelledPair[],
  { journal: path, sha256 }: StepPlace,
): Promise<BuiltScheme> {
  const devices = await context.devices();
  const identity = { inputs_sha256: sha256, device: deviceIdentity(devices.encoder.ops) };
  using journal = await openJournal(path, identity, { restart: "other" });
  const of = pairs.length;
  let [done, resumed] = [0, 0];
  const kept = () => `${done} pairs are kept in ${path}; the same command goes on from there`;
  using _signals = stopOnSignals(() => {
    journal.sync();
    return kept();
  });
  let progress: Progress | undefined;
  const built = await attributeRun({
    ...attributionOf(context),
    agreement: context.study.attribution.agreement,
    completenessLimit: context.study.attribution.completenessLimit,
    byQuery: context.study.attribution.byQuery,
    ...{ devices, journal, pairs },
    onRecord(_, __, place) {
      done = place.done;
      if (place.resumed) return void (resumed = done);
      if (!progress && resumed > 0 && !context.quiet) {
        write(`  going on from ${path}: ${resumed} pairs are done\n`);
      }
      progress ??= startProgress(of, { things: "pairs", quiet: context.quiet, before: resumed });
      progress.update(of - place.of + done);
    },
    onLoss: (message) => write(`  ${message}; going on with a new device\n`),
  });
  progress?.end();
  return built;
}
