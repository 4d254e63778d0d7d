/**
 * A recorded forward pass: which operations make a score of embeddings, in order, without any numbers. A
 * family writes it once (families/, record.ts); forward.ts runs it, backward.ts has one rule a step for the
 * way back.
 *
 * @module
 */

import type { ActivationName, Similarity } from "../compute/ops.ts";
import type { UnitKind } from "./heads.ts";

/**
 * How many lines a value has: one a token, or one a sequence; where query and passage are encoded apart, a
 * sequence is both, one after the other, and some values have a line for each of its texts.
 */
export type Lines = "token" | "sequence" | "text";

/** What a step makes: a matrix [lines, width]. */
export interface Value {
  /** Its place among the values of its graph. */
  readonly id: number;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly lines: Lines;
}

/** A tensor of a checkpoint, or some rows of one. */
export interface WeightName {
  /** The checkpoint's own name. */
  readonly name: string;
  /** Its whole shape there: [rows, columns], or [length] of a vector. */
  readonly shape: readonly number[];
  /** Which rows are taken, in this order; all unless given. */
  readonly rows?: readonly number[] | { readonly from: number; readonly count: number };
  /** Whether its rows are the classes, to be turned where class 0 is the relevant one. */
  readonly classes?: boolean;
  /** What its numbers are multiplied by; 1 unless given. */
  readonly scale?: number;
  /** What all its numbers are, where it is none of the checkpoint's. */
  readonly fill?: number;
}

/** A linear layer y = x Wᵀ + b by the names of its tensors. */
export interface LinearNames {
  /** Columns of x. */
  readonly inputs: number;
  /** Columns of y. */
  readonly outputs: number;
  /** W [outputs, inputs]. */
  readonly weight: WeightName;
  /** b [outputs]; zeros unless given. */
  readonly bias?: WeightName;
}

/** A LayerNorm or RMSNorm by the names of its tensors. */
export interface NormNames {
  /** γ. */
  readonly gain: WeightName;
  /** β; none unless given. */
  readonly bias?: WeightName;
  /** ε. */
  readonly epsilon: number;
  /** `layer` unless given. */
  readonly kind?: "layer" | "rms";
}

/** The tables that embeddings are looked up in, by the names of their tensors. */
export interface EmbeddingNames {
  /** [vocabulary, E]; on the host, as a batch needs few of its lines. */
  readonly words: WeightName;
  /** [positions, E]; not added unless given. */
  readonly positions?: WeightName;
  /** [types, E]; not added unless given. */
  readonly types?: WeightName;
  /** The LayerNorm of their sum, if any. */
  readonly norm?: NormNames;
}

/** Rotary position embedding (Su et al. 2021, arXiv:2104.09864), in halves of each head. */
export interface Rotary {
  /** θ: pair i of d/2 turns by position · θ^(-2i/d). */
  readonly theta: number;
  /** d, width of a head. */
  readonly width: number;
  /** Most positions. */
  readonly positions: number;
}

/** A learned bias of scores by relative position (Raffel et al. 2020, arXiv:1910.10683), both directions. */
export interface RelativeBias {
  /** [buckets, H]. */
  readonly table: WeightName;
  /** Distances from which on all share the last bucket. */
  readonly maxDistance: number;
  /** Most tokens. */
  readonly positions: number;
}

/** DeBERTa's positions, which go through the projections of queries and keys themselves. */
export interface RelativeProjections {
  /** [2 · span, C]. */
  readonly table: WeightName;
  /** What normalises the table, if anything. */
  readonly norm?: NormNames;
  readonly query: LinearNames;
  readonly key: LinearNames;
  /** The line of the table for the distance i - j of a query at i and a key at j. */
  readonly bucketOf: (distance: number) => number;
  /** Most tokens. */
  readonly positions: number;
}

/** Where a linear's outputs are neurons. */
export interface Site {
  /** From 0. */
  readonly layer: number;
  /** Which linear of the layer, e.g. `value`. */
  readonly component: string;
  /** Its outputs, before activation, residual and normalisation. */
  readonly value: Value;
  /** The place of its step. */
  readonly step: number;
}

/** Attention whose probabilities are units (heads.ts). */
export interface HeadSite {
  /** From 0. */
  readonly layer: number;
  /** `heads`, or `cross_heads`. */
  readonly component: string;
  /** What attends. */
  readonly attend: Step & { readonly kind: "attend" };
}

/** A value that separates input and output: its conductances sum to F(input) - F(baseline). */
export interface Cut {
  /** E.g. `3.attention`. */
  readonly name: string;
  readonly value: Value;
}

/** How attention goes; see {@linkcode import("../compute/ops.ts").Attention}. */
export interface AttentionSpec {
  /** H. */
  readonly heads: number;
  /** Heads of keys and values; H unless given. */
  readonly keyHeads?: number;
  /** What q·k is multiplied by; 1/√d unless given. */
  readonly scale?: number;
  /** Whether a token sees none after it. */
  readonly causal?: boolean;
  /** How far a token sees; everywhere unless given. */
  readonly window?: number;
  /** What is added to scores by relative position. */
  readonly bias?: RelativeBias;
  /** DeBERTa's relative positions. */
  readonly relative?: RelativeProjections;
}

