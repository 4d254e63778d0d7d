/** Where a set's members are (Fig. 4), and how far that is from an even spread. */

import { sizeAtLevel } from "../../attribution/neuron_sets.ts";
import { hypergeometric, tails } from "../../ir/hypergeometric.ts";
import { componentsOf, type NeuronSpace, partOf as linearOf } from "../../model/neurons.ts";
import { evaluate } from "../sets/evaluate.ts";
import { countMembers } from "../sets/matched.ts";
import { type NeuronSetPlan, schemesOf } from "../sets/resolve.ts";
import { deviationsOf, estimateOf } from "../schemes/estimate.ts";
import { drawMeans, fewestQueries, notDrawable } from "../schemes/query_bootstrap.ts";
import type { Schemes } from "../schemes/scheme_folder.ts";
import type { Location, LocationEffect } from "../results/results.ts";
import type { Counts } from "./null_band.ts";

/** A part of the model, and the part of it whose members are counted. */
interface Region {
  readonly within: (layer: number, component: number) => boolean;
  readonly wanted: (layer: number, component: number) => boolean;
}

/** Layers from a quarter of the model to its half: the paper's 7 to 12 of 24, counted from 1. */
export function middleLayers(layers: number): readonly [first: number, last: number] {
  return [Math.floor(layers / 4), Math.max(1, Math.ceil(layers / 2)) - 1];
}

/** Counts a set's members, and draws queries anew for the intervals. */
export function locate(
  plan: NeuronSetPlan,
  schemes: Schemes,
  { expression, level, draws, seed }: {
    readonly expression: string;
    readonly level: number;
    readonly draws: number;
    readonly seed: number;
  },
): Location {
  const needed = schemesOf(plan);
  const own: Schemes = new Map(needed.map((name) => [name, schemes.get(name)!]));
  const [{ space }] = own.values();
  sizeAtLevel(space, level); // refuses impossible levels
  const of = new Map([...own].map(([name, { mean }]) => [name, mean]));
  const ids = evaluate(plan, { space, of }, level);
  const counts = countMembers(space, ids);
  const components = componentsOf(space);
  const [query, key] = [components.indexOf("query"), components.indexOf("key")];
  const found = { expression, level, size: ids.length, components, counts };
  if (ids.length === 0 || draws < 2 || notDrawable(own)) return { ...found, effects: null };
  const middle = middleLayers(space.layers);
  const regions: readonly Region[] = [
    { within: () => true, wanted: (layer) => layer >= space.layers - 2 },
    {
      within: (layer) => layer >= middle[0] && layer <= middle[1],
      wanted: (_, component) => component === query || component === key,
    },
  ];
  const drawn = drawMeans(own, { draws, seed })
    .map((means) => countMembers(space, evaluate(plan, means, level)))
    // a draw without a member in the region counts as an even spread
    .map((some) => [regions.map((region) => partOf(space, region, some).timesEven ?? 1)]);
  const [deviations] = deviationsOf(drawn);
  const queries = fewestQueries(own, needed);
  const [lastLayers, queryKey] = regions.map((region, i): LocationEffect => {
    const part = partOf(space, region, counts);
    if (part.timesEven === null) return { ...part, interval: null };
    const { low, high } = estimateOf(part.timesEven, deviations[i], queries - 1).interval;
    return { ...part, interval: { low: Math.max(0, low), high } };
  });
  return { ...found, effects: { lastLayers, queryKey, middle, queries } };
}

function partOf(
  space: NeuronSpace,
  { within, wanted }: Region,
  counts: Counts,
): Omit<LocationEffect, "interval"> {
  let [count, of, units, all] = [0, 0, 0, 0];
  counts.forEach((row, layer) =>
    componentsOf(space).forEach((component, c) => {
      if (!within(layer, c)) return;
      const here = linearOf(space, layer, component)?.units ?? 0;
      of += row[c];
      all += here;
      if (!wanted(layer, c)) return;
      count += row[c];
      units += here;
    })
  );
  const even = units / all;
  return {
    ...{ count, of, even },
    timesEven: of === 0 ? null : count / of / even,
    tails: tails(hypergeometric(all, units, of), count),
  };
}
