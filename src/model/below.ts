/** The part of a graph below a unit: what its value depends on, and nothing else. */

import { completed, type Graph, type HeadSite, type Site } from "./graph.ts";
import { inputsOf, outputsOf, type Step, type Value } from "./steps.ts";
import type { HeadUnit } from "./heads.ts";
import { type NeuronSpace, type Part, partsOf } from "./neurons.ts";

/**
 * The graph whose output is a site's value in place of the logits: the steps that it depends on, with the
 * neurons and cuts among what they make. A cut of the whole graph below the site is one of this graph too:
 * influence that passed it by on the way to the site would go on to the logits.
 */
export function graphBelow(graph: Graph, { value: output }: Pick<Site, "value">): Graph {
  return below(graph, graph.steps, output);
}

/**
 * The graph whose output is, in each column of a head, the attention that it gives from a token to a segment:
 * its context, were the values of that segment's tokens ones and all others zeros.
 */
export function graphBelowHead(
  graph: Graph,
  { attend }: Pick<HeadSite, "attend">,
  { to }: Pick<HeadUnit, "to">,
): Graph {
  const { width, lines } = attend.value;
  const value: Value = { id: graph.values.length, width, lines };
  const ones: Step = { kind: "segment", out: value, segment: to };
  const at = graph.steps.indexOf(attend);
  const steps = [...graph.steps.slice(0, at), ones, { ...attend, value, site: undefined }];
  return below({ ...graph, values: [...graph.values, value] }, steps, attend.out);
}

/** The steps that an output depends on, with the neurons and cuts among what they make. */
function below(graph: Graph, all: readonly Step[], output: Value): Graph {
  const needed = new Set<Value>([output]);
  for (const step of all.toReversed()) {
    if (!outputsOf(step).some((value) => needed.has(value))) continue;
    for (const value of inputsOf(step)) needed.add(value);
  }
  const steps = all.filter((step) => outputsOf(step).some((value) => needed.has(value)));
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
