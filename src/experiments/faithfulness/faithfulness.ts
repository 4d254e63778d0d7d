/**
 * Whether attributions are faithful: their agreement with exact patching, curves of deletion and insertion,
 * what is missed. Definitions in docs/faithfulness.md.
 */

import { shareUpperBound } from "../../ir/binomial.ts";
import { pearson } from "../../ir/correlation.ts";
import { mean } from "../../ir/measures.ts";
import { median } from "../../ir/median.ts";
import { ranks } from "../../ir/rank_correlation.ts";
import { neuronCount, neuronName, neuronOf, type NeuronSpace } from "../../model/neurons.ts";
import type {
  BesideRandom,
  CurveAreas,
  CurvePoint,
  FaithfulnessStudy,
  MissedUnits,
  PatchedUnit,
  PatchingAgreement,
} from "../results/results_faithfulness.ts";
import { area } from "./area.ts";
import type { RuleAttributions } from "./attributions.ts";
import type { Order, PatchingPlan } from "./patching_plan.ts";

/** What was computed. */
export interface FaithfulnessParts {
  readonly space: NeuronSpace;
  readonly plan: PatchingPlan;
  /** Names of the rules, as the attributions are ordered. */
  readonly rules: readonly string[];
  readonly attributions: readonly RuleAttributions[];
  /** F by pair and set of the plan. */
  readonly values: Float64Array;
  /** For the record. */
  readonly about: Pick<FaithfulnessStudy, "target" | "baseline" | "level" | "seed">;
}

/** Puts the study together. */
export function faithfulnessStudy(parts: FaithfulnessParts): FaithfulnessStudy {
  const { space, plan, rules, attributions, values, about } = parts;
  const numbers = plan.sets.length;
  const pairs = values.length / numbers;
  const meanOf = Array.from(
    { length: numbers },
    (_, set) => mean(Array.from({ length: pairs }, (_, pair) => values[pair * numbers + set])),
  );
  /** F(input) - F(the unit at its baseline values). */
  const changeOf = (id: number, pair: number) =>
    values[pair * numbers] - values[pair * numbers + plan.setOfUnit(id)];
  const { strongest, outside } = plan.units;
  const meanChange = new Map(
    [...strongest, ...outside].map((id) =>
      [id, mean(Array.from({ length: pairs }, (_, pair) => changeOf(id, pair)))] as const
    ),
  );
  const samples = { all: [...strongest, ...outside], strongest, outside } as const;
  const curves = curvesOf(parts, meanOf);
  return {
    ...{ pairs, neurons: neuronCount(space), ...about, inSet: plan.inSet },
    F: { all: meanOf[0], none: meanOf[1] },
    agreement: rules.flatMap((rule, r) =>
      (["all", "strongest", "outside"] as const).map((sample): PatchingAgreement => {
        const ids = [...samples[sample]];
        const { conductance, mean: means, evaluations } = attributions[r];
        const own = conductance.map((one, pair) =>
          correlations(ids.map((id) => one[id]), ids.map((id) => changeOf(id, pair)))
        );
        const all = correlations(
          ids.map((id) => means[id]),
          ids.map((id) => meanChange.get(id)!),
        );
        return {
          ...{ rule, evaluations, sample, units: ids.length, ...all },
          pairPearson: meanOfKnown(own.map((one) => one.pearson)),
          pairSpearman: meanOfKnown(own.map((one) => one.spearman)),
        };
      })
    ),
    areas: rules.map((rule) => areasOf(rule, curves, [meanOf[0], meanOf[1]])),
    curves,
    missed: missedUnits(space, plan, meanChange),
    units: samples.all.map((id): PatchedUnit => ({
      neuron: neuronName(neuronOf(space, id)),
      sample: strongest.includes(id) ? "strongest" : "outside",
      change: meanChange.get(id)!,
      attribution: Object.fromEntries(
        rules.map((rule, r) => [rule, attributions[r].mean[id]]),
      ),
    })),
  };
}

/** Pearson's and Spearman's correlation; null where there is none. */
function correlations(x: readonly number[], y: readonly number[]) {
  const finite = (value: number) => Number.isFinite(value) ? value : null;
  return {
    pearson: finite(pearson(x, y)),
    spearman: finite(pearson(ranks(Float64Array.from(x)), ranks(Float64Array.from(y)))),
  };
}

function meanOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? mean(known) : null;
}

function curvesOf(
  { space, plan, rules }: FaithfulnessParts,
  meanOf: readonly number[],
): CurvePoint[] {
  const count = neuronCount(space);
  let repetition = 0;
  return plan.orders.flatMap(({ rule, kind }: Order, o) => {
    const which = kind === "random" ? repetition++ : 0;
    return plan.sizes.map((units, s): CurvePoint => ({
      rule: rule === undefined ? "" : rules[rule],
      ...{ order: kind, repetition: which, units, share: units / count },
      removed: meanOf[plan.setOfOrder(o, s, "removed")],
      kept: meanOf[plan.setOfOrder(o, s, "kept")],
    }));
  });
}

/** Areas of a rule's curves beside those of random orders; `all` and `none` are the ends of every curve. */
function areasOf(
  rule: string,
  curves: readonly CurvePoint[],
  [all, none]: readonly [number, number],
): CurveAreas {
  // f(s) = (F(only the top s) - F(none)) / (F(all) - F(none))   Mueller et al. 2025, arXiv:2504.13151
  const f = (value: number) => (value - none) / (all - none);
  const numbers = (points: readonly CurvePoint[]) => ({
    deletion: area([[0, 1], ...points.map((p) => [p.share, f(p.removed)] as const), [1, 0]]),
    insertion: area([[0, 0], ...points.map((p) => [p.share, f(p.kept)] as const), [1, 1]]),
    distance: area([
      [0, 1],
      ...points.map((p) => [p.share, Math.abs(1 - f(p.kept))] as const),
      [1, 0],
    ]),
    comprehensiveness: mean(points.map((p) => all - p.removed)),
    sufficiency: mean(points.map((p) => all - p.kept)),
  });
  const own = (order: CurvePoint["order"]) =>
    numbers(curves.filter((point) => point.rule === rule && point.order === order));
  const random = [
    ...Map.groupBy(
      curves.filter(({ order }) => order === "random"),
      ({ repetition }) => repetition,
    ).values(),
  ].map(numbers);
  const finite = (value: number) => Number.isFinite(value) ? value : null;
  const beside = (
    key: keyof ReturnType<typeof numbers>,
    order: CurvePoint["order"],
  ): BesideRandom => {
    const drawn = random.map((one) => one[key]);
    const centre = mean(drawn);
    const squares = drawn.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    return {
      value: finite(own(order)[key]),
      random: drawn.length > 0 ? finite(centre) : null,
      deviation: drawn.length > 1 ? finite(Math.sqrt(squares / (drawn.length - 1))) : null,
    };
  };
  return {
    rule,
    deletion: beside("deletion", "signed"),
    insertion: beside("insertion", "signed"),
    distance: beside("distance", "absolute"),
    comprehensiveness: beside("comprehensiveness", "signed"),
    sufficiency: beside("sufficiency", "signed"),
  };
}

function missedUnits(
  space: NeuronSpace,
  { units: { strongest, outside } }: PatchingPlan,
  meanChange: ReadonlyMap<number, number>,
): MissedUnits {
  const size = (id: number) => Math.abs(meanChange.get(id)!);
  const sampled = outside.length;
  const largest = outside.reduce<number | undefined>(
    (best, id) => best === undefined || size(id) > size(best) ? id : best,
    undefined,
  );
  const medianOfSet = strongest.length > 0 ? median(Array.from(strongest, size)) : null;
  const above = medianOfSet === null ? 0 : outside.filter((id) => size(id) > medianOfSet).length;
  return {
    sampled,
    largest: largest === undefined ? null : {
      neuron: neuronName(neuronOf(space, largest)),
      change: meanChange.get(largest)!,
    },
    shareAboveLargest: sampled > 0 ? shareUpperBound(0, sampled) : null,
    medianOfSet,
    aboveMedian: above,
    shareAboveMedian: sampled > 0 && medianOfSet !== null ? shareUpperBound(above, sampled) : null,
  };
}
