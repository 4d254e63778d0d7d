/** From a study's files to its results. */

import {
  type AblatedCollection,
  ablationTable,
  ablationTsv,
  atAttainable,
  type BaselineStudy,
  certaintyOf,
  type CollectionAblation,
  conclusions,
  type ConvergenceStudy,
  evaluate,
  fewestQueries,
  formatNeuronSet,
  locate,
  type Location,
  locationTsv,
  membership,
  membersTsv,
  neuronName,
  neuronOf,
  notDrawable,
  overlapCurves,
  overlapStudy,
  overlapTsv,
  parseExpression,
  type PathTrace,
  queriesOf,
  readSchemeMetadata,
  resolve,
  type ResultFile,
  RESULTS_FORMAT,
  type Scheme,
  type SchemeFacts,
  type Schemes,
  schemesOf,
  schemesOfStudy,
  scopeOf,
  type SegmentShare,
  type SetAtLevel,
  type SetCertainty,
  standardError,
  type StudyResults,
  surestFirst,
  topNeuronIds,
  unitsByComponent,
} from "../../../internal.ts";
import { neuronCount } from "../../../internal.ts";
import { levelName } from "../../../internal.ts";
import { mean } from "../../ir/measures.ts";
import { readText, writeAnew } from "../../deno/files.ts";
import { sha256OfText } from "../../deno/hash.ts";
import type { StudyContext } from "./context.ts";
import { schemeFile } from "./imported_scheme.ts";
import { shownName } from "./plan.ts";
import { slug, type Step } from "./steps.ts";
import { json } from "./work.ts";

/** Neurons of a scheme that the results list. */
const STRONGEST = 20;

/** Queries that have no candidates but relevant ones. */
interface Left {
  readonly withoutCandidates?: readonly string[];
  /** Lists with fewer passages of BM25 than the study asks for. */
  readonly shortLists?: number;
}

/** Draws of queries for the intervals of places, where the study has no overlaps that say how many. */
const DRAWS = 200;

/** The steps that only count: overlaps, places, and the certainty of members. */
export function countingSteps(
  context: StudyContext,
  schemes: Schemes,
  hashes: Readonly<Record<string, string>>,
): Step[] {
  const { study, common } = context;
  const wanted: Step[] = [];
  const { overlaps, certainty } = study;
  const curves = overlapCurves(study.collections, study.leftOut);
  if (overlaps && curves.length > 0) {
    wanted.push({
      name: "overlaps",
      file: "data/overlaps.json",
      inputs: { ...common, hashes, overlaps, curves },
      make: () => {
        const found = overlapStudy(curves, schemes, { ...overlaps, seed: study.seed });
        return Promise.resolve({
          files: [
            { path: "data/overlaps.json", content: json(found) },
            { path: "data/overlaps.tsv", content: overlapTsv(found) },
          ],
        });
      },
    });
  }
  for (const one of study.locations) {
    const name = locationName(one);
    const draws = overlaps?.schemeDraws ?? DRAWS;
    wanted.push({
      name,
      file: locationFile(one, "json"),
      inputs: { ...common, hashes, one, draws, sets: study.sets },
      make: () => {
        const found = locate(planOf(context, one), schemes, { ...one, draws, seed: study.seed });
        return Promise.resolve({
          files: [
            { path: locationFile(one, "json"), content: json(found) },
            { path: locationFile(one, "tsv"), content: locationTsv(found) },
          ],
        });
      },
    });
  }
  for (const one of certainty?.of ?? []) {
    const name = `${one.expression} at ${levelName(one.level)}`;
    const file = `data/certainty-${slug(name)}`;
    const plan = planOf(context, one);
    const needed = schemesOf(plan);
    const own: Schemes = new Map(needed.map((scheme) => [scheme, schemes.get(scheme)!]));
    const failed = notDrawable(own);
    if (failed) {
      if (!context.quiet) {
        console.error(
          `certainty ${name}: left out, scheme ${
            shownName(failed.name)
          } cannot be drawn anew: ${failed.why}`,
        );
      }
      continue;
    }
    wanted.push({
      name: `certainty ${name}`,
      file: `${file}.json`,
      inputs: { ...common, hashes, one, draws: certainty!.draws, sets: study.sets },
      make: () => {
        const { draws } = certainty!;
        const members = membership(plan, schemes, { ...one, draws, seed: study.seed });
        const [{ space }] = schemes.values();
        const found = certaintyOf(members, {
          ...{ ...one, draws, file: `${file}.tsv` },
          queries: fewestQueries(schemes, needed),
        });
        return Promise.resolve({
          files: [
            { path: `${file}.json`, content: json(found) },
            { path: `${file}.tsv`, content: membersTsv(space, surestFirst(members)) },
          ],
        });
      },
    });
  }
  return wanted;
}

