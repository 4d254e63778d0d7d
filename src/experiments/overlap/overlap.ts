/** Overlap curves: how much schemes' strongest neurons have in common (Figs. 2 and 3). */

import { sizeAtLevel } from "../../attribution/neuron_sets.ts";
import { mean } from "../../ir/measures.ts";
import { deviationsOf, type Estimate, estimateOf } from "../schemes/estimate.ts";
import { drawMeans, drawnMeans, fewestQueries, notDrawable } from "../schemes/query_bootstrap.ts";
import { countMembers } from "../sets/matched.ts";
import { nullBand, nullTails, nullVariance } from "./null_band.ts";
import { type ContrastPlan, overlapContrasts } from "./overlap_contrasts.ts";
import type { CurvePlan } from "./overlap_curves.ts";
import type { SchemeName } from "../sets/resolve.ts";
import type { OverlapCurve, OverlapStudy } from "../results/results.ts";
import { meansOf, type Schemes } from "../schemes/scheme_folder.ts";
import { entryOf } from "../sets/entry.ts";

/** Options of {@linkcode overlapStudy}. */
export interface OverlapOptions {
  /** Levels, as parts of all neurons. */
  readonly levels: readonly number[];
  /** Draws of random sets for the null band; 200 unless given. */
  readonly nullDraws?: number;
  /** Draws of queries for the intervals; 200 unless given. */
  readonly schemeDraws?: number;
  /** 0 unless given. */
  readonly seed?: number;
  /** By what neurons are ordered: signed conductance, unless it is its size. */
  readonly strength?: "signed" | "absolute";
}

/** For every neuron, at which level it enters a scheme's set. */
type Entries = ReadonlyMap<SchemeName, Uint16Array>;

