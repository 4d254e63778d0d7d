/** The steps of a study that compute: baselines, schemes, traces, segments, ablation. */

import {
  ablate,
  ablationSets,
  BASELINE_ROWS,
  baselineStudy,
  baselineTable,
  type BuiltScheme,
  type CollectionAblation,
  encodeScheme,
  forwardsOf,
  type LabelledPair,
  largest,
  matchedRandom,
  neuronOf,
  queriesTable,
  rule,
  type SchemeName,
  schemeOf,
  type SchemePairs,
  type Schemes,
  scopeOf,
  segmentShares,
  segmentTable,
  type SetsOfRow,
  setsOfRows,
  type StudyCollection,
  type StudyValidation,
  type TracedNeuron,
  tracePaths,
  traceTable,
} from "../../mod.ts";
import { formatPairList, labelledPairs } from "../formats/labelled_pairs.ts";
import type { JudgedPair, Label } from "../ir/words.ts";
import { attributeRun } from "./attribute_run.ts";
import { ablationIdentity, deviceIdentity } from "./identity.ts";
import { openJournal } from "./journal_file.ts";
import { journalled, type JournalledWork } from "./journalled.ts";
import { sha256OfText } from "./model.ts";
import { type Progress, startProgress, write } from "./progress.ts";
import { stopOnSignals } from "./signals.ts";
import { rankedNegatives, type StudyContext } from "./study_context.ts";
import type { StepOutput, StepPlace } from "./study_steps.ts";
import { encodeCandidates, openValidation } from "./validation.ts";

/** A step's options: how conductance is computed, without what it is computed on. */
export function attributionOf({ study }: StudyContext) {
  const { target, baseline, rule: name, steps, tolerance, maxLength, segments } = study.attribution;
  return { target, baseline, rule: rule(name, { steps, tolerance }), maxLength, segments };
}

/** A step's work on a list; finished pieces are kept in its journal. */
export async function stepInPieces<T>(
  context: StudyContext,
  { journal, sha256 }: StepPlace,
  { identity, ...work }:
    & Pick<JournalledWork<T>, "of" | "things" | "work">
    & Partial<Pick<JournalledWork<T>, "identity">>,
): Promise<T> {
  const devices = await context.devices();
  return await journalled({
    ...{ devices, journal, quiet: context.quiet, ...work },
    identity: {
      inputs_sha256: sha256,
      ...identity,
      device: deviceIdentity(devices.encoder.ops),
    },
    restart: "other",
  });
}

/** Table 1. */
export async function makeBaselines(
  context: StudyContext,
  { one, most }: { readonly one: StudyCollection; readonly most: number },
  place: StepPlace,
): Promise<StepOutput> {
  const { pairs } = await pairsOf(context, one, { label: "relevant", most });
  const { maxLength, segments } = context.study.attribution;
  const study = await stepInPieces(context, place, {
    of: pairs.length,
    things: "pairs",
    work: (encoder, pieces) =>
      baselineStudy(encoder, pairs, {
        ...pieces,
        ...{ maxLength, segments, collection: one.abbreviation },
      }),
  });
  return {
    files: [
      { path: "data/baselines.json", content: json(study) },
      { path: "data/baselines.tsv", content: baselineTable(study) },
    ],
    forwards: BASELINE_ROWS * pairs.length,
  };
}

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

/** Fig. 1: the strongest neurons of both labels, the most negative ones, and random ones. */
export async function makeTraces(
  context: StudyContext,
  { schemes, one }: { readonly schemes: Schemes; readonly one: StudyCollection },
  place: StepPlace,
): Promise<StepOutput> {
  const { pairs: most, points, neurons: count } = context.study.traces!;
  const { pairs } = await pairsOf(context, one, { label: "relevant", most });
  const { config } = await context.encoder();
  const { target, baseline, maxLength, segments } = attributionOf(context);
  const chosen: TracedNeuron[] = [];
  const add = (ids: Uint32Array, role: string) =>
    ids.forEach((id) => chosen.push({ ...neuronOf(config, id), role }));
  for (const letter of ["P", "N"] as const) {
    const scheme = schemes.get(`${letter}_${one.abbreviation}`);
    if (!scheme) continue;
    const strongest = largest(scheme.mean, count);
    const shown = `${letter}[${one.abbreviation}]`;
    add(strongest, `strongest of ${shown}`);
    if (letter === "N") continue;
    add(largest(scheme.mean.map((value) => -value), count), `most negative of ${shown}`);
    add(matchedRandom(config, strongest, context.study.seed), "random");
  }
  const t = Array.from({ length: points }, (_, k) => k / (points - 1));
  const options = { t, target, baseline, maxLength, segments };
  const traces = await stepInPieces(context, place, {
    of: pairs.length,
    things: "pairs",
    work: (encoder, pieces) => tracePaths(encoder, pairs, chosen, { ...options, ...pieces }),
  });
  return {
    files: [
      { path: "data/traces.json", content: json(traces) },
      { path: "data/traces.tsv", content: traceTable(traces) },
    ],
    evaluations: points * pairs.length,
  };
}

