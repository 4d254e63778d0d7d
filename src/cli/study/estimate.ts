/** What a study costs: steps with evaluations and forward passes, and a time from a short measurement. */

import {
  attribute,
  BASELINE_ROWS,
  candidateDepth,
  chooseQueries,
  controlledRow,
  convergenceCost,
  type LabelledPair,
  schemesOfStudy,
  score,
  type StudyCollection,
  type StudyValidation,
} from "../../../internal.ts";
import { labelledPairs } from "../../formats/labelled_pairs.ts";
import { selectPairs } from "../../ir/pairs.ts";
import type { Label } from "../../ir/words.ts";
import { duration } from "../run/progress.ts";
import { importedSchemes, schemeFile } from "./imported_scheme.ts";
import type { StudyContext } from "./context.ts";
import { collectionNamed, firstSteps, modelSteps, schemesMade, shownName } from "./plan.ts";
import type { Step } from "./steps.ts";
import { attributionOf } from "./work.ts";

/** A step and what it costs. */
interface Cost {
  readonly name: string;
  readonly evaluations: number;
  readonly forwards: number;
}

/** Pairs of a label that are measured. */
const SAMPLE = 4;

/** A table of the steps: state, evaluations, forward passes, time. */
export async function estimate(context: StudyContext): Promise<string> {
  const speed = await measure(context);
  const { study } = context;
  const costs: Cost[] = [];
  if (study.baselines) {
    const forwards = BASELINE_ROWS * study.baselines.pairs;
    costs.push({ name: "baselines", evaluations: 0, forwards });
  }
  const imported = new Set(importedSchemes(study).map(({ name }) => name));
  for (const { name, label, of } of schemesOfStudy(study.collections)) {
    if (imported.has(name)) {
      costs.push({ name: `scheme ${shownName(name)}`, evaluations: 0, forwards: 0 });
      continue;
    }
    const { qrels } = await context.collection(of);
    const drawn = label === "non-relevant" && of.negatives === "bm25" ? "relevant" : label;
    const { pairs } = selectPairs(qrels, {
      ...of,
      negatives: undefined,
      label: drawn,
      seed: study.seed,
    });
    costs.push({
      name: `scheme ${shownName(name)}`,
      evaluations: Math.round(pairs.length * speed.evaluationsPerPair(label)),
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
    const { rule: inUse } = attributionOf(context);
    costs.push({
      name: "convergence",
      evaluations: pairs * convergenceCost({ ...study.convergence, inUse }),
      forwards: study.attribution.agreement ? pairs : 0, // at least: until enough agree
    });
  }
  if (study.segments) {
    // the adaptive rule evaluates its points once to find them, and once to split them
    const times = study.attribution.rule === "adaptive" ? 2 : 1;
    const evaluations = schemesOfStudy(study.collections).reduce(
      (sum, { label }) => sum + times * study.segments!.pairs * speed.evaluationsPerPair(label),
      0,
    );
    costs.push({ name: "segments", evaluations: Math.round(evaluations), forwards: 0 });
  }
  if (study.ablation) {
    const { rows, levels, controls, repetitions, otherRepetitions } = study.ablation;
    const random = controls.map((row) =>
      row === controlledRow(rows) ? repetitions : otherRepetitions
    );
    const sets = 1 + levels.length * (rows.length + random.reduce((a, b) => a + b, 0));
    for (const one of study.validation) {
      const forwards = sets * await candidatesOf(context, one);
      costs.push({ name: `ablation ${one.abbreviation}`, evaluations: 0, forwards });
    }
  }
  const states = await statesOf(context);
  const lines = [["step", "state", "evaluations", "forwards", "estimate"].join("\t")];
  let total = 0;
  for (const { name, evaluations, forwards } of costs) {
    const state = states.get(name) ?? "after the schemes";
    const seconds = state === "kept"
      ? 0
      : evaluations * speed.secondsPerEvaluation + forwards * speed.secondsPerForward;
    total += seconds;
    lines.push([name, state, evaluations, forwards, duration(seconds)].join("\t"));
  }
  lines.push(["all", "", "", "", duration(total)].join("\t"));
  return lines.join("\n");
}

/** The states of steps; those that depend on the schemes are known once all of these are there. */
async function statesOf(context: StudyContext): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  const hashes: Record<string, string> = {};
  const look = async (step: Step) => {
    const { state, hash } = await context.steps.look(step);
    states.set(step.name, state);
    if (hash !== undefined) hashes[step.file] = hash;
  };
  for (const step of await firstSteps(context)) await look(step);
  const names = schemesOfStudy(context.study.collections).map(({ name }) => schemeFile(name));
  if (names.every((file) => hashes[file] !== undefined)) {
    const { schemes, byName } = await schemesMade(context, hashes);
    for (const step of await modelSteps(context, schemes, byName)) await look(step);
  }
  return states;
}

/** A collection whose pairs can be measured: those whose schemes are given may be elsewhere. */
async function firstThere({ study, path }: StudyContext): Promise<StudyCollection> {
  for (const one of study.collections) {
    if (await Deno.stat(path(one.folder)).then(() => true, () => false)) return one;
  }
  throw new Error(
    `Cannot estimate: expected collections.${study.collections[0].abbreviation}.folder at ${
      path(study.collections[0].folder)
    }, or another collection's, found nothing there`,
  );
}

/** Evaluations a pair by label, seconds of one and of a forward pass, on pairs of a collection. */
async function measure(context: StudyContext) {
  const one = await firstThere(context);
  const collection = await context.collection(one);
  const encoder = await context.encoder();
  const options = attributionOf(context);
  const run = async (some: readonly LabelledPair[]) => {
    let evaluations = 0;
    const began = performance.now();
    for await (const found of attribute(encoder, some, options)) evaluations += found.evaluations;
    return { evaluations, seconds: (performance.now() - began) / 1000 };
  };
  const evaluationsPerPair: Partial<Record<Label, number>> = {};
  const all: LabelledPair[] = [];
  let [evaluations, seconds] = [0, 0];
  for (const label of one.labels) {
    const { pairs } = await labelledPairs(collection, {
      ...one,
      negatives: undefined,
      label,
      maxPairs: SAMPLE,
      seed: context.study.seed,
    });
    if (pairs.length === 0) continue; // negatives are drawn, which would need an index
    const texts = pairs.map(({ query, passage }): LabelledPair => ({
      query: query.text,
      passage: passage.text,
      label,
    }));
    if (all.length === 0) await run(texts.slice(0, 1)); // kernels are compiled, memory is touched
    const found = await run(texts);
    evaluationsPerPair[label] = found.evaluations / texts.length;
    evaluations += found.evaluations;
    seconds += found.seconds;
    all.push(...texts);
  }
  const many = Array.from({ length: 4 }, () => all).flat();
  await score(encoder, all, options);
  const began = performance.now();
  await score(encoder, many, options);
  const forward = (performance.now() - began) / 1000;
  const usual = evaluations / all.length;
  return {
    evaluationsPerPair: (label: Label) => evaluationsPerPair[label] ?? usual,
    secondsPerEvaluation: seconds / evaluations,
    secondsPerForward: forward / many.length,
  };
}

/** How many candidates a validation collection has at most. */
async function candidatesOf(context: StudyContext, one: StudyValidation): Promise<number> {
  const { qrels } = await context.collection(one);
  const { relevantFrom, queries, mostRelevant } = one;
  const chosen = chooseQueries(qrels, { relevantFrom, most: queries, seed: context.study.seed });
  return chosen.reduce((sum, query) => {
    const relevant = qrels.get(query)!.values().filter((grade) => grade >= relevantFrom);
    const taken = Math.min([...relevant].length, mostRelevant);
    return sum + candidateDepth(taken, one.perRelevant ?? context.study.ablation!.perRelevant);
  }, 0);
}
