/** The step of a study that asks what its neurons respond to. */

import {
  axiomMeanings,
  checkDescribed,
  describeBy,
  descriptionPage,
  descriptionTable,
  evaluate,
  meansOf,
  neuronName,
  neuronOf,
  planOf,
  type Schemes,
  signalMeanings,
  type StudyCollection,
  type StudyDescription,
} from "../../../internal.ts";
import { withStatistics } from "../options/described_pairs.ts";
import { readSynonyms } from "../options/synonyms.ts";
import type { SourcePair } from "../options/source.ts";
import { choosePairs } from "../run/choose_pairs.ts";
import { describeWork } from "../run/describe_work.ts";
import { deviceIdentity } from "../run/identity.ts";
import { openRun } from "../run/open_run.ts";
import { doChunks } from "../run/resumable.ts";
import type { StudyContext } from "./context.ts";
import type { StepOutput, StepPlace } from "./steps.ts";
import { attributionOf, json, sourceOf } from "./work.ts";

/** Records of the journal: predictions of each label; describe_work.ts has others. */
const PREDICTIONS = { relevant: 3, "non-relevant": 4 } as const;

/** What each file is called. */
const files = { table: "data/describe.tsv", page: "data/describe.html" };

/** Sets over pairs of every label of a collection; F speaks for relevance in all of them. */
export async function makeDescription(
  context: StudyContext,
  { one, schemes }: { readonly one: StudyCollection; readonly schemes: Schemes },
  { journal, sha256 }: StepPlace,
): Promise<StepOutput> {
  const { study, quiet } = context;
  const { of, level, axiomPairs, collection, pairs: most, synonyms: list } = study.describe!;
  const synonyms = list === undefined ? undefined : await readSynonyms(context.path(list));
  const options = attributionOf(context);
  const devices = await context.devices();
  const { encoder } = devices;
  checkDescribed(encoder.config);
  await using run = await openRun({
    ...{ devices, journal, quiet, unit: "pairs", restart: "other" },
    identity: { inputs_sha256: sha256, device: deviceIdentity(encoder.ops) },
  });
  const pairs: SourcePair[] = [];
  let forwards = 0;
  for (const label of one.labels) {
    const { kept, asked } = await choosePairs(await sourceOf(context, one, { label, most }), {
      agreement: study.attribution.agreement,
      encoding: options,
      ask: (work) => doChunks(run, { ...work, kind: PREDICTIONS[label] }),
    });
    pairs.push(...kept);
    forwards += asked;
  }
  const sets = of.map((expression) => ({
    name: expression,
    neurons: membersOf(context, schemes, { expression, level }),
  }));
  using statistics = await withStatistics(pairs, {
    corpus: await context.collection(one),
    place: await context.indexPlace(one.folder),
  });
  const names = [...new Set(sets.flatMap(({ neurons }) => neurons))];
  const found = await describeBy(encoder, names, {
    ...{ ...options, pairs: statistics.pairs, idf: statistics.idf, sets },
    ...{ axiomPairs, seed: study.seed, speaksFor: "relevant", synonyms: synonyms?.words },
  }, describeWork(run));
  const description: StudyDescription = {
    ...{ collection, level, ...files },
    sets: sets.map(({ name, neurons }) => ({ expression: name, neurons: neurons.length })),
    pairs: pairs.length,
    queries: new Set(pairs.map(({ query }) => query)).size,
    correlations: found.correlations.length,
    ...{ summary: found.summary, leftOut: found.leftOut, axioms: found.axioms },
  };
  const page = descriptionPage(found, {
    model: study.model,
    neurons: `${names.length} neurons of ${of.join(", ")}`,
    pairs: `${pairs.length} pairs of ${one.name}`,
    version: String(context.common.version),
    meanings: { ...signalMeanings, ...axiomMeanings, ...synonyms?.meanings },
    options: { study: study.title, level: String(level), "axiom pairs": String(axiomPairs) },
  });
  run.finish();
  return {
    files: [
      { path: "data/describe.json", content: json(description) },
      { path: files.table, content: descriptionTable(found) },
      { path: files.page, content: page },
    ],
    ...{ evaluations: found.evaluations, forwards },
  };
}

/** Names of a set's neurons. */
function membersOf(
  { study }: StudyContext,
  schemes: Schemes,
  { expression, level }: { readonly expression: string; readonly level: number },
): string[] {
  const means = meansOf(schemes);
  const ids = evaluate(planOf(study, { expression }), means, level);
  return Array.from(ids, (id) => neuronName(neuronOf(means.space, id)));
}