/** Contributions by segment, of every scheme. */
export async function makeSegments(
  context: StudyContext,
  schemes: readonly {
    readonly name: SchemeName;
    readonly label: Label;
    readonly of: StudyCollection;
  }[],
  place: StepPlace,
): Promise<StepOutput> {
  const { pairs: most, steps } = context.study.segments!;
  const { target, baseline, maxLength, segments } = attributionOf(context);
  const chosen: SchemePairs[] = [];
  for (const { name, label, of } of schemes) {
    const { pairs } = await pairsOf(context, of, { label, most });
    chosen.push({ scheme: `${name[0]}[${of.abbreviation}]`, pairs });
  }
  const of = chosen.reduce((sum, { pairs }) => sum + pairs.length, 0);
  const options = { steps, target, baseline, maxLength, segments };
  const shares = await stepInPieces(context, place, {
    of,
    things: "pairs",
    work: (encoder, pieces) => segmentShares(encoder, chosen, { ...options, ...pieces }),
  });
  return {
    files: [
      { path: "data/segments.json", content: json(shares) },
      { path: "data/segments.tsv", content: segmentTable(shares) },
    ],
    evaluations: (steps + 1) * of,
  };
}

/** The sets of Table 4. */
export function setsOfTable({ study }: StudyContext, schemes: Schemes): SetsOfRow[] {
  const [{ space }] = schemes.values();
  const of = new Map([...schemes].map(([name, { mean }]) => [name, mean]));
  const { rows, levels, controls, repetitions } = study.ablation!;
  const options = { rows, levels, controls, repetitions, seed: study.seed };
  return ablationSets(scopeOf(study), { space, of }, options);
}

/** Table 4 on one validation collection. */
export async function makeAblation(
  context: StudyContext,
  { one, sets }: { readonly one: StudyValidation; readonly sets: readonly SetsOfRow[] },
  place: StepPlace,
): Promise<StepOutput> {
  const { quiet, study } = context;
  const { perRelevant, rankBy, maxLength } = study.ablation!;
  const validation = await openValidation({
    ...one,
    folder: context.path(one.folder),
    run: one.candidates === undefined ? undefined : context.path(one.candidates),
    perRelevant,
    seed: study.seed,
    quiet,
    index: (await context.input(one.folder)).get("index"),
  });
  if (!quiet && validation.leftOut.length > 0) {
    console.error(`  no candidates for queries ${validation.leftOut.join(" ")}`);
  }
  const { segments } = study.attribution;
  const { qrels } = validation;
  const encoder = await context.encoder();
  const candidates = await encodeCandidates(encoder, validation, { maxLength, segments });
  const forwards = forwardsOf(candidates.length, setsOfRows(sets));
  const found = await stepInPieces<CollectionAblation>(context, place, {
    of: candidates.length,
    things: "candidates",
    identity: ablationIdentity(candidates, sets),
    work: (encoder, pieces) => ablate(encoder, { candidates, qrels }, sets, { rankBy, ...pieces }),
  });
  if (!quiet) {
    write(`  ${found.queries.length} queries, ${found.candidates} candidates\n`);
  }
  return {
    files: [
      {
        path: `data/ablation-${one.abbreviation}.json`,
        content: json({ ...found, withoutCandidates: validation.leftOut }),
      },
      { path: `data/ablation-${one.abbreviation}.tsv`, content: queriesTable(found) },
    ],
    forwards,
  };
}

/** The pairs of one label of a collection, with their list. */
export async function pairsOf(
  context: StudyContext,
  one: StudyCollection,
  { label, most }: { readonly label: Label; readonly most: number },
): Promise<{ pairs: LabelledPair[]; list: string; summary: string; split: string }> {
  const collection = await context.collection(one);
  const drawn = label === "non-relevant" && one.negatives === "bm25";
  const found = await labelledPairs(collection, {
    label,
    relevantFrom: one.relevantFrom,
    nonRelevantUpto: one.nonRelevantUpto,
    maxPairs: most,
    seed: context.study.seed,
    negatives: drawn ? await rankedNegatives(context, collection, one) : undefined,
  });
  if (found.pairs.length === 0) {
    throw new RangeError(
      `Cannot take pairs from ${one.folder}: expected ${label} ones, found none; set labels of ${one.abbreviation} in the study file, or "negatives": "bm25"`,
    );
  }
  const sampled = found.pairs.filter((pair) => pair.sampled).length;
  return {
    pairs: found.pairs.map(({ query, passage }: JudgedPair) => ({
      query: query.text,
      passage: passage.text,
      label: label === "relevant" ? 1 : 0,
    })),
    list: formatPairList(found.pairs),
    summary: `${found.pairs.length} ${label} pairs${
      sampled > 0 ? `, ${sampled} of them drawn from BM25, not judged` : ""
    }; dropped: ${found.ambiguous} of grades between, ${found.otherClass} of the other class, ${found.beyondMaximum} beyond the maximum`,
    split: collection.split,
  };
}

/** A value as the text of a JSON file. */
export function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
