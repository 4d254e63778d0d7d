/** The part of a scheme that is of some kinds of units. */

import type { UnitKind } from "../../model/heads.ts";
import { isHeads } from "../../model/heads.ts";
import { neuronCount, type NeuronSpace, partOf, partsOf } from "../../model/neurons.ts";
import type { ExactSum } from "./exact_sum.ts";
import type { ConductanceMoments, ConductanceSums, Scheme, SchemeSums } from "./scheme.ts";

/** Kinds of a model's units, in their order. */
export function kindsOf({ components }: Pick<NeuronSpace, "components">): UnitKind[] {
  const heads = components.filter(({ name }) => isHeads(name)).length;
  return [
    ...(heads < components.length ? ["linears" as const] : []),
    ...(heads > 0 ? ["heads" as const] : []),
  ];
}

/**
 * The same scheme with the units of some kinds alone.
 *
 * @throws {RangeError} where it has none of a kind.
 */
export function schemeOfKinds(scheme: Scheme, kinds: readonly UnitKind[], name: string): Scheme {
  const own = kindsOf(scheme.space);
  const missing = kinds.find((kind) => !own.includes(kind));
  if (missing) {
    throw new RangeError(
      `Cannot use the ${missing} of scheme ${name}: it has ${
        own.join(" and ")
      } alone; attribute --units ${missing} makes them`,
    );
  }
  if (own.every((kind) => kinds.includes(kind))) return scheme;
  const { space } = scheme;
  const smaller: NeuronSpace = {
    layers: space.layers,
    components: space.components.filter(({ name }) =>
      kinds.includes(isHeads(name) ? "heads" : "linears")
    ),
  };
  const vector = (from: Float64Array): Float64Array => {
    const to = new Float64Array(neuronCount(smaller));
    for (const { layer, component, first, units } of partsOf(smaller)) {
      const at = partOf(space, layer, component)!.first;
      to.set(from.subarray(at, at + units), first);
    }
    return to;
  };
  const exact = ({ parts: [a, b, c] }: ExactSum): ExactSum => (
    { parts: [vector(a), vector(b), vector(c)] }
  );
  const moments = ({ mean, m2 }: ConductanceMoments) => ({ mean: vector(mean), m2: vector(m2) });
  const sumsOf = ({ sum, squares }: ConductanceSums) => (
    { sum: exact(sum), squares: exact(squares) }
  );
  const byQueryOf = ({ byQuery }: Pick<SchemeSums, "byQuery">) => (
    byQuery
      ? {
        byQuery: new Map(
          Array.from(byQuery, ([query, { pairs, sum }]) => [query, { pairs, sum: vector(sum) }]),
        ),
      }
      : {}
  );
  const sums: SchemeSums | undefined = scheme.sums && {
    ...{ space: smaller, pairs: scheme.sums.pairs, ...sumsOf(scheme.sums) },
    ...(scheme.sums.other
      ? { other: { ...sumsOf(scheme.sums.other), ...byQueryOf(scheme.sums.other) } }
      : {}),
    ...(scheme.sums.bySegment ? { bySegment: scheme.sums.bySegment.map(sumsOf) } : {}),
    ...byQueryOf(scheme.sums),
  };
  return {
    ...{ space: smaller, pairs: scheme.pairs, ...moments(scheme), metadata: scheme.metadata },
    ...(scheme.other ? { other: moments(scheme.other) } : {}),
    ...(scheme.bySegment ? { bySegment: scheme.bySegment.map(moments) } : {}),
    ...(sums ? { sums } : {}),
  };
}
