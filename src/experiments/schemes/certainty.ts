/** How certain the members of a set are: how often other queries would have made them members. */

import { sizeAtLevel } from "../../attribution/neuron_sets.ts";
import { mean } from "../../ir/measures.ts";
import { evaluate } from "../sets/evaluate.ts";
import { type NeuronSetPlan, schemesOf } from "../sets/resolve.ts";
import type { SetCertainty } from "../results/results.ts";
import { drawMeans, drawnMeans } from "./query_bootstrap.ts";
import type { Schemes } from "./scheme_folder.ts";

/** A member of a set and how often it would be one. */
export interface Member {
  /** The neuron. */
  readonly id: number;
  /** The part of the drawn schemes for which it is a member. */
  readonly probability: number;
}

/**
 * The probability of every member of a set to be one, were other queries drawn: the part of drawn
 * schemes with which the same expression has it.
 */
export function membership(
  plan: NeuronSetPlan,
  schemes: Schemes,
  options: { readonly level: number; readonly draws: number; readonly seed: number },
): Member[] {
  const needed = schemesOf(plan);
  const own = new Map(needed.map((name) => [name, schemes.get(name)!]));
  const [{ space }] = own.values();
  sizeAtLevel(space, options.level); // refuses impossible levels
  const of = new Map([...own].map(([name, { mean }]) => [name, mean]));
  const ids = evaluate(plan, { space, of }, options.level);
  const counts = new Map(Array.from(ids, (id) => [id, 0]));
  if (ids.length > 0) {
    for (const means of drawMeans(own, options)) {
      for (const id of evaluate(plan, means, options.level)) {
        const count = counts.get(id);
        if (count !== undefined) counts.set(id, count + 1);
      }
    }
  }
  return [...counts].map(([id, count]) => ({ id, probability: count / options.draws }));
}

/** Members by how sure they are, the surest first; equally sure ones by id. */
export function surestFirst(members: readonly Member[]): Member[] {
  return members.toSorted((a, b) => b.probability - a.probability || a.id - b.id);
}

/** Sums up the certainty of a set's members. */
export function certaintyOf(
  members: readonly Member[],
  { expression, level, draws, queries, file }: {
    readonly expression: string;
    readonly level: number;
    readonly draws: number;
    /** The fewest queries of a scheme that the set is made of. */
    readonly queries: number;
    /** Where all members are listed with their probabilities. */
    readonly file: string;
  },
): SetCertainty {
  const values = members.map(({ probability }) => probability);
  const count = (is: (probability: number) => boolean) => values.filter(is).length;
  return {
    expression,
    level,
    size: members.length,
    queries,
    method: `the part of ${draws} draws of all schemes with which the set has the member: ` +
      drawnMeans,
    mean: members.length === 0 ? 0 : mean(values),
    sure: count((probability) => probability >= 0.95),
    doubtful: count((probability) => probability <= 0.5),
    histogram: Array.from(
      { length: 10 },
      (_, tenth) => count((p) => Math.min(9, Math.floor(10 * p)) === tenth),
    ),
    file,
  };
}
