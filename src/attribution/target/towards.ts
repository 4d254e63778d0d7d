/**
 * Conductance towards a unit: F is that unit's activation, summed over its tokens or over those of a
 * segment, and every unit below it gets its part (Dhamdhere et al. 2018, arXiv:1805.12233, of a unit in
 * place of the output).
 */

import { asking } from "../../model/asked.ts";
import type { UnitKind } from "../../model/heads.ts";
import { absentParts, graphBelow, graphBelowHead } from "../../model/below.ts";
import type { EncoderConfig } from "../../model/config.ts";
import type { Encoder } from "../../model/forward.ts";
import { headOfUnit, isHeads, type SegmentName, segmentNames } from "../../model/heads.ts";
import { findSite, type Graph, headSites, placeOfSequence } from "../../model/graph.ts";
import {
  type Neuron,
  neuronName,
  type NeuronSpace,
  parseNeuron,
  type Part,
} from "../../model/neurons.ts";
import type { EncodedPair } from "../../model/pair_tokenizer.ts";

/** A unit's activation as F; a head's is the attention from one segment to another. */
export interface UnitTarget extends Neuron {
  /** The segment whose tokens count; all unless given. A head's attending one. */
  readonly segment?: SegmentName;
}

/** `layer.component.unit` or `layer.component.unit@segment`; `layer.head.head.segment>segment`. */
export function unitTargetName({ segment, ...neuron }: UnitTarget): string {
  const own = segment === undefined || isHeads(neuron.component) ? "" : `@${segment}`;
  return `${neuronName(neuron)}${own}`;
}

/**
 * Reads `7.intermediate.12`, `7.intermediate.12@passage` or `7.head.3.query>passage`.
 *
 * @throws {SyntaxError} for what is neither, {@linkcode RangeError} where the model has no such neuron
 * or segment.
 */
export function parseUnitTarget(
  config: NeuronSpace & Pick<EncoderConfig, "template">,
  text: string,
): UnitTarget {
  const at = text.indexOf("@");
  const neuron = parseNeuron(config, at < 0 ? text : text.slice(0, at));
  if (isHeads(neuron.component)) {
    if (at < 0) {
      const segment = segmentNames[headOfUnit(neuron.unit).from];
      return inTemplate(config, { ...neuron, segment });
    }
    throw new SyntaxError(
      `Cannot parse ${JSON.stringify(text)}: expected no @ after a head, whose segments it names`,
    );
  }
  if (at < 0) return neuron;
  const name = text.slice(at + 1);
  const segment = segmentNames.find((one) => one === name);
  if (segment === undefined) {
    throw new SyntaxError(
      `Cannot parse segment ${JSON.stringify(name)} of ${JSON.stringify(text)}: expected one of ${
        segmentNames.join(", ")
      }`,
    );
  }
  return inTemplate(config, { ...neuron, segment });
}

/** Refuses segments that a prompt does not have, or has in more than one piece. */
function inTemplate({ template }: Pick<EncoderConfig, "template">, target: UnitTarget): UnitTarget {
  const { segment, component } = target;
  const isLacking = isHeads(component)
    ? segment === "sep1" // its own words stand around query and passage
    : segment !== "query" && segment !== "passage";
  if (template !== undefined && isLacking) {
    throw wrong(target, `a model with a template has segments query and passage, not ${segment}`);
  }
  return target;
}

/**
 * The same model up to a unit's linear.
 *
 * @throws {RangeError} where no unit is below it, or nothing of the input.
 */
export function encoderBelow<E extends Encoder>(encoder: E, target: UnitTarget): E {
  const isHead = isHeads(target.component);
  const site = isHead ? undefined : findSite(encoder.graph, target.layer, target.component);
  const head = headSites(encoder.graph).find(({ layer, component }) =>
    layer === target.layer && component === target.component
  );
  if (isHead ? !head : !site) throw wrong(target, "the model's scores do not depend on it");
  const graph = site
    ? graphBelow(encoder.graph, site)
    : graphBelowHead(encoder.graph, head!, headOfUnit(target.unit));
  if (!graph.kinds.has("embed")) throw wrong(target, "its value does not depend on the input");
  if (graph.sites.length === 0) {
    throw wrong(target, "only the embeddings are below it, and no unit of the model");
  }
  if (target.segment !== undefined && graph.output.lines === "sequence") {
    if (graph.kinds.has("start")) {
      if (!isHead) throw wrong(target, "a decoder's token is of no segment");
    } else if (graph.taken === "first" && target.segment !== "cls") throw elsewhere(target, graph);
  }
  return { ...encoder, graph };
}

/**
 * The same model up to a unit, asked for some kinds of units.
 *
 * @throws {RangeError} where none of them is below it.
 */
export function askingBelow<E extends Encoder>(
  encoder: E,
  target: UnitTarget,
  units: readonly UnitKind[] = ["linears"],
): E {
  const below = asking(encoderBelow(encoder, target), units);
  if (below.graph.sites.length + below.graph.heads.length > 0) return below;
  throw wrong(target, `none of the model's ${units.join(" and ")} is below it`);
}

/** The linears and heads that are not below the unit of a name; none where there is no name. */
export function partsNotBelow(
  encoder: Encoder & { readonly config: NeuronSpace & Pick<EncoderConfig, "template"> },
  towards: string | undefined,
  units?: readonly UnitKind[],
): readonly Part[] {
  if (towards === undefined) return [];
  const target = parseUnitTarget(encoder.config, towards);
  const { graph, config } = askingBelow(encoder, target, units);
  return absentParts(graph, config);
}

/** The column of the graph's output that a unit is. */
export function columnOfUnit(
  { steps, output }: Pick<Graph, "steps" | "output">,
  target: UnitTarget,
): number {
  const made = steps.find((step) => step.out === output);
  if (made?.kind !== "attend") return target.unit;
  return headOfUnit(target.unit).head * output.width / made.attention.heads;
}

/** The lines of a pair in the output that count: `count` of them from `first`, of `of` in all. */
export interface UnitLines {
  readonly first: number;
  readonly count: number;
  readonly of: number;
}

/**
 * The lines of a pair that count for a unit.
 *
 * @throws {RangeError} where there are none.
 */
export function linesOfUnit(
  { output, taken, kinds }: Pick<Graph, "output" | "taken" | "kinds">,
  { segments }: Pick<EncodedPair, "segments">,
  target: UnitTarget,
): UnitLines {
  const tokens = segments.length;
  const isByToken = output.lines === "token";
  const of = isByToken ? tokens : 1;
  if (target.segment === undefined) return { first: 0, count: of, of };
  const index = segmentNames.indexOf(target.segment);
  if (!isByToken) {
    const only = segments[placeOfSequence({ taken, kinds }, tokens)];
    if (only !== index) throw elsewhere(target, { taken });
    return { first: 0, count: 1, of };
  }
  const first = segments.indexOf(index);
  if (first < 0) throw wrong(target, `the pair has no token in segment ${target.segment}`);
  return { first, count: segments.lastIndexOf(index) + 1 - first, of };
}

function elsewhere(target: UnitTarget, { taken }: Pick<Graph, "taken">): RangeError {
  return wrong(
    target,
    `the score reads it at the ${taken} token alone, which is not of segment ${target.segment}`,
  );
}

function wrong(target: UnitTarget, why: string): RangeError {
  return new RangeError(`Cannot attribute towards ${unitTargetName(target)}: ${why}`);
}
