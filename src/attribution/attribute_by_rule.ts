/**
 * Pairs under one rule: memory is planned, stores of points are opened as planned, and run side by side
 * where there are several.
 */

import { uploadWords } from "../model/batch.ts";
import type { CrossEncoder } from "../model/cross_encoder.ts";
import { merged } from "../model/merged.ts";
import { pipelined } from "../model/pipelined.ts";
import { adaptive } from "./adaptive/adaptive.ts";
import type { MaskedOptions, PairAttribution } from "./attribution.ts";
import { integrate } from "./path/integrate.ts";
import type { PathTarget } from "./target/objective.ts";
import { type LabelledPath, openPathStore, type PathStore } from "./path/path_store.ts";
import { pathSums } from "./path/path_sums.ts";
import { lengthsOf, planAdaptive, planGroups } from "./plan.ts";
import { cutSumsOf } from "./adaptive/refinement.ts";
import type { AdaptiveRule, FixedRule, Rule } from "./rule.ts";
import { openSchedule, queueOf } from "./adaptive/schedule.ts";

/** What is found of one pair, before its gaps of completeness are known. */
export type Found = Omit<PairAttribution, "index" | "other" | "completeness" | "tokens"> & {
  readonly pair: number;
  readonly cutSums: Float64Array;
};

/** The options of a rule, with what F is. */
type RuleOptions<R extends Rule> = Omit<MaskedOptions, "target"> & {
  readonly quadrature: R;
  readonly target: PathTarget;
};

/** Relative rounding error of F. */
const ROUNDING = { float32: 2 ** -22, float64: 2 ** -50 };
/** The smallest tolerance, as a part of TV(F): rounding hides smaller errors. */
const LEAST = { float32: 1e-3, float64: 1e-9 };

/** Attributes pairs by the adaptive rule: points are evaluated until their errors are small enough. */
export async function* attributeAdaptive(
  encoder: CrossEncoder,
  paths: readonly LabelledPath[],
  { quadrature, target, masks, bySegment, pairsPerBatch = Infinity, ...options }: RuleOptions<
    AdaptiveRule
  >,
): AsyncGenerator<Found> {
  const { ops, config, weights } = encoder;
  const { limits } = ops;
  const float = limits.floatBytes === 4 ? "float32" : "float64";
  const lengths = lengthsOf(paths);
  const { order, capacity, passTokens, stores } = planAdaptive(encoder, lengths);
  const queue = queueOf(order, (pair) => lengths[pair]);
  const words = uploadWords(ops, config, weights, paths);
  const open: PathStore[] = [];
  const refining = {
    ...options,
    tolerance: Math.max(quadrature.tolerance, LEAST[float]),
    rounding: ROUNDING[float],
    hostBytes: (options.hostBytes ?? 3 * limits.memoryBytes) / stores,
  };
  try {
    const sources = Array.from({ length: stores }, () => {
      const store = openPathStore(encoder, { paths, capacity, target, masks, bySegment, words });
      open.push(store);
      const room = { capacity, alignment: limits.rowAlignment, passTokens };
      const schedule = openSchedule(queue, (pair) => lengths[pair], {
        ...room,
        mostPairs: pairsPerBatch,
      });
      return adaptive(store, schedule, refining);
    });
    for await (const { pair, conductance, path, repeated } of merged(sources)) {
      const points = [0, ...path.map(({ b }) => b.t)];
      const along = [path[0].a.F, ...path.map(({ b }) => b.F)];
      yield {
        ...{ pair, conductance, repeated, points, evaluations: points.length },
        F: { baseline: along[0], input: along.at(-1)!, along },
        cutSums: cutSumsOf(path),
      };
    }
  } finally {
    for (const store of open) store.close();
    ops.free(words.words);
  }
}

/** Attributes pairs by a rule whose points are known: groups of pairs are evaluated one after another. */
export async function* attributeFixed(
  encoder: CrossEncoder,
  paths: readonly LabelledPath[],
  { quadrature, target, masks, bySegment, pairsPerBatch, signal }: RuleOptions<FixedRule>,
): AsyncGenerator<Found> {
  const { ops, config, weights } = encoder;
  const { groups, capacity, stores } = planGroups(encoder, lengthsOf(paths), {
    points: quadrature.points.length,
    pairsPerBatch,
  });
  const words = uploadWords(ops, config, weights, paths);
  const open: PathStore[] = [];
  try {
    for (let i = 0; i < Math.min(stores, groups.length); i++) {
      open.push(openPathStore(encoder, { paths, capacity, target, masks, bySegment, words }));
    }
    const work = groups.map((group, at) => () =>
      runGroup(open[at % open.length], group, { quadrature, signal })
    );
    for await (const found of pipelined(work, open.length)) yield* found;
  } finally {
    for (const store of open) store.close();
    ops.free(words.words);
  }
}

async function runGroup(
  store: PathStore,
  group: readonly number[],
  { quadrature: { points, pairing }, signal }: {
    readonly quadrature: FixedRule;
    readonly signal?: AbortSignal;
  },
): Promise<Found[]> {
  const sums = pathSums(store, group.length);
  try {
    const integrals = await integrate(store, group, { t: points, pairing, sums, signal });
    const conductances = await sums.read();
    // F at 0 and 1 is needed even where the rule does not evaluate these points
    const missing = [0, 1].filter((end) => !points.includes(end));
    const ends = missing.length > 0
      ? await integrate(store, group, { t: missing, pairing, signal })
      : [];
    return group.map((pair, i) => {
      const { F: along, cutSums } = integrals[i];
      const at = (end: number) =>
        missing.includes(end) ? ends[i].F[missing.indexOf(end)] : along[points.indexOf(end)];
      const total = new Float64Array(cutSums[0].length);
      for (const sums of cutSums) sums.forEach((sum, cut) => total[cut] += sum);
      return {
        ...{ pair, conductance: conductances[i], points, cutSums: total },
        F: { baseline: at(0), input: at(1), along },
        evaluations: points.length + missing.length,
        repeated: 0,
      };
    });
  } finally {
    sums.free();
  }
}
