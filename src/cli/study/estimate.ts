/** What a study costs: steps with evaluations and forward passes, and a time from a short measurement. */

import {
  attribute,
  firstSteps,
  type LabelledPair,
  modelSteps,
  schemeFile,
  schemesOfStudy,
  score,
  type StepPlan,
  type StudyCollection,
  studyCosts,
} from "../../../internal.ts";
import { labelledPairs } from "../../formats/labelled_pairs.ts";
import type { Label } from "../../ir/words.ts";
import { duration } from "../run/progress.ts";
import type { StudyContext } from "./context.ts";
import { schemesMade } from "./run_study.ts";
import { conductanceOf } from "./work.ts";

/** Pairs of a label that are measured. */
const SAMPLE = 4;

/** A table of the steps: state, evaluations, forward passes, time. */
export async function estimate(context: StudyContext): Promise<string> {
  const speed = await measure(context);
  const costs = await studyCosts(context.study, {
    qrels: async (one) => (await context.collection(one)).qrels,
    layers: async () => (await context.config()).layers,
    evaluationsPerPair: speed.evaluationsPerPair,
  });
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
  const { study } = context;
  const states = new Map<string, string>();
  const hashes: Record<string, string> = {};
  const look = async (step: StepPlan) => {
    const { state, hash } = await context.steps.look(step);
    states.set(step.name, state);
    if (hash !== undefined) hashes[step.file] = hash;
  };
  for (const step of await firstSteps(study, context)) await look(step);
  const names = schemesOfStudy(study.collections).map(({ name }) => schemeFile(name));
  if (names.every((file) => hashes[file] !== undefined)) {
    const made = await schemesMade(context, hashes);
    for (const step of await modelSteps(study, made, context)) await look(step);
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

/** How fast the model is, measured. */
export interface Speed {
  readonly evaluationsPerPair: (label: Label) => number;
  readonly secondsPerEvaluation: number;
  readonly secondsPerForward: number;
}

/** Evaluations a pair by label, seconds of one and of a forward pass, on pairs of a collection. */
export async function measure(context: StudyContext): Promise<Speed> {
  const one = await firstThere(context);
  const collection = await context.collection(one);
  const encoder = await context.encoder();
  const options = conductanceOf(context);
  const isPairwise = options.target === "pairwise";
  const run = async (some: readonly LabelledPair[]) => {
    let evaluations = 0;
    const began = performance.now();
    for await (const found of attribute(encoder, some, options)) evaluations += found.evaluations;
    return { evaluations, seconds: (performance.now() - began) / 1000 };
  };
  const evaluationsPerPair: Partial<Record<Label, number>> = {};
  const all: LabelledPair[] = [];
  let [evaluations, seconds] = [0, 0];
  for (const label of isPairwise ? ["relevant" as const] : one.labels) {
    const { pairs } = await labelledPairs(collection, {
      ...one,
      negatives: undefined,
      label,
      maxPairs: SAMPLE,
      seed: context.study.seed,
    });
    if (pairs.length === 0) continue; // negatives are drawn, which would need an index
    const texts = pairs.map(({ query, passage }, i): LabelledPair => ({
      query: query.text,
      passage: passage.text,
      label,
      // which one it is changes no time
      ...(isPairwise ? { other: pairs[(i + 1) % pairs.length].passage.text } : {}),
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
