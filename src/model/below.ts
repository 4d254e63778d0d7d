/** The part of a graph below a unit: what its value depends on, and nothing else. */

import { completed, type Graph, inputsOf, outputsOf, type Site, type Value } from "./graph.ts";
import { type NeuronSpace, type Part, partsOf } from "./neurons.ts";

/**
 * The graph whose output is a site's value in place of the logits: the steps that it depends on, with the
 * neurons and cuts among what they make. A cut of the whole graph below the site is one of this graph too:
 * influence that passed it by on the way to the site would go on to the logits.
 */
export function graphBelow(graph: Graph, { value: output }: Pick<Site, "value">): Graph {
  const needed = new Set<Value>([output]);
  for (const step of graph.steps.toReversed()) {
    if (!outputsOf(step).some((value) => needed.has(value))) continue;
    for (const value of inputsOf(step)) needed.add(value);
  }
  const steps = graph.steps.filter((step) => outputsOf(step).some((value) => needed.has(value)));
  return completed({
    // gelu of the output is not needed
    steps: steps.map((step) =>
      step.kind === "linear" && step.out === output ? { ...step, activated: undefined } : step
    ),
    values: graph.values,
    cuts: graph.cuts.filter(({ value }) => value !== output && needed.has(value)),
    output,
    ...{ taken: graph.taken, texts: graph.texts },
  });
}

/** The linears and heads of a model that a graph does not ask for. */
export function absentParts(
  { sites, heads }: Pick<Graph, "sites" | "heads">,
  space: NeuronSpace,
): readonly Part[] {
  return partsOf(space).filter(({ layer, component }) =>
    ![...sites, ...heads].some((site) => site.layer === layer && site.component === component)
  );
}
