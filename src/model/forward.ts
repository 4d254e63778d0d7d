/** Runs a recorded forward pass over the sequences of a batch. */

import type {
  Attention,
  Ops,
  RelativePositions,
  Rotation,
  Tensor,
  UnitMask,
} from "../compute/ops.ts";
import type { PairTensors, SequenceTensors } from "./batch.ts";
import type { EncoderConfig } from "./config.ts";
import type { Graph } from "./graph.ts";
import { inputsOf, outputsOf, type Step, type Value } from "./steps.ts";
import { type Kept, linesOf } from "./kept.ts";
import { linesUsed, type MasksOfRows } from "./mask.ts";
import { attend, headFactorsOf, onlySegments } from "./masked_heads.ts";
import { shiftOf } from "./shift.ts";
import { compareTerms } from "./terms.ts";
import type { Weights } from "./weights.ts";

/** A model in the memory of some operations. */
export interface Encoder {
  /** What computes it, and holds its weights. */
  readonly ops: Ops;
  /** Its sizes. */
  readonly config: EncoderConfig;
  /** Its forward pass. */
  readonly graph: Graph;
  /** Its weights. */
  readonly weights: Weights;
}

/** Inputs of a pass. */
export interface Pass {
  readonly pairs: PairTensors;
  readonly sequences: SequenceTensors;
  readonly masks?: MasksOfRows;
}

/** A pass under way: what its steps have made so far and is needed yet. */
export interface Run {
  readonly pass: Pass;
  /** By value; those that are kept for others live longer than the run. */
  readonly tensors: Map<Value, Tensor>;
  /** Where kept values go; others are freed as soon as nothing needs them. */
  readonly kept?: Kept;
  /** Whether gradients will be asked for, so that what their rules read is held on to. */
  readonly forGradients: boolean;
}

/**
 * Begins a pass; with `kept` its values are written there, and what gradients need is held on to unless
 * none will be asked for.
 */
export function openRun(pass: Pass, kept?: Kept, forGradients = kept !== undefined): Run {
  return { pass, tensors: new Map(kept), kept, forGradients };
}

/** Runs a whole pass. */
export function forward(encoder: Encoder, pass: Pass, kept?: Kept): Run {
  const run = openRun(pass, kept);
  runSteps(encoder, run, { from: 0, to: encoder.graph.steps.length });
  return run;
}

/** The graph's output of a pass that has run: the logits [sequences, labels], unless it ends below them. */
export function logitsOf({ graph: { output } }: Encoder, { tensors }: Run): Tensor {
  return tensors.get(output)!;
}

/** Gives back what a pass holds of its own. */
export function freeRun({ ops }: Encoder, { tensors, kept }: Run): void {
  for (const [value, tensor] of tensors) if (!kept?.has(value)) ops.free(tensor);
  tensors.clear();
}

/** Runs steps `from` … `to - 1` of a pass, whose inputs are there. */
export function runSteps(
  encoder: Encoder,
  run: Run,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const { ops, graph } = encoder;
  const { pass: { sequences }, tensors } = run;
  const capacity = { tokens: sequences.tokens, sequences: sequences.count };
  const lives = livesOf(graph, run);
  for (let at = from; at < to; at++) {
    const { made, done } = lives[at];
    for (const value of made) {
      tensors.set(value, ops.empty(linesOf(value, capacity), value.width));
    }
    runStep(encoder, run, graph.steps[at]);
    for (const value of done) {
      ops.free(tensors.get(value)!);
      tensors.delete(value);
    }
  }
}

/** What a step makes in memory of the run's own, and what nothing needs after it. */
interface Lives {
  readonly made: readonly Value[];
  readonly done: readonly Value[];
}

const known = new WeakMap<Graph, Partial<Record<"keeping" | "scoring", readonly Lives[]>>>();

/** For every step what lives from it and up to it; found once for passes that keep all values, or none. */
function livesOf(graph: Graph, { kept, forGradients }: Run): readonly Lives[] {
  if (kept && (!forGradients || kept.size !== graph.kept.length)) {
    return lives(graph, kept, forGradients);
  }
  const ofGraph = known.get(graph) ?? {};
  known.set(graph, ofGraph);
  return kept
    ? ofGraph.keeping ??= lives(graph, new Set(graph.kept), true)
    : ofGraph.scoring ??= lives(graph, new Set(), forGradients);
}

function lives(
  graph: Graph,
  elsewhere: { has(value: Value): boolean },
  forGradients: boolean,
): Lives[] {
  return graph.steps.map((step, at) => {
    const made = outputsOf(step).filter((value) => !elsewhere.has(value));
    const read = inputsOf(step).filter((value) => !elsewhere.has(value));
    const isDone = (value: Value) =>
      graph.lastRead[value.id] <= at && !(forGradients && graph.readByGradients.has(value));
    return { made, done: [...new Set([...read, ...made])].filter(isDone) };
  });
}

