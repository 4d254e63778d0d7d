/** Set algebra over schemes, from text to the names of neurons. */

import type { Scheme } from "../../attribution/schemes/scheme.ts";
import {
  neuronId,
  neuronName,
  neuronOf,
  type NeuronSpace,
  parseNeuron,
} from "../../model/neurons.ts";
import { checkAlike } from "../schemes/scheme_folder.ts";
import { evaluate } from "./evaluate.ts";
import { parseExpression } from "./expression.ts";
import { matchedRandom } from "./matched.ts";
import { resolve, type SchemeName, schemesOf } from "./resolve.ts";

/** Options of {@linkcode selectNeurons}. */
export interface SelectOptions {
  /** The part of all neurons that each scheme is cut to before sets are combined, .01 for 1 %. */
  readonly level: number;
  /** Sets of collections that the expression may name, e.g. `{ O: ["nf", "cr"] }`. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Names of the neurons of an expression over schemes, in the order of their ids; there may be none.
 *
 * `P[nf]`, `N[nf]`: a scheme's strongest; `F[nf]`: of the mean of both; `&`, `|`, `-`, `^`: sets;
 * `all(P, O)`: intersection over the collections of a set; `fuse(A)`: of the mean of all their
 * schemes; `random(P[nf], 1)`: as many in the same layers and components, drawn with a seed.
 *
 * `schemes`: by name, `{ P_nf: …, N_nf: … }`.
 *
 * @throws {SyntaxError} that shows the column where the expression is none, or names no scheme;
 * {@linkcode RangeError} where schemes are of different models or options.
 */
export function selectNeurons(
  expression: string,
  schemes: Readonly<Record<string, Scheme>>,
  { level, sets = {} }: SelectOptions,
): readonly string[] {
  const all = new Map(Object.entries(schemes)) as ReadonlyMap<SchemeName, Scheme>;
  const plan = resolve(parseExpression(expression), expression, {
    sets: new Map(Object.entries(sets)),
    schemes: new Set(all.keys()),
  });
  const needed = schemesOf(plan).map((name) => ({ name, scheme: all.get(name)! }));
  checkAlike(needed);
  const { space } = needed[0].scheme;
  const of = new Map(needed.map(({ name, scheme }) => [name, scheme.mean]));
  return namesOf(space, evaluate(plan, { space, of }, level));
}

/**
 * As many neurons as are given, in the same layers and components, drawn evenly with a seed: the
 * matched random control of an ablation.
 *
 * @throws {SyntaxError} for what is no neuron's name, {@linkcode RangeError} where the model has none
 * of that name.
 */
export function matchedRandomNeurons(
  space: NeuronSpace,
  neurons: readonly string[],
  { seed = 0 }: { readonly seed?: number } = {},
): readonly string[] {
  const ids = neurons.map((name) => neuronId(space, parseNeuron(space, name)));
  return namesOf(space, matchedRandom(space, Uint32Array.from(ids).sort(), { seed }));
}

function namesOf(space: NeuronSpace, ids: Uint32Array): string[] {
  return Array.from(ids, (id) => neuronName(neuronOf(space, id)));
}
