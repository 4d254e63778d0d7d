/** Overlap curves: how much schemes' strongest neurons have in common (Figs. 2 and 3). */

import { sizeAtLevel } from "../../attribution/neuron_sets.ts";
import { drawMeans, drawnMeans } from "../schemes/certainty.ts";
import { countMembers } from "../sets/matched.ts";
import { type Counts, nullBand } from "./null_band.ts";
import type { CurvePlan } from "./overlap_curves.ts";
import type { SchemeName } from "../sets/resolve.ts";
import type { OverlapCurve, OverlapStudy } from "../results/results.ts";
import type { Schemes } from "../schemes/scheme_folder.ts";
import { entryOf } from "../sets/top.ts";

/** Options of {@linkcode overlapStudy}. */
export interface OverlapOptions {
  /** Levels, as parts of all neurons. */
  readonly levels: readonly number[];
  /** Draws of random sets for the null band; 200 unless given. */
  readonly nullDraws?: number;
  /** Draws of schemes for the intervals; 100 unless given. */
  readonly schemeDraws?: number;
  /** 0 unless given. */
  readonly seed?: number;
}

/** For every neuron, at which level it enters a scheme's set. */
type Entries = ReadonlyMap<SchemeName, Uint16Array>;

/** Counts the neurons of every curve's intersection at every level. */
export function overlapStudy(
  plans: readonly CurvePlan[],
  schemes: Schemes,
  { levels: unsorted, nullDraws = 200, schemeDraws = 100, seed = 0 }: OverlapOptions,
): OverlapStudy {
  const levels = [...new Set(unsorted)].sort((a, b) => a - b);
  const [{ space }] = schemes.values();
  const sizes = levels.map((level) => sizeAtLevel(space, level));
  const entriesOf = (means: ReadonlyMap<SchemeName, Float64Array>): Entries =>
    new Map([...means].map(([name, mean]) => [name, entryOf(mean, sizes)]));
  const entries = entriesOf(new Map([...schemes].map(([name, { mean }]) => [name, mean])));
  const counted = plans.map((plan) => shared(plan.schemes, entries, levels.length));

  // Sums and sums of squares of the drawn counts, by curve and level.
  const drawn = plans.map(() => levels.map(() => ({ sum: 0, squares: 0 })));
  const uncertain = [...schemes.values()].every(({ pairs }) => pairs > 1) && schemeDraws > 1;
  if (uncertain) {
    for (const { of } of drawMeans(schemes, { draws: schemeDraws, seed })) {
      const drawnEntries = entriesOf(of);
      plans.forEach((plan, i) =>
        shared(plan.schemes, drawnEntries, levels.length).forEach((count, at) => {
          drawn[i][at].sum += count;
          drawn[i][at].squares += count * count;
        })
      );
    }
  }
  const counts = new Map<SchemeName, Counts[]>();
  for (const [name, entry] of entries) {
    counts.set(
      name,
      levels.map((_, at) => countMembers(space, membersAt(entry, at))),
    );
  }
  const curves = plans.map(({ schemes: names, ...plan }, i): OverlapCurve => ({
    ...plan,
    points: levels.map((level, at) => {
      const size = sizes[at];
      const percent = (count: number) => 100 * count / size;
      const band = nullBand(space, names.map((name) => counts.get(name)![at]), {
        draws: nullDraws,
        seed,
      });
      const { sum, squares } = drawn[i][at];
      const deviation = Math.sqrt(
        Math.max(0, squares - sum * sum / schemeDraws) / (schemeDraws - 1),
      );
      const count = counted[i][at];
      const half = 1.959964 * deviation;
      return {
        level,
        size,
        count,
        percent: percent(count),
        chance: 100 * level ** (names.length - 1),
        nullBand: {
          mean: percent(band.mean),
          low: percent(band.low),
          high: percent(band.high),
        },
        interval: uncertain
          ? { low: percent(Math.max(0, count - half)), high: percent(Math.min(size, count + half)) }
          : null,
      };
    }),
  }));
  return {
    levels,
    curves,
    methods: {
      nullBand: `${nullDraws} draws of random sets that have as many members in every layer and ` +
        "component as the intersected ones: 2.5 % and 97.5 % of the draws, and the exact mean",
      interval:
        `the observed value ± 1.96 standard deviations over ${schemeDraws} draws of all schemes: ` +
        drawnMeans,
    },
  };
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
