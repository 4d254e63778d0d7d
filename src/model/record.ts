/** Records a family's forward pass as a graph. */

import type { ActivationName, Similarity } from "../compute/ops.ts";
import { completed, type Cut, type Graph, type Site } from "./graph.ts";
import {
  type AttentionSpec,
  type EmbeddingNames,
  inputsOf,
  type LinearNames,
  type Lines,
  type NormNames,
  type Rotary,
  type Step,
  type Value,
  type WeightName,
} from "./steps.ts";
import { headsOfQuery } from "./heads.ts";

/** Records a forward pass; every method returns what the step makes. */
export interface Build {
  /** The words' embeddings, with what is added to them. */
  embed(embedding: EmbeddingNames): Value;
  /** x Wᵀ + b; the outputs are neurons where a site is given. */
  linear(x: Value, linear: LinearNames, site?: Omit<Site, "value" | "step">): Value;
  /** Norm(x), or LayerNorm(x + residual). */
  norm(x: Value, norm: NormNames, residual?: Value): Value;
  /** x + y. */
  add(x: Value, y: Value): Value;
  /** f(x), or f(x) ⊙ gate. */
  activate(x: Value, name: ActivationName | "tanh", gate?: Value): Value;
  /** Every head turned by its token's position. */
  rotate(x: Value, rotary: Rotary): Value;
  /** softmax(QKᵀ/√d) V, head by head, or as `attention` says. */
  attend(query: Value, key: Value, value: Value, attention: AttentionSpec): Value;
  /** The line of each sequence's first token, or of its last; the same one in all of a graph. */
  take(x: Value, which?: "first" | "last"): Value;
  /** The mean of each sequence's lines. */
  pool(x: Value): Value;
  /** The embedding of one word for every sequence, whatever the input: where a decoder starts. */
  start(word: WeightName): Value;
  /** How alike the vectors of a sequence's two texts are. */
  compare(x: Value, similarity: Similarity): Value;
  /** The sum over the query's tokens of the largest product with one of the passage's. */
  maxSim(x: Value): Value;
  /** The product of the weights that words have in a sequence's two texts; `tiles` make their logits. */
  terms(x: Value, tiles: readonly LinearNames[]): Value;
  /** Declares a value through which all of the input's influence passes. */
  cut(name: string, value: Value): void;
}

/**
 * Records what `forward` builds.
 *
 * `texts` 2: each of a sequence's two texts is encoded by itself; what is taken or pooled has a line a text.
 *
 * @throws {Error} where a declared cut lets influence pass by, or a step cannot be run as recorded: both
 * are mistakes of the family.
 */
export function record(forward: (build: Build) => Value, texts: 1 | 2 = 1): Graph {
  const recorded: Step[] = [];
  const values: Value[] = [];
  const cuts: Cut[] = [];
  let taken: "first" | "last" | undefined;
  const make = (width: number, lines: Lines): Value => {
    const value = { id: values.length, width, lines };
    values.push(value);
    return value;
  };
  const push = (step: Step): Value => {
    recorded.push(step);
    return step.out;
  };
  const whole = texts === 2 ? "text" : "sequence";
  const like = ({ width, lines }: Value) => make(width, lines);

  const output = forward({
    embed: (embedding) =>
      push({ kind: "embed", out: make(embedding.words.shape[1], "token"), embedding }),
    linear: (x, linear, site) =>
      push({ kind: "linear", out: make(linear.outputs, x.lines), x, linear, site }),
    norm: (x, norm, residual) =>
      push(
        residual
          ? { kind: "addNorm", out: like(x), x, residual, norm }
          : { kind: "norm", out: like(x), x, norm },
      ),
    add: (x, y) => push({ kind: "add", out: like(x), x, y }),
    activate: (x, name, gate) =>
      push(
        name === "tanh"
          ? { kind: "tanh", out: like(x), x }
          : { kind: "activate", out: like(x), x, name, gate },
      ),
    rotate: (x, rotary) => push({ kind: "rotate", out: like(x), x, rotary }),
    attend(query, key, value, attention) {
      const out = make(query.width, query.lines);
      const lse = make(attention.heads, query.lines);
      const site = headsSite(recorded, query);
      return push({ kind: "attend", out, lse, query, key, value, attention, site });
    },
    take(x, which = "first") {
      if (taken && taken !== which) {
        throw new Error("Cannot take first and last tokens in one graph");
      }
      taken = which;
      return push({ kind: "take", out: make(x.width, whole), x });
    },
    pool: (x) => push({ kind: "pool", out: make(x.width, whole), x }),
    start: (word) => push({ kind: "start", out: make(word.shape[1], "sequence"), word }),
    compare: (x, similarity) =>
      push({ kind: "similarity", out: make(1, "sequence"), x, similarity }),
    maxSim: (x) => push({ kind: "maxSim", out: make(1, "sequence"), best: make(1, x.lines), x }),
    terms: (x, tiles) => push({ kind: "terms", out: make(1, "sequence"), x, tiles }),
    cut: (name, value) => cuts.push({ name, value }),
  });
  return completed({ steps: fuse(recorded), values, cuts, output, taken: taken ?? "first", texts });
}

/** The layer whose heads queries are made for, by the linear that they come of. */
function headsSite(
  steps: readonly Step[],
  query: Value,
): Pick<Site, "layer" | "component"> | undefined {
  const made = steps.find((step) => step.out === query);
  if (made?.kind === "rotate" || made?.kind === "norm") return headsSite(steps, made.x);
  if (made?.kind !== "linear" || !made.site) return undefined;
  const { layer, component } = made.site;
  return { layer, component: headsOfQuery(component) };
}

/**
 * Joins a GELU with the linear that makes what it is of, where only another linear reads it: one pass
 * makes both, and on the way back one makes the gradient of what GELU was applied to.
 */
function fuse(steps: readonly Step[]): Step[] {
  const readersOf = (value: Value) => steps.filter((step) => inputsOf(step).includes(value));
  const preactivations = new Map<Value, Value>();
  const fused: Step[] = [];
  for (const step of steps) {
    const before = fused.at(-1);
    const isGelu = step.kind === "activate" && step.name === "gelu" && !step.gate;
    if (isGelu && before?.kind === "linear" && before.out === step.x) {
      const readers = readersOf(step.out);
      const alone = readersOf(step.x).length === 1 && readers.length === 1;
      if (alone && readers[0].kind === "linear") {
        preactivations.set(step.out, step.x);
        fused[fused.length - 1] = { ...before, activated: step.out };
        continue;
      }
    }
    fused.push(
      step.kind === "linear" ? { ...step, preactivation: preactivations.get(step.x) } : step,
    );
  }
  return fused;
}
