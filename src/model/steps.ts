/**
 * The steps of a forward pass: each is one operation on values, with the names of the checkpoint's tensors
 * that it needs; and what a step reads and makes.
 */

import type { ActivationName, Similarity } from "../compute/ops.ts";

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

/** Which linear, or which attention, of which layer. */
export interface SiteName {
  /** From 0. */
  readonly layer: number;
  /** E.g. `value`; of attention `heads` or `cross_heads`. */
  readonly component: string;
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
    readonly site?: SiteName;
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
    readonly site?: SiteName;
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
export function readByGradient(step: Step): readonly Value[] {
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
