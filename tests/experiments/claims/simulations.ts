/** Studies with known truths: what claims say under no effect, and under a planted one. */

import { ablationContrasts } from "../../../src/experiments/ablation/ablation_contrasts.ts";
import type {
  AblatedCollection,
  RowOnCollection,
} from "../../../src/experiments/ablation/ablation.ts";
import { ablationTable } from "../../../src/experiments/ablation/ablation_table.ts";
import type { Evidence } from "../../../src/experiments/claims/conclusions.ts";
import { locate } from "../../../src/experiments/overlap/location.ts";
import { overlapStudy } from "../../../src/experiments/overlap/overlap.ts";
import { overlapCurves } from "../../../src/experiments/overlap/overlap_curves.ts";
import { baselineLead } from "../../../src/experiments/path/baseline_study.ts";
import { labelError } from "../../../src/experiments/path/convergence.ts";
import type { ConvergenceRow } from "../../../src/experiments/results/results.ts";
import { parseExpression } from "../../../src/experiments/sets/expression.ts";
import { resolve, type SchemeName } from "../../../src/experiments/sets/resolve.ts";
import { seededRandom } from "../../../src/ir/random.ts";
import { type Component, unitsOf } from "../../../src/model/neurons.ts";
import { neuronCount, type NeuronSpace } from "../../../src/model/neurons.ts";
import { normalNumbers } from "../../normal_numbers.ts";
import { schemeOfQueries } from "../simulated.ts";
import { bertSpace, components } from "../../spaces.ts";

/** 4 layers of 5 · 16 + 32 units: 448 neurons; 20 of them are 4.5 %. */
export const space = bertSpace({ layers: 4, width: 16, inner: 32 });
const [QUERIES, DRAWS, LEVELS] = [24, 40, [0.045, 0.05]];
const names = ["c", "a", "m", "s"];
const count = neuronCount(space);

/** Normally distributed numbers, by seed. */
export type Normal = () => number;
const normals = (seed: number): Normal => normalNumbers(seededRandom(seed));
const vector = (of: (id: number) => number) =>
  Float64Array.from({ length: count }, (_, id) => of(id));

/** What every scheme's mean would be with unlimited queries, given random numbers. */
export type Truth = (normal: Normal) => (letter: "P" | "N", collection: string) => Float64Array;

/** Overlaps and places of schemes whose queries scatter around the truth. */
export function overlapEvidence(truth: Truth, seed: number): Evidence {
  const normal = normals(seed);
  const meanOf = truth(normal);
  const schemes = new Map(
    names.flatMap((x) =>
      (["P", "N"] as const).map((letter) => {
        const mean = meanOf(letter, x);
        const queries = Array.from({ length: QUERIES }, () =>
          mean.map((value) => value + 2 * normal()));
        return [`${letter}_${x}` as SchemeName, schemeOfQueries(space, queries)] as const;
      })
    ),
  );
  const labels = ["relevant", "non-relevant"] as const;
  const collections = names.map((abbreviation) => ({
    ...{ abbreviation, inDomain: abbreviation === "c", labels },
  }));
  const overlaps = overlapStudy(overlapCurves(collections, []), schemes, {
    ...{ levels: LEVELS, nullDraws: 20, schemeDraws: DRAWS, seed },
  });
  const scope = { sets: new Map(), schemes: new Set(schemes.keys()) };
  const plan = resolve(parseExpression("N[c]"), "N[c]", scope);
  const about = { expression: "N[c]", level: 0.05, draws: DRAWS, seed };
  return { home: "c", overlaps, locations: [locate(plan, schemes, about)] };
}

/** Every neuron's mean is drawn anew for every scheme: nothing is shared, nothing has a place. */
export const unrelated: Truth = (normal) => () => vector(normal);

/** P and N, and all collections, have the same truth. */
export const allAlike: Truth = (normal) => {
  const one = vector(normal);
  return () => one;
};

/** Collections are alike, P and N have nothing to do with each other. */
export const collectionsAlike: Truth = (normal) => {
  const of = { P: vector(normal), N: vector(normal) };
  return (letter) => of[letter];
};

/**
 * Every effect: 16 neurons of each label stand out in every collection, 8 others in those out of domain
 * alone, and 8 in the training collection alone. P's are in the first layer, N's where `place` says.
 */
export const planted =
  (place: (layer: number, component: Component) => boolean): Truth => (normal) => {
    const core = (is: (layer: number, component: Component) => boolean) => {
      const ids = places.keys().filter((id) => is(places[id].layer, places[id].component))
        .toArray();
      return {
        shared: new Set(ids.slice(0, 16)),
        outside: ids.slice(16, 24),
        home: ids.slice(24, 32),
      };
    };
    const cores = {
      P: core((layer, component) => layer === 0 && component === "intermediate"),
      N: core(place),
    };
    const noise = { P: vector(normal), N: vector(normal) };
    return (letter, x) =>
      vector((id) =>
        cores[letter].shared.has(id)
          ? 8
          : cores[letter][x === "c" ? "home" : "outside"].includes(id)
          ? 5
          : 0.2 * noise[letter][id]
      );
  };

