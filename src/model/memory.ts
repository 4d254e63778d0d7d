/** How much memory passes take: what lives when, counted by running them without numbers. */

import type { Ops, Tensor } from "../compute/ops.ts";
import { backward } from "./backward.ts";
import type { SequenceTensors } from "./batch.ts";
import { type Encoder, forward, logitsOf } from "./forward.ts";
import type { Graph } from "./graph.ts";
import { keptTensors } from "./kept.ts";

/** Numbers that a pass holds at most for one token, beside kept values and their gradients. */
export interface NumbersPerPass {
  /** Forwards alone, keeping nothing. */
  readonly scoring: number;
  /** Forwards and backwards. */
  readonly gradients: number;
}

const known = new WeakMap<Graph, NumbersPerPass>();

/** What lives at most at once; values of a line a sequence count for a token too. */
export function numbersPerPass(graph: Graph): NumbersPerPass {
  const found = known.get(graph) ?? count(graph);
  known.set(graph, found);
  return found;
}

function count(graph: Graph): NumbersPerPass {
  const scoring = counting();
  forward(countedEncoder(graph, scoring.ops), pass);
  const both = counting();
  const encoder = countedEncoder(graph, both.ops);
  const [values, gradients] = [0, 1].map(() => keptTensors(uncounted, graph, one));
  const run = forward(encoder, pass, values);
  const { output } = graph;
  const dout = output.lines === "token" ? both.ops.empty(1, output.width) : logitsOf(encoder, run);
  backward(encoder, { run, gradients }, dout);
  return { scoring: scoring.most(), gradients: both.most() };
}

const one = { tokens: 1, sequences: 1 };
const tensor = (rows: number, width: number): Tensor => ({ rows, width, type: "float" });
const uncounted = { empty: tensor } as unknown as Ops;

/** A batch of one sequence of one token; nothing looks at its numbers. */
const pass = {
  pairs: {} as never,
  sequences: { tokens: 1, count: 1, longest: 1 } as SequenceTensors,
};

/** Operations that compute nothing, and note how many numbers live at most. */
function counting(): { readonly ops: Ops; readonly most: () => number } {
  const living = new Map<Tensor, number>();
  let [now, most] = [0, 0];
  const make = (rows: number, width: number) => {
    const made = tensor(rows, width);
    living.set(made, rows * width);
    most = Math.max(most, now += rows * width);
    return made;
  };
  const free = (...tensors: readonly Tensor[]) => {
    for (const one of tensors) {
      now -= living.get(one) ?? 0;
      living.delete(one);
    }
  };
  const known: Partial<Ops> = { empty: make, zeros: make, free };
  const ops = new Proxy(known, { get: (all, name) => Reflect.get(all, name) ?? (() => {}) });
  return { ops: ops as Ops, most: () => most };
}

function countedEncoder(graph: Graph, ops: Ops): Encoder {
  const nothing = { get: () => ({}) };
  return {
    ...{ ops, graph, config: {} as never },
    weights: new Proxy({}, { get: () => nothing }) as never,
  };
}
