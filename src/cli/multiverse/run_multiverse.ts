/** A multiverse from its first step to what it says of every claim. */

import {
  type AblationChanges,
  type Choice,
  claimCurves,
  computersOf,
  type Design,
  type Found,
  type MadeSchemes,
  type MadeStep,
  modelSteps,
  MULTIVERSE_FORMAT,
  type MultiverseCost,
  type MultiverseResults,
  type Schemes,
  type StudyParts,
  type StudyResults,
  type Universe,
} from "../../../internal.ts";
import { sha256OfText } from "../../deno/hash.ts";
import { startProgress } from "../run/progress.ts";
import type { StudyContext } from "../study/context.ts";
import { makeLater } from "../study/make.ts";
import { assembled } from "../study/results.ts";
import { makeFirsts, makeOthers, schemesMade } from "../study/run_study.ts";
import type { ShardOfSteps } from "./shard.ts";
import type { ContextOf } from "./universe_contexts.ts";
import { type Asked, askedBy, knownScores, makeScores } from "./scores.ts";

/** A multiverse that is planned. */
export interface PlannedMultiverse {
  readonly choices: readonly Choice[];
  readonly design: Design;
  readonly universes: readonly Universe[];
  readonly contextOf: ContextOf;
  readonly cost: MultiverseCost;
}

/** Makes every universe; steps that were made are kept. */
export async function runMultiverse(
  { choices, design, universes, contextOf, cost }: PlannedMultiverse,
  onResults?: (universe: Universe, results: StudyResults) => void,
): Promise<MultiverseResults> {
  const contexts = universes.map(({ study }) => contextOf(study));
  const [base] = contexts;
  const opened = schemesOnce();
  const made: MadeSchemes[] = [];
  for (const context of contexts) made.push(await opened(context, await makeFirsts(context)));
  const asked = await askAll(contexts, made);
  const scores = await makeScores(asked.flat());
  const changes = changesOnce();
  const progress = startProgress(universes.length, { things: "universes", quiet: base.quiet });
  const found: Found[] = [];
  const origins: StudyResults["provenance"][] = [];
  const records = new Set(contexts.flatMap(({ steps }) => steps.records)); // shared ones are one
  for (const [i, universe] of universes.entries()) {
    const scored = knownScores(scores, asked[i]);
    const context = { ...contextOf(universe.study, { quiet: true }), scored };
    await makeFirsts(context);
    await makeOthers(context, made[i]);
    const { results } = await assembled(context, made[i], changes);
    onResults?.(universe, results);
    const { conclusions, provenance } = results;
    found.push({ number: universe.number, chosen: universe.chosen, conclusions });
    origins.push(provenance);
    for (const record of context.steps.records) records.add(record);
    progress.update(i + 1);
  }
  progress.end();
  const described = choices.map(({ name, ambiguity, what, alternatives }) => ({
    ...{ name, ambiguity, what },
    alternatives: alternatives.map((one) => one.name),
  }));
  const { study } = universes[0];
  return {
    format: MULTIVERSE_FORMAT,
    title: study.title,
    model: study.model,
    design,
    version: String(base.common.version),
    adapter: computersOf(records)?.adapter ?? origins[0].adapter,
    model_sha256: base.hashes.model,
    study_sha256: sha256OfText(JSON.stringify(study)),
    choices: described,
    universes: universes.map(({ number, chosen }, i) => ({
      universe: number,
      chosen: Object.fromEntries(
        chosen.map((at, c) => [described[c].name, described[c].alternatives[at]]),
      ),
      study_sha256: origins[i].study_sha256,
    })),
    claims: claimCurves(found, described),
    cost: { ...cost, ...passesOf(records) },
  };
}

/** Table 4's changes, of the same scores once: universes differ in what is compared by which test. */
function changesOnce(): StudyParts["changes"] {
  const known = new Map<string, AblationChanges>();
  return (key, make) => {
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  };
}

/** What different steps took. */
function passesOf(records: ReadonlySet<MadeStep>) {
  const sum = (count: (record: MadeStep) => number) =>
    records.values().reduce((all, record) => all + count(record), 0);
  return {
    evaluations: sum(({ evaluations }) => evaluations),
    forwards: sum(({ forwards }) => forwards),
  };
}

/**
 * Makes a shard's part of the schemes, or, once all of these are there, of the other steps that run the
 * model. What runs no model is left to {@linkcode runMultiverse}.
 */
export async function runShard(
  { universes, contextOf }: Pick<PlannedMultiverse, "universes" | "contextOf">,
  { missing }: Pick<ShardOfSteps, "missing">,
): Promise<void> {
  const contexts = universes.map(({ study }) => contextOf(study));
  const files: Readonly<Record<string, string>>[] = [];
  for (const context of contexts) files.push(await makeFirsts(context));
  if (missing.size > 0) return;
  const opened = schemesOnce();
  const made: MadeSchemes[] = [];
  for (const [i, context] of contexts.entries()) made.push(await opened(context, files[i]));
  const asked = await askAll(contexts, made);
  if (missing.size === 0) await makeScores(asked.flat());
}

/** Opens schemes, those of the same files once. */
function schemesOnce() {
  const known = new Map<string, Schemes>();
  return async (
    context: StudyContext,
    files: Readonly<Record<string, string>>,
  ): Promise<MadeSchemes> => {
    const key = JSON.stringify(
      Object.entries(files).filter(([file]) => file.startsWith("schemes/")),
    );
    const schemes = known.get(key);
    const made = await schemesMade(context, files, schemes);
    known.set(key, made.schemes);
    return made;
  };
}

/** Makes the steps that run the model, but for those that ablate: what these ask for, by universe. */
async function askAll(
  contexts: readonly StudyContext[],
  made: readonly MadeSchemes[],
): Promise<(readonly Asked[])[]> {
  const all: (readonly Asked[])[] = [];
  for (const [i, context] of contexts.entries()) {
    const own: Asked[] = [];
    for (const step of await modelSteps(context.study, made[i], context)) {
      if (step.kind !== "ablation") {
        const { schemes } = made[i];
        await context.steps.run(step, (place) => makeLater(context, step, { schemes, place }));
        continue;
      }
      const asked = askedBy(context, step);
      if (asked) own.push(asked);
    }
    all.push(own);
  }
  return all;
}
