/** What the steps of a study cost, in evaluations and forward passes. */

import { rule } from "../../attribution/rule.ts";
import { pairPool, selectPairs } from "../../ir/pairs.ts";
import { triplePool } from "../../ir/triples.ts";
import type { Label, Qrels } from "../../ir/words.ts";
import { candidateDepth, chooseQueries } from "../ablation/candidates.ts";
import { controlledRow } from "../ablation/ablation_rows.ts";
import { curveShares } from "../faithfulness/patching_plan.ts";
import { BASELINE_ROWS } from "../path/baseline_study.ts";
import { convergenceCost } from "../path/convergence_rules.ts";
import { orderedExpressions } from "./plan_sets.ts";
import {
  listsOf,
  schemesOfStudy,
  type Study,
  type StudyCollection,
  type StudyValidation,
} from "./study.ts";
import { collectionNamed, importedSchemes, shownName } from "./study_schemes.ts";

/** A step and what it costs. */
export interface StepCost {
  /** e.g. "scheme P[ms]". */
  readonly name: string;
  /** Forward and backward evaluations. */
  readonly evaluations: number;
  /** Forward passes alone. */
  readonly forwards: number;
}

/** Different passages of one minimal pair of each axiom: d₀ to d₂, two and two exchanged, longer, twice. */
const PASSAGES_OF_AXIOMS = 9;

/** What costs depend on beside the study file. */
export interface CostInputs {
  /** Judgements of a collection. */
  qrels(one: StudyCollection | StudyValidation): Promise<Qrels>;
  /** Layers of the model. */
  layers(): Promise<number>;
  /** Mean evaluations a pair, by label. */
  evaluationsPerPair(label: Label): number;
}

/** The costs of all steps that run the model, in their order. */
export async function studyCosts(
  study: Study,
  { qrels, layers, evaluationsPerPair }: CostInputs,
): Promise<StepCost[]> {
  const costs: StepCost[] = [];
  if (study.baselines) {
    const forwards = BASELINE_ROWS * study.baselines.pairs;
    costs.push({ name: "baselines", evaluations: 0, forwards });
  }
  if (study.attribution.target === "pairwise") {
    costs.push(...await costsOfTriples(study, { qrels, evaluationsPerPair }));
  }
  const imported = new Set(importedSchemes(study).map(({ name }) => name));
  for (const { name, label, of } of schemesOfStudy(study.collections)) {
    if (imported.has(name) || study.attribution.target === "pairwise") {
      costs.push({ name: `scheme ${shownName(name)}`, evaluations: 0, forwards: 0 });
      continue;
    }
    const drawn = label === "non-relevant" && of.negatives === "bm25" ? "relevant" : label;
    const { pairs } = selectPairs(await qrels(of), {
      ...of,
      negatives: undefined,
      label: drawn,
      seed: study.seed,
    });
    costs.push({
      name: `scheme ${shownName(name)}`,
      evaluations: Math.round(pairs.length * evaluationsPerPair(label)),
      forwards: study.attribution.agreement ? pairs.length : 0, // at least: until enough agree
    });
  }
  if (study.traces) {
    const { pairs, points } = study.traces;
    costs.push({ name: "traces", evaluations: pairs * points, forwards: 0 });
  }
  if (study.convergence) {
    const one = collectionNamed(study, study.convergence.collection);
    const pairs = study.convergence.pairs * one.labels.length;
    const inUse = rule(study.attribution.rule, study.attribution);
    costs.push({
      name: "convergence",
      evaluations: pairs * convergenceCost({ ...study.convergence, inUse }),
      forwards: study.attribution.agreement ? pairs : 0, // at least: until enough agree
    });
  }
  if (study.describe) {
    const { collection, pairs, axiomPairs } = study.describe;
    const { labels } = collectionNamed(study, collection);
    const described = labels.reduce((sum, label) => sum + pairs * evaluationsPerPair(label), 0);
    const minimal = PASSAGES_OF_AXIOMS * axiomPairs * evaluationsPerPair("relevant");
    costs.push({
      name: "describe",
      evaluations: Math.round(described + minimal),
      forwards: study.attribution.agreement ? pairs * labels.length : 0, // at least
    });
  }
  if (study.faithfulness) {
    const { collection, pairs, units, orders, randomise, rankings = [] } = study.faithfulness;
    const { labels } = collectionNamed(study, collection);
    const sets = 2 + units + 2 * curveShares.length * (4 + orders); // two rules, two orders each
    const evaluations = labels.reduce((sum, label) => sum + pairs * evaluationsPerPair(label), 0);
    const models = 1 + (randomise ? await layers() : 0); // those with layers drawn anew
    costs.push({
      name: "faithfulness",
      evaluations: Math.round(models * evaluations) + 2 * pairs * labels.length,
      forwards: (sets + (study.attribution.agreement ? 1 : 0)) * pairs * labels.length, // at most
    });
    for (const one of study.validation) {
      if (!rankings.includes(one.abbreviation)) continue;
      const of = orderedExpressions(study, collection).length * (1 + orders);
      const forwards = (3 + 2 * curveShares.length * of) * // at most: none, all, the baseline's run, prefixes
        candidateCount(study, one, await qrels(one));
      costs.push({ name: `rankings ${one.abbreviation}`, evaluations: 0, forwards });
    }
  }
  if (study.segments) {
    // the adaptive rule evaluates its points once to find them, and once to split them
    const times = study.attribution.rule === "adaptive" ? 2 : 1;
    const evaluations = schemesOfStudy(study.collections).reduce(
      (sum, { label }) => sum + times * study.segments!.pairs * evaluationsPerPair(label),
      0,
    );
    costs.push({ name: "segments", evaluations: Math.round(evaluations), forwards: 0 });
  }
  if (study.cuts) {
    const windows = Math.max(1, await layers() - study.cuts.window + 1);
    for (const one of study.validation) {
      const forwards = (1 + study.cuts.cuts.length * windows) *
        candidateCount(study, one, await qrels(one));
      costs.push({ name: `cuts ${one.abbreviation}`, evaluations: 0, forwards });
    }
  }
  if (study.ablation) {
    const { rows, levels, controls, repetitions, otherRepetitions } = study.ablation;
    const random = controls.map((row) =>
      row === controlledRow(rows) ? repetitions : otherRepetitions
    );
    const methods = study.ablation.methods ?? ["zero"];
    const sets = 1 +
      methods.length * levels.length * (rows.length + random.reduce((a, b) => a + b, 0));
    if (study.ablation.means) {
      const { collection, pairs } = study.ablation.means;
      const { labels } = collectionNamed(study, collection);
      costs.push({ name: "means", evaluations: 0, forwards: pairs * labels.length }); // at most
    }
    const passes = sets + (methods.includes("resample") ? 1 : 0); // and one of every donor
    for (const one of study.validation) {
      const forwards = passes * candidateCount(study, one, await qrels(one));
      costs.push({ name: `ablation ${one.abbreviation}`, evaluations: 0, forwards });
    }
  }
  return costs;
}

