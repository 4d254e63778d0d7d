/** Judging attributions as phases of a run, whose finished pairs are kept. */

import {
  attributionsByRule,
  type FaithfulnessStudy,
  faithfulnessStudy,
  type LabelledPair,
  type NeuronSpace,
  patchedValues,
  type PatchingPlan,
  planPatching,
  type RandomisedAttributions,
  randomisedAttributions,
  randomisedLayers,
  type Rule,
  ruleName,
} from "../../../internal.ts";
import type { Baseline, EncodeOptions, Target } from "../../../internal.ts";
import type { Run } from "./open_run.ts";
import { doChunks } from "./resumable.ts";

/** What is judged, and how. */
export interface FaithfulnessWork extends EncodeOptions {
  readonly target: Target;
  readonly baseline: Baseline;
  /** The first ranks the units. */
  readonly rules: readonly Rule[];
  readonly units: number;
  readonly level: number;
  readonly orders: number;
  readonly seed: number;
  /** Whether layers are drawn anew as well. */
  readonly randomise?: boolean;
  /** The first byte of the records in the journal; two kinds, and one a layer where these are drawn anew. */
  readonly kind: number;
}

/** Judges attributions of pairs. */
export async function judgeInRun(
  run: Run,
  { space, pairs }: { readonly space: NeuronSpace; readonly pairs: readonly LabelledPair[] },
  { rules, units, level, orders, seed, randomise = false, kind, ...options }: FaithfulnessWork,
): Promise<FaithfulnessStudy> {
  const of = pairs.length;
  const attributions = await doChunks(run, {
    ...{ kind, of, things: "attributed pairs" },
    work: (encoder, chunks) => attributionsByRule(encoder, pairs, { ...options, ...chunks, rules }),
  });
  const means = attributions.map(({ mean }) => mean);
  const plan = planPatching(space, means, { units, level, orders, seed });
  run.note(describePlan(plan, of));
  const values = await doChunks(run, {
    ...{ kind: kind + 1, of, things: "patched pairs" },
    work: (encoder, chunks) => patchedValues(encoder, pairs, plan.sets, { ...options, ...chunks }),
  });
  const drawn: RandomisedAttributions[] = [];
  for (let from = space.layers - 1; randomise && from >= 0; from--) {
    drawn.push(
      await doChunks(run, {
        ...{ kind: kind + 2 + from, of },
        things: `pairs of the model with layers from ${from} drawn anew`,
        work: (encoder, chunks) =>
          randomisedAttributions(encoder, pairs, {
            ...{ ...options, ...chunks, from, seed, rule: rules[0] },
          }),
      }),
    );
  }
  const { target, baseline } = options;
  const study = faithfulnessStudy({
    ...{ space, plan, attributions, values },
    rules: rules.map(ruleName),
    about: { target, baseline, level, seed },
  });
  if (drawn.length === 0) return study;
  return { ...study, randomised: randomisedLayers(space, means[0], drawn) };
}

function describePlan({ sets, units, inSet, orders }: PatchingPlan, pairs: number): string {
  const { strongest, outside } = units;
  return `${strongest.length} of the set's ${inSet} units and ${outside.length} others alone, ${orders.length} orders: ${
    sets.length * pairs
  } forward passes`;
}
