/** Which units of a model are asked for: outputs of its linears, its attention heads, or both. */

import type { Encoder } from "./forward.ts";
import { completed, type Graph, headSites } from "./graph.ts";
import { headComponents, SEGMENT_PAIRS, type UnitKind, unitKinds } from "./heads.ts";
import type { ComponentSpace, NeuronSpace } from "./neurons.ts";

/** What is asked for unless something else is. */
const USUAL: readonly UnitKind[] = ["linears"];

/** Components of a graph's heads, each of its layers' heads with 25 pairs of segments. */
export function attentionComponents(graph: Pick<Graph, "steps">, layers: number): ComponentSpace[] {
  const sites = headSites(graph);
  return headComponents.flatMap((name): ComponentSpace[] => {
    const own = sites.filter(({ component }) => component === name);
    if (own.length === 0) return [];
    const units = SEGMENT_PAIRS * own[0].attend.attention.heads;
    const inLayers = own.map(({ layer }) => layer);
    return [{ name, units, ...(own.length < layers ? { layers: inLayers } : {}) }];
  });
}

/** The sizes of a model for some kinds of units. */
export function spaceOfKinds(space: NeuronSpace, kinds: readonly UnitKind[] = USUAL): NeuronSpace {
  if (!kinds.includes("heads")) return space;
  const { layers, components, attention = [] } = space;
  return {
    layers,
    components: [...(kinds.includes("linears") ? components : []), ...attention],
  };
}

const known = new WeakMap<Graph, Map<string, { graph: Graph; space: NeuronSpace }>>();

/**
 * The same model, asked for some kinds of units.
 *
 * @throws {RangeError} where there is no such kind.
 */
export function asking<E extends Encoder>(encoder: E, kinds: readonly UnitKind[] = USUAL): E {
  if (
    !(Array.isArray(kinds) && kinds.length > 0 && kinds.every((one) => unitKinds.includes(one)))
  ) {
    throw new RangeError(
      `Cannot ask for units ${JSON.stringify(kinds)}: expected a list of "linears" and "heads"`,
    );
  }
  if (!kinds.includes("heads")) return encoder;
  const { graph, config } = encoder;
  const ofGraph = known.get(graph) ?? new Map();
  known.set(graph, ofGraph);
  const key = String(kinds.includes("linears"));
  const found = ofGraph.get(key) ?? {
    graph: completed(graph, kinds),
    space: spaceOfKinds(config, kinds), // one object, as sizes are known by it
  };
  ofGraph.set(key, found);
  return { ...encoder, graph: found.graph, config: { ...config, ...found.space, attention: [] } };
}