function runStep(encoder: Encoder, run: Run, step: Step): void {
  const { ops, weights } = encoder;
  const { pass: { pairs, sequences } } = run;
  const of = (value: Value) => run.tensors.get(value)!;
  const out = of(step.out);
  switch (step.kind) {
    case "embed": {
      const { positions, types, norm } = step.embedding;
      return ops.embed(out, {
        words: pairs.words,
        positions: positions && weights.tables.get(positions)!,
        types: types && weights.tables.get(types)!,
        norm: norm && weights.norms.get(norm)!,
        tokens: pairs.tokens,
        rows: sequences.embedSequences,
        rowOf: sequences.sequenceOfToken,
        t: sequences.t,
      });
    }
    case "linear": {
      const linear = weights.linears.get(step.linear)!;
      const activated = step.activated && of(step.activated);
      const [mask, shift] = [maskOf(run.pass, step), shiftOf(run.pass, step)];
      if (!shift) return ops.linear(out, of(step.x), linear, { mask, activated });
      ops.linear(out, of(step.x), linear, { mask });
      shift(ops, out);
      if (activated) ops.activate(activated, out, { name: "gelu" });
      return;
    }
    case "addNorm":
      return ops.addNorm(out, of(step.x), of(step.residual), weights.norms.get(step.norm)!);
    case "norm":
      return ops.norm(out, of(step.x), weights.norms.get(step.norm)!);
    case "add":
      return ops.add(out, of(step.x), of(step.y));
    case "activate":
      return ops.activate(out, of(step.x), { name: step.name, gate: step.gate && of(step.gate) });
    case "rotate":
      return ops.rotate(out, of(step.x), rotationOf(encoder, run, step));
    case "attend":
      return attend(ops, { out, lse: of(step.lse) }, {
        attention: attentionOf(encoder, run, step),
        factors: headFactorsOf(run.pass, step),
      });
    case "tanh":
      return ops.tanh(out, of(step.x));
    case "take":
      return ops.takeRows(out, of(step.x), sequences.taken);
    case "pool":
      return ops.meanRows(out, of(step.x), sequences.tokensOfSequence!);
    case "start":
      return ops.takeRows(out, weights.tables.get(step.word)!, sequences.firstLine!);
    case "segment": {
      const table = onlySegments(ops, [step.segment], step.out.width);
      const { segmentOfToken, segmentOfTaken } = sequences;
      ops.takeRows(out, table, step.out.lines === "token" ? segmentOfToken! : segmentOfTaken!);
      return ops.free(table);
    }
    case "similarity":
      return ops.similarity(out, of(step.x), step.similarity);
    case "maxSim":
      return ops.maxSim(out, of(step.best), of(step.x), sequences.pairs!, sequences.counted!);
    case "terms":
      return compareTerms(encoder, sequences, { out, x: of(step.x), tiles: step.tiles });
  }
}

/** The mask of a linear's output, and of its gradient; none where no unit of it is zeroed. */
export function maskOf(
  { masks }: Pick<Pass, "masks">,
  { out, site }: Pick<Step & { readonly kind: "linear" }, "out" | "site">,
  factors = masks?.masks.keep,
): UnitMask | undefined {
  const keep = site && factors?.[site.layer][site.component];
  if (!masks || !keep) return undefined;
  return { keep, maskOf: linesUsed(masks, out) };
}

/** How the heads of a value turn, by their tokens' positions; `inverse` turns gradients back. */
export function rotationOf(
  { weights }: Pick<Encoder, "weights">,
  { pass: { sequences } }: Pick<Run, "pass">,
  { x, rotary }: Pick<Step & { readonly kind: "rotate" }, "x" | "rotary">,
  inverse = false,
): Rotation {
  const positions = x.lines === "token" ? sequences.places! : sequences.takenPlaces!;
  return { angles: weights.rotations.get(rotary)!, positions, inverse };
}

/** The attention of a step over the sequences of a batch. */
export function attentionOf(
  { weights, graph }: Pick<Encoder, "weights" | "graph">,
  { pass, tensors }: Pick<Run, "pass" | "tensors">,
  { query, key, value, attention }: Step & { readonly kind: "attend" },
): Attention {
  const { sequences } = pass;
  const { relative, ...options } = attentionOptions({ weights, graph }, { query, attention });
  const queries = query.lines === "token" ? "tokens" : "one";
  const keys = key.lines === "token" ? "tokens" : "one";
  const rowsOf = { tokens: sequences.sequenceOfToken, one: sequences.sequenceOfQuery };
  const longest = { tokens: sequences.longest, one: 1 };
  return {
    query: tensors.get(query)!,
    key: tensors.get(key)!,
    value: tensors.get(value)!,
    rows: keys === "one"
      ? sequences.oneToOne!
      : queries === "one"
      ? sequences.lastSequences
      : sequences.attentionSequences,
    rowOfQuery: rowsOf[queries],
    rowOfKey: keys === "tokens" ? sequences.rowOfKey ?? rowsOf.tokens : rowsOf.one,
    longest: { queries: longest[queries], keys: longest[keys] },
    ...options,
    ...(relative && { relative: { ...relative, ...masksOf({ pass, graph }, query, key) } }),
  };
}

/** What a step's attention does, whatever its lines are. */
export function attentionOptions(
  { weights, graph }: Pick<Encoder, "weights" | "graph">,
  { query, attention }: Pick<Step & { readonly kind: "attend" }, "query" | "attention">,
): Omit<
  Attention,
  "query" | "key" | "value" | "rows" | "rowOfQuery" | "rowOfKey" | "longest"
> {
  const { bias, relative, ...options } = attention;
  return {
    ...options,
    ...(query.lines !== "token" && graph.taken === "last" && { queriesAre: "last" as const }),
    ...(bias && { bias: weights.biases.get(bias)! }),
    ...(relative && { relative: weights.relatives.get(relative)! }),
  };
}

/** Units of queries and keys that are masked in DeBERTa's tables too, which the same linears make. */
function masksOf(
  { pass, graph }: { readonly pass: Pick<Pass, "masks" | "sequences">; readonly graph: Graph },
  query: Value,
  key: Value,
): Pick<RelativePositions, "keep"> {
  const of = (value: Value, rows: Value): UnitMask | undefined => {
    const made = graph.steps[graph.madeBy[value.id]];
    if (made.kind !== "linear") return undefined;
    return maskOf(pass, { out: rows, site: made.site }, pass.masks?.masks.inTables);
  };
  const keep = { query: of(query, key), key: of(key, query) };
  return keep.query || keep.key ? { keep } : {};
}
