/**
 * A recorded forward pass: which steps make a score of embeddings, in order, without any numbers. A
 * family writes it once (families/, record.ts); forward.ts runs it, backward.ts has one rule a step for the
 * way back.
 *
 * @module
 */

import type { UnitKind } from "./heads.ts";
import {
  inputsOf,
  outputsOf,
  readByGradient,
  type SiteName,
  type Step,
  type Value,
} from "./steps.ts";

/** A linear whose outputs are neurons. */
export interface Site extends SiteName {
  /** Its outputs, before activation, residual and normalisation. */
  readonly value: Value;
  /** The place of its step. */
  readonly step: number;
}

/** Attention whose probabilities are units (heads.ts). */
export interface HeadSite extends SiteName {
  /** What attends. */
  readonly attend: Step & { readonly kind: "attend" };
}

/** A value that separates input and output: its conductances sum to F(input) - F(baseline). */
export interface Cut {
  /** E.g. `3.attention`. */
  readonly name: string;
  readonly value: Value;
}

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

/** For each of a pair's texts, the token that values of a line a text count for. */
export function tokensOfTexts(
  graph: Pick<Graph, "taken" | "kinds">,
  texts: readonly { readonly first: number; readonly count: number }[],
): number[] {
  return texts.map(({ first, count }) => first + placeOfSequence(graph, count));
}

/** The tokens that a value's lines count for; undefined where it has a line a token. */
export function tokensOfLines(
  graph: Pick<Graph, "taken" | "kinds">,
  { lines }: Value,
  texts: readonly { readonly first: number; readonly count: number }[],
): readonly number[] | undefined {
  return lines === "token" ? undefined : tokensOfTexts(graph, texts);
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
