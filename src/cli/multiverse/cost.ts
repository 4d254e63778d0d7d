/** What a multiverse costs: its universes by themselves, and the different steps of them, each once. */

import {
  candidateCount,
  countingSteps,
  firstSteps,
  modelSteps,
  type MultiverseCost,
  schemeFile,
  schemesOfStudy,
  setRecipes,
  type StepPlan,
  type StudyCollection,
  studyCosts,
  type StudyValidation,
} from "../../../internal.ts";
import type { Label } from "../../ir/words.ts";
import { sha256OfText } from "../../deno/hash.ts";
import type { StudyContext } from "../study/context.ts";
import { measure, type Speed } from "../study/estimate.ts";

/** A cost, and the seconds of it that are guessed from a short measurement. */
export interface EstimatedCost extends MultiverseCost {
  readonly secondsAlone: number;
  readonly seconds: number;
}

/**
 * What universes cost, before any scheme is there: scores are counted by what makes their sets, which
 * is too many where different recipes give equal sets.
 */
export async function multiverseCost(contexts: readonly StudyContext[]): Promise<EstimatedCost> {
  const speeds = new Map<string, Promise<Speed>>();
  const costsOf = costsOnce();
  const steps = new Set<string>();
  const scores = new Map<string, number>(); // candidates by how they are scored and under what
  let [count, evaluations, forwards, evaluationsAlone, forwardsAlone] = [0, 0, 0, 0, 0];
  for (const context of contexts) {
    const { study } = context;
    const { rule, tolerance, steps: points, target } = study.attribution;
    const used = JSON.stringify([rule, tolerance, points, target === "pairwise"]);
    const speed = await (speeds.get(used) ?? speeds.set(used, measure(context)).get(used)!);
    const qrels = async (one: StudyCollection | StudyValidation) =>
      (await context.collection(one)).qrels;
    const { evaluationsPerPair } = speed;
    const costs = await costsOf(context, { qrels, evaluationsPerPair });
    const { plans, ablations } = await plansOf(context);
    count += plans.length + ablations.length;
    for (const cost of costs) {
      evaluationsAlone += cost.evaluations;
      forwardsAlone += cost.forwards;
      const key = plans.find(({ name }) => name === cost.name)?.key;
      if (key === undefined || steps.has(key)) continue;
      evaluations += cost.evaluations;
      forwards += cost.forwards;
    }
    for (const { key } of plans) steps.add(key);
    for (const { key, one, encoding, recipes } of ablations) {
      if (steps.has(key)) continue;
      steps.add(key);
      const candidates = candidateCount(study, one, await qrels(one));
      for (const recipe of ["unpruned", ...recipes]) {
        const scored = `${encoding} ${recipe}`;
        scores.set(scored, Math.max(scores.get(scored) ?? 0, candidates));
      }
    }
  }
  forwards += scores.values().reduce((sum, candidates) => sum + candidates, 0);
  const [{ secondsPerEvaluation, secondsPerForward }] = await Promise.all(speeds.values());
  const seconds = (evaluations: number, forwards: number) =>
    evaluations * secondsPerEvaluation + forwards * secondsPerForward;
  return {
    steps: count,
    distinct: steps.size,
    ...{ evaluationsAlone, evaluations, forwardsAlone, forwards },
    secondsAlone: seconds(evaluationsAlone, forwardsAlone),
    seconds: seconds(evaluations, forwards),
  };
}

/** Costs of studies, those that differ in nothing that costs counted once. */
function costsOnce() {
  const known = new Map<string, ReturnType<typeof studyCosts>>();
  return (
    context: StudyContext,
    inputs: {
      readonly qrels: (one: StudyCollection | StudyValidation) => Promise<
        Awaited<ReturnType<StudyContext["collection"]>>["qrels"]
      >;
      readonly evaluationsPerPair: (label: Label) => number;
    },
  ) => {
    const { study } = context;
    const { selection: _, tests: __, ...counted } = study;
    const key = JSON.stringify(counted);
    const found = known.get(key) ?? studyCosts(study, {
      ...inputs,
      layers: async () => (await context.config()).layers,
    });
    known.set(key, found);
    return found;
  };
}

const keyOf = (name: string, inputs: unknown) =>
  `${name} ${sha256OfText(JSON.stringify(inputs) ?? "")}`;

/** The steps of a universe by keys that are alike where steps are, as if its schemes were there. */
async function plansOf(context: StudyContext) {
  const { study } = context;
  const first = await firstSteps(study, context);
  const keyed = ({ name, inputs }: StepPlan) => ({ name, key: keyOf(name, inputs) });
  const keys = new Map(first.map((step) => [step.file, keyed(step).key]));
  const hashes = Object.fromEntries(
    schemesOfStudy(study.collections).map(({ name }) => [name, keys.get(schemeFile(name))!]),
  );
  const made = { schemes: new Map(), hashes };
  const { steps: counting } = await countingSteps(study, made, context);
  const model = await modelSteps({ ...study, ablation: undefined }, made, context);
  const sha256 = hashes && sha256OfText(JSON.stringify(hashes));
  const recipes = setRecipes(study).map((recipe) => `${sha256} ${recipe}`);
  const { seed: _, ...common } = context.common;
  const ablations = study.ablation
    ? await Promise.all(study.validation.map(async (one) => {
      const { rankBy, maxLength, means, methods } = study.ablation!;
      const { segments, units } = study.attribution;
      const { folder, split } = one;
      const encoding = sha256OfText(JSON.stringify([
        ...[common, rankBy, maxLength, segments, units, means, methods, folder, split],
        await context.identity(one),
      ]));
      const inputs = [one, study.ablation, study.seed, encoding, recipes];
      return { one, encoding, recipes, key: keyOf(`ablation ${one.abbreviation}`, inputs) };
    }))
    : [];
  return { plans: [...first, ...counting, ...model].map(keyed), ablations };
}
