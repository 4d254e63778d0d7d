/** The step of a study that asks whether its attributions are faithful. */

import {
  type FaithfulnessOfStudy,
  faithfulnessTsv,
  rule,
  ruleName,
  type StudyCollection,
} from "../../../internal.ts";
import { choosePairs } from "../run/choose_pairs.ts";
import { judgeInRun } from "../run/faithfulness_work.ts";
import { deviceIdentity } from "../run/identity.ts";
import { openRun } from "../run/open_run.ts";
import { doChunks } from "../run/resumable.ts";
import type { StudyContext } from "./context.ts";
import type { StepFile, StepOutput, StepPlace } from "./steps.ts";
import { agreementOf, attributionOf, json, sourceOf } from "./work.ts";

/** Records of the journal: of each label predictions, then two kinds of faithfulness_work.ts, and of layers. */
const KINDS = 3;

/** The study's rule and one gradient at the input, over pairs of every label of a collection. */
export async function makeFaithfulness(
  context: StudyContext,
  one: StudyCollection,
  { journal, sha256 }: StepPlace,
): Promise<StepOutput> {
  const { study, quiet } = context;
  const { pairs: most, units, level, orders, collection, randomise } = study.faithfulness!;
  const { rule: own, ...options } = attributionOf(context);
  const cheap = rule("right", { steps: 1 });
  const rules = ruleName(own) === ruleName(cheap) ? [own] : [own, cheap];
  const devices = await context.devices();
  const { config, ops } = devices.encoder;
  const kinds = KINDS + (randomise ? config.layers : 0);
  await using run = await openRun({
    ...{ devices, journal, quiet, unit: "pairs", restart: "other" },
    identity: { inputs_sha256: sha256, device: deviceIdentity(ops) },
  });
  const files: StepFile[] = [];
  const found: FaithfulnessOfStudy["found"][number][] = [];
  let [evaluations, forwards] = [0, 0];
  for (const [i, label] of one.labels.entries()) {
    const { kept, asked } = await choosePairs(await sourceOf(context, one, { label, most }), {
      agreement: agreementOf(context, config),
      encoding: options,
      ask: (work) => doChunks(run, { ...work, kind: kinds * i }),
    });
    forwards += asked;
    if (kept.length === 0) continue; // the model agrees with none
    const judged = await judgeInRun(run, { space: config, pairs: kept }, {
      ...options,
      ...{ rules, units, level, orders, randomise, seed: study.seed, kind: kinds * i + 1 },
    });
    const letter = label === "relevant" ? "P" : "N";
    const { units: _, ...rest } = judged;
    found.push({ scheme: `${letter}[${one.abbreviation}]`, ...rest });
    files.push({ path: `data/faithfulness-${letter}.tsv`, content: faithfulnessTsv(judged) });
    const perPair = new Map(judged.agreement.map((line) => [line.rule, line.evaluations]));
    const drawn = judged.randomised?.map((one) => one.evaluations) ?? [];
    evaluations += [...perPair.values(), ...drawn].reduce((sum, value) => sum + value, 0) *
      kept.length;
    forwards += (2 + judged.units.length) * kept.length + 2 * judged.curves.length * kept.length;
  }
  run.finish();
  return {
    files: [{ path: "data/faithfulness.json", content: json({ collection, found }) }, ...files],
    evaluations: Math.round(evaluations),
    forwards,
  };
}