/** One operation of {@linkcode import("../compute/ops.ts").Ops} on values. */
export type Step =
  | { readonly kind: "embed"; readonly out: Value; readonly embedding: EmbeddingNames }
  | {
    readonly kind: "linear";
    readonly out: Value;
    readonly x: Value;
    readonly linear: LinearNames;
    readonly site?: Omit<Site, "value" | "step">;
    /** gelu(out), made in the same pass. */
    readonly activated?: Value;
    /** What x was before gelu made it, where the step before made both. */
    readonly preactivation?: Value;
  }
  | {
    readonly kind: "addNorm";
    readonly out: Value;
    readonly x: Value;
    readonly residual: Value;
    readonly norm: NormNames;
  }
  | { readonly kind: "norm"; readonly out: Value; readonly x: Value; readonly norm: NormNames }
  | { readonly kind: "add"; readonly out: Value; readonly x: Value; readonly y: Value }
  | {
    readonly kind: "activate";
    readonly out: Value;
    readonly x: Value;
    readonly name: ActivationName;
    /** What the activation is multiplied by. */
    readonly gate?: Value;
  }
  | { readonly kind: "rotate"; readonly out: Value; readonly x: Value; readonly rotary: Rotary }
  | {
    readonly kind: "attend";
    readonly out: Value;
    /** log Σ exp of the scores, by head. */
    readonly lse: Value;
    readonly query: Value;
    readonly key: Value;
    readonly value: Value;
    readonly attention: AttentionSpec;
    /** Where its probabilities are units: the layer of the linear that its queries come of. */
    readonly site?: Pick<Site, "layer" | "component">;
  }
  | { readonly kind: "tanh"; readonly out: Value; readonly x: Value }
  | { readonly kind: "take"; readonly out: Value; readonly x: Value }
  | { readonly kind: "pool"; readonly out: Value; readonly x: Value }
  | { readonly kind: "start"; readonly out: Value; readonly word: WeightName }
  /** Ones in the lines of a segment's tokens, zeros in others (below.ts). */
  | { readonly kind: "segment"; readonly out: Value; readonly segment: number }
  | {
    readonly kind: "similarity";
    readonly out: Value;
    readonly x: Value;
    readonly similarity: Similarity;
  }
  | {
    readonly kind: "maxSim";
    readonly out: Value;
    /** Of a query's token, which of the passage's is taken. */
    readonly best: Value;
    readonly x: Value;
  }
  | {
    readonly kind: "terms";
    readonly out: Value;
    readonly x: Value;
    /** Makes logits of some words each, the whole vocabulary together. */
    readonly tiles: readonly LinearNames[];
  };

/** A forward pass, recorded. */
export interface Graph {
  /** In the order in which they run. */
  readonly steps: readonly Step[];
  /** Kinds of steps that occur. */
  readonly kinds: ReadonlySet<Step["kind"]>;
  /** Columns and lines of every value, by id. */
  readonly values: readonly Value[];
  /** The linears whose outputs are neurons, in the order of their steps. */
  readonly sites: readonly Site[];
  /** The attention whose heads' conductances are asked for, in the order of their steps. */
  readonly heads: readonly HeadSite[];
  /** From the embeddings upwards. */
  readonly cuts: readonly Cut[];
  /** Texts of a sequence: 2 where query and passage are encoded apart. */
  readonly texts: 1 | 2;
  /** Which of a text's tokens is taken for it. */
  readonly taken: "first" | "last";
  /** The logits [sequences, labels]; below a unit (below.ts) the outputs of its linear. */
  readonly output: Value;
  /** Values of sites and cuts, and what heads' conductances are made of, in order and each once. */
  readonly kept: readonly Value[];
  /** For every step, whether gradients pass through it: whether it depends on a kept value. */
  readonly differentiated: readonly boolean[];
  /** For every value, by id, the last step that reads it; its own where none does. */
  readonly lastRead: readonly number[];
  /** For every value, by id, the step that makes it. */
  readonly madeBy: readonly number[];
  /** For every value, by id, how many steps read it. */
  readonly readers: readonly number[];
  /** The values that the gradients' rules read. */
  readonly readByGradients: ReadonlySet<Value>;
}

/** What a step reads. */
export function inputsOf(step: Step): readonly Value[] {
  switch (step.kind) {
    case "embed":
    case "start":
    case "segment":
      return [];
    case "linear":
    case "norm":
    case "rotate":
    case "tanh":
    case "take":
    case "pool":
    case "similarity":
    case "maxSim":
    case "terms":
      return [step.x];
    case "addNorm":
      return [step.x, step.residual];
    case "add":
      return [step.x, step.y];
    case "activate":
      return step.gate ? [step.x, step.gate] : [step.x];
    case "attend":
      return [step.query, step.key, step.value];
  }
}

/** What a step makes. */
export function outputsOf(step: Step): readonly Value[] {
  if (step.kind === "attend") return [step.out, step.lse];
  if (step.kind === "maxSim") return [step.out, step.best];
  if (step.kind === "linear" && step.activated) return [step.out, step.activated];
  return [step.out];
}