/** Puts the results together and writes them with their tables. */
export async function writeResults(
  context: StudyContext,
  schemes: Schemes,
  hashes: Readonly<Record<string, string>>,
): Promise<StudyResults> {
  const { study, output, steps: { records } } = context;
  const read = async <T>(file: string): Promise<T | undefined> =>
    records.some((record) => record.file === file)
      ? JSON.parse(await readText(`${output}/${file}`))
      : undefined;
  const files: ResultFile[] = [];
  const write = async (path: string, holds: string, content: string) => {
    await writeAnew(`${output}/${path}`, content);
    files.push({ path, holds });
  };
  const list = (path: string, holds: string) => files.push({ path, holds });

  const [{ space, metadata }] = schemes.values();
  const baselines = await read<BaselineStudy>("data/baselines.json");
  if (baselines) list("data/baselines.tsv", "Table 1");
  const convergence = await read<ConvergenceStudy>("data/convergence.json");
  if (convergence) {
    list("data/convergence.tsv", "rules of few and many steps against a fine one");
    list("data/convergence-pairs.tsv", "the same of every pair");
  }
  const overlaps = await read<NonNullable<StudyResults["overlaps"]>>("data/overlaps.json");
  if (overlaps) list("data/overlaps.tsv", "every point of Figs. 2 and 3");
  const traces = await read<PathTrace[]>("data/traces.json");
  if (traces) list("data/traces.tsv", "every point of Fig. 1");
  const segments = await read<SegmentShare[]>("data/segments.json");
  if (segments) list("data/segments.tsv", "contributions by segment");
  const certainty = [];
  for (const { file } of records.filter(({ name }) => name.startsWith("certainty "))) {
    const one = (await read<SetCertainty>(file))!;
    list(one.file, `members of ${one.expression} at ${levelName(one.level)} with probabilities`);
    certainty.push(one);
  }
  const means = { space, of: new Map([...schemes].map(([name, { mean }]) => [name, mean])) };
  const locations: Location[] = [];
  for (const one of study.locations) {
    locations.push((await read<Location>(locationFile(one, "json")))!);
    list(
      locationFile(one, "tsv"),
      `members of ${one.expression} at ${levelName(one.level)} by layer and component`,
    );
  }
  const home = study.collections.find(({ inDomain }) => inDomain)?.abbreviation;
  const ablated: (AblatedCollection & Left)[] = [];
  for (const { abbreviation, group } of study.validation) {
    const found = await read<CollectionAblation & Left>(`data/ablation-${abbreviation}.json`);
    if (!found) continue;
    ablated.push({ ...found, collection: abbreviation, group });
    list(`data/ablation-${abbreviation}.tsv`, `every query of ${abbreviation} under every set`);
  }
  const ablation = ablated.length > 0
    ? ablationTable(ablated, { seed: study.seed, home })
    : undefined;
  if (ablation) {
    await write("data/ablation.tsv", "Table 4 with every test", ablationTsv(ablation));
    const { model: model_sha256, tokenizer: tokenizer_sha256 } = context.hashes;
    const { version, seed } = context.common;
    const provenance = { version, model_sha256, tokenizer_sha256, seed };
    for (const expression of study.ablation!.rows) {
      for (const level of study.ablation!.levels) {
        const ids = evaluate(planOf(context, { expression }), means, level);
        const set = { space, ids, model: study.model, level, expression };
        const name = `${expression} at ${levelName(level)}`;
        await write(
          `sets/${slug(name)}.json`,
          `the neurons of ${name}`,
          formatNeuronSet({ ...set, provenance: { ...provenance, sets: study.sets, hashes } }),
        );
      }
    }
  }
  for (const { name } of schemesOfStudy(study.collections)) {
    list(schemeFile(name), `scheme ${shownName(name)}`);
    const pairs = `${schemeFile(name)}.pairs.tsv`;
    if (records.some(({ files }) => pairs in files)) {
      list(pairs, `pairs of scheme ${shownName(name)}`);
    }
  }
  const computed = records.findLast(({ device }) => device !== "none");
  const results: StudyResults = {
    format: RESULTS_FORMAT,
    title: study.title,
    provenance: {
      version: String(context.common.version),
      adapter: computed?.adapter ?? metadata.adapter ?? "none",
      device: computed?.device ?? "none",
      model_sha256: context.hashes.model,
      tokenizer_sha256: context.hashes.tokenizer,
      study_sha256: sha256OfText(JSON.stringify(study)),
      finished: records.map(({ finished }) => finished).sort().at(-1) ?? "",
      steps: records.map(({ name, sha256, file, seconds, evaluations, forwards }) => ({
        name,
        sha256,
        file,
        seconds,
        evaluations,
        forwards,
      })),
    },
    options: { ...study },
    model: {
      name: study.model,
      layers: space.layers,
      units: unitsByComponent(space),
      neurons: neuronCount(space),
      labels: (await context.config()).labels,
    },
    attribution: study.collections.map(({ abbreviation, name, task, inDomain, labels }) => ({
      abbreviation,
      name,
      task,
      inDomain,
      labels,
    })),
    validation: study.validation.flatMap(({ abbreviation, name, group }) => {
      const found = ablated.find(({ collection }) => collection === abbreviation);
      if (!found) return [];
      const [queries, candidates] = [found.queries.length, found.candidates];
      const { withoutCandidates = [], shortLists = 0 } = found;
      return [{
        ...{ abbreviation, name, group, queries, candidates, withoutCandidates, shortLists },
        original: mean(found.original),
        attainable: mean(found.attainable),
        atAttainable: atAttainable(found),
      }];
    }),
    sets: study.sets,
    leftOut: study.leftOut,
    schemes: schemesOfStudy(study.collections).map(({ name, label, of }) =>
      factsOf(schemes.get(name)!, {
        name: shownName(name),
        collection: of.abbreviation,
        label,
        file: schemeFile(name),
        ...originOf(of.schemes?.[label], { hash: hashes[name], scheme: schemes.get(name)! }),
      })
    ),
    baselines,
    overlaps,
    locations,
    traces,
    ablation,
    segments,
    certainty: certainty.length > 0 ? certainty : undefined,
    convergence,
    conclusions: conclusions({
      home,
      baselines,
      overlaps,
      locations,
      ablation,
      convergence,
      caveats: study.caveats,
    }),
    files,
  };
  await writeAnew(`${output}/results.json`, `${JSON.stringify(results, null, 1)}\n`);
  return results;
}

