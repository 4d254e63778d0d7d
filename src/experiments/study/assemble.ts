/** From what the steps of a study made to its results. */

import { sha256 } from "../../formats/sha256.ts";
import { mean } from "../../ir/measures.ts";
import { neuronCount } from "../../model/neurons.ts";
import { atAttainable, type CollectionAblation } from "../ablation/ablation.ts";
import {
  type AblationChanges,
  ablationChanges,
  ablationTable,
} from "../ablation/ablation_table.ts";
import type { CutSweep } from "../ablation/cuts.ts";
import { conclusions } from "../claims/conclusions.ts";
import {
  type BaselineStudy,
  type ConvergenceStudy,
  type FaithfulnessOfStudy,
  type Location,
  type ModelFacts,
  type OverlapStudy,
  type PathTrace,
  type RankingCurves,
  type ResultFile,
  RESULTS_FORMAT,
  type SegmentShare,
  type SetCertainty,
  type StepRecord,
  type StudyDescription,
  type StudyResults,
  type ValidationCollection,
} from "../results/results.ts";
import { headShares } from "../path/head_shares.ts";
import { meansOf } from "../schemes/scheme_folder.ts";
import { evaluate } from "../sets/evaluate.ts";
import { formatNeuronSet, unitsByComponent } from "../sets/neuron_set.ts";
import { fileName, setName } from "./file_name.ts";
import { ablationFile, cutsFile, locationFile, MEANS_FILE } from "./plan.ts";
import { rankingsFile } from "./plan_faithfulness.ts";
import { planOf } from "./plan_sets.ts";
import { originOf, schemeFacts } from "./scheme_facts.ts";
import type { MadeSchemes } from "./steps.ts";
import { schemesOfStudy, type Study, type StudyValidation } from "./study.ts";
import { schemeFile, shownName, triplesFile, triplesList } from "./study_schemes.ts";

/** The table of attention heads. */
export const HEADS_FILE = "data/heads.tsv";

