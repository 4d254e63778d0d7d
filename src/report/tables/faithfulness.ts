/** How faithful attributions are, as a file of data. */

import type {
  BesideRandom,
  FaithfulnessStudy,
} from "../../experiments/results/results_faithfulness.ts";
import { mean } from "../../ir/measures.ts";
import { dataTsv, datum } from "../table.ts";

/** A number of the study. */
interface Line {
  readonly figure: string;
  readonly rule?: string;
  readonly evaluations?: number;
  /** Which units, or which order. */
  readonly of?: string;
  readonly units?: number;
  readonly share?: number;
  readonly value: number | null;
  readonly random?: number | null;
  readonly deviation?: number | null;
  readonly bound?: number | null;
}

/** All numbers, a line each; `of` names a sample of units, or an order. */
export function faithfulnessTsv(study: FaithfulnessStudy): string {
  const { agreement, areas, curves, missed, F } = study;
  const random = curves.filter(({ order }) => order === "random");
  const lines: Line[] = [
    { figure: "F_all", value: F.all },
    { figure: "F_none", units: study.neurons, value: F.none },
    ...agreement.flatMap(({ rule, evaluations, sample, units, ...found }) => {
      const about = { rule, evaluations, of: sample, units };
      return [
        { figure: "patching_pearson", ...about, value: found.pearson },
        { figure: "patching_spearman", ...about, value: found.spearman },
        { figure: "patching_pearson_of_pairs", ...about, value: found.pairPearson },
        { figure: "patching_spearman_of_pairs", ...about, value: found.pairSpearman },
      ];
    }),
    ...areas.flatMap(({ rule, deletion, insertion, distance, ...means }) => {
      const line = (figure: string, of: string, numbers: BesideRandom): Line => (
        { figure, rule, of, ...numbers }
      );
      return [
        line("deletion_area", "signed", deletion),
        line("CPR", "signed", insertion),
        line("CMD", "absolute", distance),
        line("comprehensiveness", "signed", means.comprehensiveness),
        line("sufficiency", "signed", means.sufficiency),
      ];
    }),
    ...curves.filter(({ order }) => order !== "random").flatMap((
      { rule, order, units, share, removed, kept },
    ) =>
      (["removed", "kept"] as const).map((what): Line => ({
        ...{ figure: `F_${what}`, rule, of: order, units, share },
        value: { removed, kept }[what],
        ...besides(random.filter((one) => one.units === units).map((one) => one[what])),
      }))
    ),
    {
      ...{ figure: "missed_largest_change", of: missed.largest?.neuron, units: missed.sampled },
      value: missed.largest?.change ?? null,
      bound: missed.shareAboveLargest,
    },
    {
      ...{ figure: "missed_above_median_of_set", of: "outside", units: missed.sampled },
      value: missed.aboveMedian,
      bound: missed.shareAboveMedian,
    },
    ...(study.randomised ?? []).flatMap(({ from, spearman, absolute, below }): Line[] => {
      const about = { rule: agreement[0]?.rule, of: `layers from ${from}` };
      return [
        { figure: "randomised_spearman", ...about, value: spearman },
        { figure: "randomised_spearman_of_absolute", ...about, value: absolute },
        { figure: "randomised_spearman_below", ...about, value: below },
      ];
    }),
    ...study.floors
      ? [
        {
          figure: "floor_best",
          of: "nDCG@10",
          units: study.floors.queries,
          value: study.floors.best,
        },
        {
          figure: "floor_worst",
          of: "nDCG@10",
          units: study.floors.queries,
          value: study.floors.worst,
        },
        {
          figure: "floor_random",
          of: "nDCG@10",
          units: study.floors.queries,
          value: study.floors.random,
          deviation: study.floors.deviation,
        },
      ]
      : [],
  ];
  return dataTsv<Line>([
    datum("figure", ({ figure }) => figure),
    datum("rule", ({ rule }) => rule),
    datum("evaluations", ({ evaluations }) => evaluations),
    datum("of", ({ of }) => of),
    datum("units", ({ units }) => units),
    datum("share", ({ share }) => share),
    datum("value", ({ value }) => value),
    datum("random", ({ random }) => random),
    datum("random_deviation", ({ deviation }) => deviation),
    datum("share_bound", ({ bound }) => bound),
  ], lines);
}

/** Mean and standard deviation of random orders' numbers. */
function besides(values: readonly number[]): Pick<Line, "random" | "deviation"> {
  if (values.length === 0) return {};
  const random = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - random) ** 2, 0);
  return {
    random,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null,
  };
}