/** Counts the neurons of every curve's intersection at every level. */
export function overlapStudy(
  plans: readonly CurvePlan[],
  schemes: Schemes,
  { levels: unsorted, nullDraws = 200, schemeDraws = 200, seed = 0, strength }: OverlapOptions,
): OverlapStudy {
  const levels = [...new Set(unsorted)].sort((a, b) => a - b);
  const [{ space, mean: some }] = schemes.values(); // all lack the same neurons, if any
  const sizes = levels.map((level) => sizeAtLevel(space, level, some));
  const strengthOf = (mean: Float64Array) =>
    strength === "absolute" ? mean.map((value) => Math.abs(value)) : mean;
  const entriesOf = (means: ReadonlyMap<SchemeName, Float64Array>): Entries =>
    new Map([...means].map(([name, mean]) => [name, entryOf(strengthOf(mean), sizes)]));
  const entries = entriesOf(meansOf(schemes).of);
  const percentsOf = (entries: Entries) =>
    plans.map((plan) =>
      shared(plan.schemes, entries, levels.length).map((count, at) => 100 * count / sizes[at])
    );
  const contrasts = overlapContrasts(plans);
  const statisticsOf = (percents: readonly (readonly number[])[]) => [
    ...percents,
    ...contrasts.map((one) => levels.map((_, at) => contrastOf(one, plans, percents, at))),
  ];
  const failed = notDrawable(schemes);
  const deviations = schemeDraws > 1 && !failed
    ? deviationsOf(
      drawMeans(schemes, { draws: schemeDraws, seed })
        .map(({ of }) => statisticsOf(percentsOf(entriesOf(of)))),
    )
    : undefined;
  const observed = statisticsOf(percentsOf(entries));
  const estimate = (i: number, at: number, names: Iterable<SchemeName>): Estimate | null => {
    if (!deviations) return null;
    const degrees = fewestQueries(schemes, names) - 1;
    return estimateOf(observed[i][at], deviations[i][at], degrees);
  };
  const counts = new Map(
    [...entries].map(([name, entry]) => [
      name,
      levels.map((_, at) => countMembers(space, membersAt(entry, at))),
    ]),
  );
  const countsAt = (names: readonly SchemeName[], at: number) =>
    names.map((name) => counts.get(name)![at]);
  return {
    levels,
    curves: plans.map(({ schemes: names, ...plan }, i): OverlapCurve => ({
      ...plan,
      points: levels.map((level, at) => {
        const sets = countsAt(names, at);
        const size = sizes[at];
        const band = nullBand(space, sets, { draws: nullDraws, seed });
        const percent = (count: number) => 100 * count / size;
        const count = Math.round(observed[i][at] * size / 100);
        const interval = estimate(i, at, names)?.interval ?? null;
        return {
          level,
          size,
          count,
          percent: observed[i][at],
          chance: 100 * level ** (names.length - 1),
          nullBand: {
            mean: percent(band.mean),
            low: percent(band.low),
            high: percent(band.high),
          },
          tails: plan.kind === "labels" ? nullTails(space, sets, count) : null,
          interval: interval &&
            { low: Math.max(0, interval.low), high: Math.min(100, interval.high) },
        };
      }),
    })),
    contrasts: contrasts.map((one, c) => ({
      ...one,
      points: levels.map((level, at) => {
        const value = observed[plans.length + c][at];
        const found = { level, size: sizes[at] };
        if (!deviations) return { ...found, value, interval: null, p: null, degrees: null };
        // unrelated sets share more in one pair than in another, too, by chance
        const chance = [one.more, one.less].reduce((sum, expressions) => {
          const pairs = plans.filter((plan) => isPairOf(plan, expressions));
          const variances = pairs.map((plan) => nullVariance(space, countsAt(plan.schemes, at)));
          return sum + mean(variances) / pairs.length;
        }, 0) * (100 / sizes[at]) ** 2;
        const error = Math.sqrt(deviations[plans.length + c][at] ** 2 + chance);
        const degrees = fewestQueries(schemes, schemesOfContrast(one, plans)) - 1;
        return { ...found, ...estimateOf(value, error, degrees) };
      }),
    })),
    queries: deviations ? fewestQueries(schemes, schemes.keys()) : null,
    methods: {
      nullBand: "random sets that have as many members in every layer and component as the " +
        "intersected ones: 2.5 % and 97.5 % of their distribution, exact for two sets, of " +
        `${nullDraws} draws for more; and the exact mean`,
      interval: deviations
        ? "where the mean over new samples of as many queries is with 95 % confidence: the " +
          `observed value ± Student's t times the standard deviation over ${schemeDraws} draws: ` +
          drawnMeans
        : failed
        ? `none, for scheme ${failed.name} cannot be drawn anew: ${failed.why}`
        : "none was asked for",
    },
  };
}

/** The difference of two means of curves at a level. */
function contrastOf(
  { more, less }: ContrastPlan,
  plans: readonly CurvePlan[],
  percents: readonly (readonly number[])[],
  at: number,
): number {
  const of = (expressions: readonly string[]) =>
    mean(percents.filter((_, i) => isPairOf(plans[i], expressions)).map((levels) => levels[at]));
  return of(more) - of(less);
}

function isPairOf({ kind, expression }: CurvePlan, expressions: readonly string[]): boolean {
  return kind === "pair" && expressions.includes(expression);
}

function schemesOfContrast({ more, less }: ContrastPlan, plans: readonly CurvePlan[]) {
  return new Set(
    plans.filter((one) => isPairOf(one, [...more, ...less])).flatMap(({ schemes }) => schemes),
  );
}

/** How many neurons are in the sets of all schemes, by level. */
function shared(names: readonly SchemeName[], entries: Entries, levels: number): number[] {
  const vectors = names.map((name) => entries.get(name)!);
  const entering = new Array<number>(levels + 1).fill(0);
  for (let id = 0; id < vectors[0].length; id++) {
    let last = 0;
    for (const vector of vectors) if (vector[id] > last) last = vector[id];
    entering[last]++;
  }
  let sum = 0;
  return entering.slice(0, levels).map((count) => sum += count);
}

function membersAt(entry: Uint16Array, at: number): Uint32Array {
  const ids: number[] = [];
  entry.forEach((level, id) => {
    if (level <= at) ids.push(id);
  });
  return Uint32Array.from(ids);
}