const places = placesOf(space);

function placesOf(space: NeuronSpace) {
  return Array.from(
    { length: space.layers },
    (_, layer) =>
      components.flatMap((component) =>
        Array.from({ length: unitsOf(space, component) }, () => ({ layer, component }))
      ),
  ).flat();
}

/** Losses of nDCG@10 by row, in parts: the mean loss of its sets, and its control's. */
export type Losses = Readonly<Record<string, readonly [set: number, random: number]>>;

/** Rows of Table 4 on two collections of 20 queries; losses scatter over queries by `spread`. */
function ablated(losses: Losses, seed: number, spread: number): AblatedCollection[] {
  const normal = normals(seed);
  return ["x", "y"].map((collection) => {
    const original = Array.from({ length: 20 }, () => 0.7 + 0.1 * normal());
    const after = (loss: number, scatter: number) =>
      original.map((value) => value - loss - scatter * normal());
    const rows = Object.entries(losses).flatMap(([expression, [set, random]]) =>
      [0.01, 0.05].flatMap((level): RowOnCollection[] => [
        { expression, kind: "set", level, neurons: 9, ndcg: [after(set, spread)] },
        {
          ...{ expression: `random(${expression})`, kind: "random", level, neurons: 9 },
          ndcg: Array.from({ length: 3 }, () => after(random, spread / 4)),
        },
      ])
    );
    return {
      ...{ collection, group: "all", original, attainable: original, rows },
      ...{ queries: original.map((_, q) => `q${q}`), candidates: 400 },
    };
  });
}

/** What rows do to each other's queries. */
export function contrastEvidence(losses: Losses, seed: number): Evidence {
  const contrasts = ablationContrasts(ablated(losses, seed, 0.1), { home: "c" });
  const nothing = { levels: [], groups: [], rows: [], alpha: 0.05, family: "", interval: "" };
  return { home: "c", ablation: { ...nothing, contrasts } };
}

/** Table 4 of N and its control, which loses a part of nDCG@10, .7 on average. */
export function controlEvidence(part: number, seed: number): Evidence {
  return { home: "c", ablation: ablationTable(ablated({ "N[c]": [0.1, 0.7 * part] }, seed, 0.08)) };
}

/** Table 1 of 40 pairs of 20 queries: what is left of the signal, by baseline. */
export function baselineEvidence(left: Readonly<Record<string, number>>, seed: number): Evidence {
  const normal = normals(seed);
  const queries = Array.from({ length: 40 }, (_, i) => `q${i >> 1}`);
  const byQuery = queries.map(() => 0.2 * normal());
  const sides = Object.entries(left).map(([baseline, mean]) => {
    const values = queries.map((_, i) => mean + byQuery[i >> 1] + 0.2 * normal());
    const difference = values.reduce((a, b) => a + b) / values.length;
    return { row: { baseline, difference, standardError: 0, paper: null }, values };
  });
  const [pad, ...others] = sides;
  const runnerUp = others.reduce((best, one) =>
    Math.abs(one.row.difference) < Math.abs(best.row.difference) ? one : best
  );
  return {
    baselines: {
      ...{ collection: "c", pairs: 40, queries: 20, choice: "pad" },
      rows: sides.map(({ row }) => row),
      padAhead: baselineLead(pad, runnerUp, queries),
    },
  };
}

/** 20 pairs a label whose errors are about `error`, and sets of which `wrong` is wrong. */
export function convergenceEvidence(error: number, wrong: number, seed: number): Evidence {
  const normal = normals(seed);
  const queries = Array.from({ length: 20 }, (_, i) => `q${i % 16}`);
  const spread = { mean: error, median: error, worst: error };
  const schemes = ["P[c]", "N[c]"];
  const row: ConvergenceRow = {
    ...{ rule: "right", steps: 100, tolerance: null, evaluations: 101, pairs: [] },
    ...{
      error: spread,
      absoluteError: spread,
      rank: spread,
      overlap: spread,
      completeness: spread,
    },
    errors: schemes.map((scheme) =>
      labelError(scheme, queries.map(() => error * Math.exp(0.5 * normal() - 0.125)), queries)
    ),
    schemes: schemes.map((scheme) => ({
      ...{ scheme, error, overlap: 1 - wrong, ofScheme: { pairs: 100, overlap: 1 - wrong } },
    })),
  };
  return {
    convergence: {
      ...{ collection: "c", target: "logit", baseline: "pad", level: 0.01, size: 36, inUse: null },
      pairs: { relevant: 20, nonRelevant: 20 },
      reference: {
        tolerance: 0.002,
        cuts: 2,
        evaluations: 300,
        error: spread,
        completeness: spread,
      },
      rows: [row],
    },
  };
}