/** A record of a step that was made. */
export interface MadeStep extends StepRecord {
  readonly adapter: string;
  /** gpu, simd or cpu; "none" where the model was not needed. */
  readonly device: string;
  /** ISO 8601. */
  readonly finished: string;
  /** SHA-256 of every file that the step wrote, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** What computed the steps: adapters and kinds of devices, several where a run went on elsewhere. */
export function computersOf(
  records: Iterable<MadeStep>,
): { readonly adapter: string; readonly device: string } | undefined {
  const computed = [...records].filter(({ device }) => device !== "none");
  if (computed.length === 0) return undefined;
  const list = (names: readonly string[]) => [...new Set(names)].join("; ");
  return {
    adapter: list(computed.map(({ adapter }) => adapter)),
    device: list(computed.map(({ device }) => device)),
  };
}

/** What the ablation of one validation collection found. */
export type AblationOfStudy =
  & CollectionAblation
  & Partial<Pick<ValidationCollection, "withoutCandidates" | "shortLists">>;

/** What the steps of a study made. */
export interface StudyParts extends MadeSchemes {
  readonly records: readonly MadeStep[];
  /** What steps wrote as JSON, by file. */
  readonly data: ReadonlyMap<string, unknown>;
  readonly version: string;
  /** SHA-256 of the model's weights and of the tokenizer's file. */
  readonly digests: { readonly model: string; readonly tokenizer: string };
  /** Output labels of the model. */
  readonly labels: number;
  /** Gives what Table 4 changes, made unless it is known by a key of all that it depends on. */
  readonly changes?: (key: string, make: () => AblationChanges) => AblationChanges;
}

/** The results of a study, and the sets of Table 4 as files. */
export interface AssembledStudy {
  readonly results: StudyResults;
  readonly sets: readonly { readonly path: string; readonly content: () => string }[];
}

/** Puts the results of a study together. */
export async function assembleStudy(study: Study, parts: StudyParts): Promise<AssembledStudy> {
  const { records, data, schemes, hashes, version } = parts;
  const read = <T>(file: string) => data.get(file) as T | undefined;
  const files: ResultFile[] = [];
  const list = (path: string, holds: string) => files.push({ path, holds });

  const baselines = read<BaselineStudy>("data/baselines.json");
  if (baselines) list("data/baselines.tsv", "Table 1");
  const convergence = read<ConvergenceStudy>("data/convergence.json");
  if (convergence) {
    list("data/convergence.tsv", "rules of few and many steps against a fine one");
    list("data/convergence-pairs.tsv", "the same of every pair");
  }
  const overlaps = read<OverlapStudy>("data/overlaps.json");
  if (overlaps) list("data/overlaps.tsv", "every point of Figs. 2 and 3");
  const traces = read<PathTrace[]>("data/traces.json");
  if (traces) list("data/traces.tsv", "every point of Fig. 1");
  const description = read<StudyDescription>("data/describe.json");
  if (description) {
    list(description.table, "correlations and contrasts of every described neuron");
    list(description.page, "the same as a page, with coloured tokens");
  }
  const judged = read<FaithfulnessOfStudy>("data/faithfulness.json");
  for (const { scheme } of judged?.found ?? []) {
    list(`data/faithfulness-${scheme[0]}.tsv`, `faithfulness of attributions as in ${scheme}`);
  }
  const rankings = study.validation.flatMap((one) => {
    const found = read<RankingCurves>(rankingsFile(one));
    if (!found) return [];
    list(tsvOf(rankingsFile(one)), `rankings of ${one.abbreviation} as units are removed or kept`);
    return [found];
  });
  const faithfulness = judged && { ...judged, ...(rankings.length > 0 ? { rankings } : {}) };
  const segments = read<SegmentShare[]>("data/segments.json");
  if (segments) list("data/segments.tsv", "contributions by segment");
  const heads = schemesOfStudy(study.collections).flatMap(({ name }) =>
    headShares(shownName(name), schemes.get(name)!)
  );
  if (heads.length > 0) list(HEADS_FILE, "attention heads by layer and pair of segments");
  const certainty = records.filter(({ name }) => name.startsWith("certainty "))
    .map(({ file }) => read<SetCertainty>(file)!);
  for (const one of certainty) {
    list(one.file, `members of ${setName(one)} with probabilities`);
  }
  const locations: Location[] = [];
  for (const one of study.locations) {
    const file = await locationFile(one);
    locations.push(read<Location>(file)!);
    list(tsvOf(file), `members of ${setName(one)} by layer and component`);
  }
  const home = study.collections.find(({ inDomain }) => inDomain)?.abbreviation;
  const ablated = study.validation.flatMap((one) => {
    const found = read<AblationOfStudy>(ablationFile(one));
    if (!found) return [];
    const { abbreviation, group } = one;
    list(tsvOf(ablationFile(one)), `every query of ${abbreviation} under every set`);
    const { sha256 } = records.find(({ file }) => file === ablationFile(one))!;
    return [{ one, sha256, found: { ...found, collection: abbreviation, group } }];
  });
  const cuts = study.validation.flatMap((one) => {
    const found = read<CutSweep>(cutsFile(one));
    if (!found) return [];
    list(tsvOf(cutsFile(one)), `attention cuts on ${one.abbreviation}`);
    return [found];
  });
  const collections = ablated.map(({ found }) => found);
  const ablation = ablated.length > 0
    ? ablationTable(collections, {
      ...{ seed: study.seed, home, tests: study.tests },
      changes: parts.changes?.(
        JSON.stringify([study.seed, ablated.map(({ one, sha256 }) => [one, sha256])]),
        () => ablationChanges(collections, study.seed),
      ),
    })
    : undefined;
  if (ablation) list("data/ablation.tsv", "Table 4 with every test");
  if (study.ablation?.means) list(MEANS_FILE, "mean activations that neurons were set to");
  const sets = ablation ? await setFiles(study, parts) : [];
  for (const { path, holds } of sets) list(path, holds);
  for (const { name } of schemesOfStudy(study.collections)) {
    list(schemeFile(name), `scheme ${shownName(name)}`);
    const pairs = `${schemeFile(name)}.pairs.tsv`;
    if (records.some(({ files }) => pairs in files)) {
      list(pairs, `pairs of scheme ${shownName(name)}`);
    }
  }
  if (study.attribution.target === "pairwise") {
    for (const one of study.collections) {
      list(triplesFile(one), `scheme of the triples of ${one.abbreviation}, both sides`);
      list(triplesList(one), `the triples of ${one.abbreviation}`);
    }
  }
  const [{ metadata }] = schemes.values();
  const results: StudyResults = {
    format: RESULTS_FORMAT,
    title: study.title,
    provenance: {
      version,
      ...computersOf(records) ?? { adapter: metadata.adapter ?? "none", device: "none" },
      model_sha256: parts.digests.model,
      tokenizer_sha256: parts.digests.tokenizer,
      study_sha256: await sha256(JSON.stringify(study)),
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
    model: modelFacts(study, parts),
    attribution: study.collections.map(({ abbreviation, name, task, inDomain, labels }) => ({
      abbreviation,
      name,
      task,
      inDomain,
      labels,
    })),
    validation: ablated.map(({ one, found }) => validationFacts(one, found)),
    sets: study.sets,
    leftOut: study.leftOut,
    schemes: schemesOfStudy(study.collections).map(({ name, label, of }) =>
      schemeFacts(schemes.get(name)!, {
        name: shownName(name),
        collection: of.abbreviation,
        label,
        file: schemeFile(name),
        ...originOf(of.schemes?.[label], { hash: hashes[name], scheme: schemes.get(name)! }),
      })
    ),
    baselines,
    overlaps,
    ...(heads.length > 0 ? { heads } : {}),
    ...(cuts.length > 0 ? { cuts } : {}),
    locations,
    traces,
    ablation,
    segments,
    certainty: certainty.length > 0 ? certainty : undefined,
    convergence,
    description,
    faithfulness,
    conclusions: conclusions({
      home,
      baselines,
      overlaps,
      locations,
      ablation,
      convergence,
      caveats: study.caveats,
      tests: study.tests,
    }),
    files,
  };
  return { results, sets };
}

const tsvOf = (file: string) => file.replace(/json$/, "tsv");

/** The sets of Table 4, a file each. */
async function setFiles(study: Study, { schemes, hashes, version, digests }: StudyParts) {
  const means = meansOf(schemes);
  const { space } = means;
  const provenance = {
    version,
    model_sha256: digests.model,
    tokenizer_sha256: digests.tokenizer,
    seed: study.seed,
    sets: study.sets,
    hashes,
  };
  const { rows, levels } = study.ablation!;
  const sets = rows.flatMap((expression) => levels.map((level) => ({ expression, level })));
  return await Promise.all(sets.map(async (one) => {
    const { level, expression } = one;
    return {
      path: `sets/${await fileName(setName(one))}.json`,
      holds: `the neurons of ${setName(one)}`,
      content() {
        const ids = evaluate(planOf(study, one), means, level);
        return formatNeuronSet({ space, ids, model: study.model, level, expression, provenance });
      },
    };
  }));
}

function modelFacts({ model: name }: Study, { schemes, labels }: StudyParts): ModelFacts {
  const [{ space }] = schemes.values();
  const units = unitsByComponent(space);
  return { name, layers: space.layers, units, neurons: neuronCount(space), labels };
}

function validationFacts(
  { abbreviation, name, group }: StudyValidation,
  found: AblationOfStudy,
): ValidationCollection {
  const { withoutCandidates = [], shortLists = 0 } = found;
  return {
    abbreviation,
    name,
    group,
    queries: found.queries.length,
    candidates: found.candidates,
    withoutCandidates,
    shortLists,
    original: mean(found.original),
    attainable: mean(found.attainable),
    atAttainable: atAttainable(found),
  };
}