/** Where a scheme was made that the study did not make. */
function originOf(
  file: string | undefined,
  { hash, scheme: { metadata } }: { readonly hash: string; readonly scheme: Scheme },
): Pick<SchemeFacts, "imported"> {
  if (file === undefined) return {};
  const { version = "", adapter = "", pairLists = [] } = readSchemeMetadata(metadata);
  const pair_list_sha256 = pairLists.join("+");
  return { imported: { file, sha256: hash, version, adapter, pair_list_sha256 } };
}

const locationName = ({ expression, level }: SetAtLevel) =>
  `location ${expression} at ${levelName(level)}`;

const locationFile = ({ expression, level }: SetAtLevel, kind: "json" | "tsv") =>
  `data/location-${slug(`${expression} at ${levelName(level)}`)}.${kind}`;

function planOf({ study }: StudyContext, { expression }: Pick<SetAtLevel, "expression">) {
  return resolve(parseExpression(expression), expression, scopeOf(study));
}

function factsOf(
  scheme: Scheme,
  about: Pick<SchemeFacts, "name" | "collection" | "label" | "file" | "imported">,
): SchemeFacts {
  const { dropped, evaluations, completeness } = readSchemeMetadata(scheme.metadata);
  const strongest = topNeuronIds(scheme.mean, STRONGEST);
  const errors = Array.from(strongest, (id) => standardError(scheme, id));
  return {
    ...about,
    pairs: scheme.pairs,
    queries: queriesOf(scheme) ?? null,
    errorsOver: queriesOf(scheme) === undefined ? "pairs" : "queries",
    dropped: dropped!,
    evaluations: evaluations!,
    completeness: completeness!,
    strongest: Array.from(strongest, (id, i) => ({
      neuron: neuronName(neuronOf(scheme.space, id)),
      mean: scheme.mean[id],
      standardError: errors[i]?.error ?? null,
    })),
  };
}