/** The costs of attributing triples, of which schemes are the sides. */
async function costsOfTriples(
  { collections, attribution, seed }: Study,
  { qrels, evaluationsPerPair }: Pick<CostInputs, "qrels" | "evaluationsPerPair">,
): Promise<StepCost[]> {
  const costs: StepCost[] = [];
  for (const one of collections) {
    const { relevantFrom, nonRelevantUpto, negatives, maxPairs } = one;
    const judged = await qrels(one);
    const all = negatives === "bm25" // others are drawn: every relevant passage has one
      ? pairPool(judged, { label: "relevant", relevantFrom, nonRelevantUpto, seed }).pairs
      : triplePool(judged, { relevantFrom, nonRelevantUpto, seed }).triples;
    const triples = Math.min(maxPairs, all.length);
    costs.push({
      name: `triples ${one.abbreviation}`,
      evaluations: Math.round(triples * evaluationsPerPair("relevant")),
      forwards: attribution.agreement ? 2 * triples : 0, // at least: until enough agree
    });
  }
  return costs;
}

/** How many candidates a validation collection has at most. */
export function candidateCount(study: Study, one: StudyValidation, qrels: Qrels): number {
  const { relevantFrom, queries, mostRelevant } = one;
  const chosen = chooseQueries(qrels, { relevantFrom, most: queries, seed: study.seed });
  return chosen.reduce((sum, query) => {
    const relevant = qrels.get(query)!.values().filter((grade) => grade >= relevantFrom);
    const taken = Math.min([...relevant].length, mostRelevant);
    const each = one.perRelevant ?? listsOf(study).perRelevant;
    return sum + (study.ablation?.lists === "passage" ? taken + each : candidateDepth(taken, each));
  }, 0);
}