/** Which values of the forward pass the rule of a step's gradients reads. */
function readByGradient(step: Step): readonly Value[] {
  switch (step.kind) {
    case "embed":
    case "start":
    case "segment":
    case "add":
    case "rotate":
    case "take":
    case "pool":
      return [];
    case "linear":
      return step.preactivation ? [step.preactivation] : [];
    case "tanh":
      return [step.out];
    case "norm":
    case "addNorm":
    case "activate":
    case "similarity":
    case "terms":
      return inputsOf(step);
    case "attend":
      return [step.query, step.key, step.value, step.out, step.lse];
    case "maxSim":
      return [step.x, step.best];
  }
}

/**
 * The token that values of a line a sequence count for: the one that is taken for the text; of a decoder,
 * which has a token of its own, the text's last.
 */
export function placeOfSequence(
  { taken, kinds }: Pick<Graph, "taken" | "kinds">,
  tokens: number,
): number {
  return taken === "first" && !kinds.has("start") ? 0 : tokens - 1;
}

/** A linear whose outputs are neurons; undefined where the layer has no such component. */
export function findSite(
  { sites }: Pick<Graph, "sites">,
  layer: number,
  component: string,
): Site | undefined {
  return sites.find((one) => one.layer === layer && one.component === component);
}

/** The outputs of a linear whose neurons are asked for. */
export function siteValue(graph: Graph, layer: number, component: string): Value {
  const site = findSite(graph, layer, component);
  if (site) return site.value;
  throw new RangeError(`Cannot find ${layer}.${component}: the model has no such linear`);
}

/** What all else of a graph follows from. */
export type Recorded = Pick<Graph, "steps" | "values" | "cuts" | "output" | "taken" | "texts">;

/** The attention whose probabilities are units, asked for or not. */
export function headSites({ steps }: Pick<Graph, "steps">): HeadSite[] {
  return steps.flatMap((attend): HeadSite[] =>
    attend.kind === "attend" && attend.site ? [{ ...attend.site, attend }] : []
  );
}

/**
 * The graph of some steps, which asks for the linears' outputs unless told otherwise; the output's own
 * neurons, where it has some, are not asked for.
 */
export function completed(
  { steps, values, cuts, output, taken, texts }: Recorded,
  asked: readonly UnitKind[] = ["linears"],
): Graph {
  const sites = steps.flatMap((step, at): Site[] =>
    asked.includes("linears") && step.kind === "linear" && step.site && step.out !== output
      ? [{ ...step.site, value: step.out, step: at }]
      : []
  );
  const heads = asked.includes("heads") ? headSites({ steps }) : [];
  const kept = [
    ...new Set([
      ...sites.map(({ value }) => value),
      ...heads.flatMap(({ attend: { query, key, value, out } }) => [query, key, value, out]),
      ...cuts.map(({ value }) => value),
    ]),
  ].sort((a, b) => a.id - b.id);
  const differentiated = dependsOn(steps, kept);
  const graph: Graph = {
    ...{ steps, values, sites, heads, cuts, output, kept, differentiated, taken, texts },
    kinds: new Set(steps.map(({ kind }) => kind)),
    ...usesOf({ steps, values, output }),
    readByGradients: new Set(steps.flatMap((s, i) => differentiated[i] ? readByGradient(s) : [])),
  };
  checkCuts(graph);
  return graph;
}

/** For every step, whether what it reads comes of some of `values`. */
function dependsOn(steps: readonly Step[], values: readonly Value[]): boolean[] {
  const known = new Set(values);
  return steps.map((step) => {
    const depends = inputsOf(step).some((value) => known.has(value));
    if (depends) { for (const value of outputsOf(step)) known.add(value); }
    return depends;
  });
}

/** By whom every value is made and read. */
function usesOf(
  { steps, values, output }: Pick<Graph, "steps" | "values" | "output">,
): Pick<Graph, "lastRead" | "madeBy" | "readers"> {
  const lastRead = values.map(() => 0);
  const madeBy = values.map(() => -1);
  const readers = values.map(() => 0);
  steps.forEach((step, at) => {
    for (const { id } of outputsOf(step)) lastRead[id] = madeBy[id] = at;
    for (const { id } of new Set(inputsOf(step))) {
      lastRead[id] = at;
      readers[id]++;
    }
  });
  lastRead[output.id] = steps.length; // whoever runs the graph reads it
  return { lastRead, madeBy, readers };
}

/** Every path from the embeddings to the output must pass each cut. */
function checkCuts({ steps, cuts, output }: Pick<Graph, "steps" | "cuts" | "output">): void {
  const embedded = steps.flatMap((step) => step.kind === "embed" ? [step.out] : []);
  for (const { name, value: closed } of cuts) {
    const reached = new Set(embedded.filter((value) => value !== closed));
    for (const step of steps) {
      if (!inputsOf(step).some((value) => reached.has(value))) continue;
      for (const value of outputsOf(step)) if (value !== closed) reached.add(value);
    }
    if (reached.has(output)) {
      throw new Error(`Cannot use cut ${name}: influence of the input passes it by`);
    }
  }
}
