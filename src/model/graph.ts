/**
 * A recorded forward pass: which operations make a score of embeddings, in order, without any numbers. A
 * family writes it once (families/); run.ts runs it, gradients.ts has one rule a step for the way back.
 *
 * @module
 */

/** How many lines a value has: one a token, or one a sequence. */
export type Lines = "token" | "sequence";

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

/** A LayerNorm by the names of its tensors. */
export interface NormNames {
  /** γ. */
  readonly gain: WeightName;
  /** β. */
  readonly bias: WeightName;
  /** ε. */
  readonly epsilon: number;
}

/** The tables that embeddings are looked up in, by the names of their tensors. */
export interface EmbeddingNames {
  /** [vocabulary, E]; on the host, as a batch needs few of its lines. */
  readonly words: WeightName;
  /** [positions, E]. */
  readonly positions: WeightName;
  /** [types, E]. */
  readonly types: WeightName;
  /** The LayerNorm of their sum. */
  readonly norm: NormNames;
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

/** Values that separate input and output: their conductances sum to F(input) - F(baseline). */
export interface Cut {
  /** E.g. `3.attention`. */
  readonly name: string;
  /** Mostly one. */
  readonly values: readonly Value[];
}

/** How attention goes. */
export interface AttentionSpec {
  /** H. */
  readonly heads: number;
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
  | {
    readonly kind: "attend";
    readonly out: Value;
    /** log Σ exp of the scores, by head. */
    readonly lse: Value;
    readonly query: Value;
    readonly key: Value;
    readonly value: Value;
    readonly attention: AttentionSpec;
  }
  | { readonly kind: "tanh"; readonly out: Value; readonly x: Value }
  | { readonly kind: "take"; readonly out: Value; readonly x: Value };

/** A forward pass, recorded. */
export interface Graph {
  /** In the order in which they run. */
  readonly steps: readonly Step[];
  /** Columns and lines of every value, by id. */
  readonly values: readonly Value[];
  /** The linears whose outputs are neurons, in the order of their steps. */
  readonly sites: readonly Site[];
  /** From the embeddings upwards. */
  readonly cuts: readonly Cut[];
  /** The logits [sequences, labels]. */
  readonly output: Value;
  /** Values of sites and cuts, whose conductances are asked for, in order and each once. */
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

/** Records a forward pass; every method returns what the step makes. */
export interface Build {
  /** The words' embeddings, with what is added to them. */
  embed(embedding: EmbeddingNames): Value;
  /** x Wᵀ + b; the outputs are neurons where a site is given. */
  linear(x: Value, linear: LinearNames, site?: Omit<Site, "value" | "step">): Value;
  /** LayerNorm(x + residual). */
  norm(x: Value, norm: NormNames, residual: Value): Value;
  /** The exact GELU of what the step before made, or tanh of anything. */
  activate(x: Value, name: "gelu" | "tanh"): Value;
  /** softmax(QKᵀ/√d) V, head by head. */
  attend(query: Value, key: Value, value: Value, attention: AttentionSpec): Value;
  /** The line of each sequence's first token, [CLS]. */
  take(x: Value): Value;
  /** Declares values through which all of the input's influence passes. */
  cut(name: string, ...values: readonly Value[]): void;
}

/** What a step reads. */
export function inputsOf(step: Step): readonly Value[] {
  switch (step.kind) {
    case "embed":
      return [];
    case "linear":
    case "tanh":
    case "take":
      return [step.x];
    case "addNorm":
      return [step.x, step.residual];
    case "attend":
      return [step.query, step.key, step.value];
  }
}

/** What a step makes. */
export function outputsOf(step: Step): readonly Value[] {
  if (step.kind === "attend") return [step.out, step.lse];
  if (step.kind === "linear" && step.activated) return [step.out, step.activated];
  return [step.out];
}

/** Which values of the forward pass the rule of a step's gradients reads. */
export function readByGradient(step: Step): readonly Value[] {
  switch (step.kind) {
    case "embed":
    case "take":
      return [];
    case "linear":
      return step.preactivation ? [step.preactivation] : [];
    case "tanh":
      return [step.out];
    case "addNorm":
      return [step.x, step.residual];
    case "attend":
      return [step.query, step.key, step.value, step.out, step.lse];
  }
}

/** The outputs of a linear whose neurons are asked for. */
export function siteValue({ sites }: Graph, layer: number, component: string): Value {
  const site = sites.find((one) => one.layer === layer && one.component === component);
  if (site) return site.value;
  throw new RangeError(`Cannot find ${layer}.${component}: the model has no such linear`);
}

/**
 * Records what `forward` builds.
 *
 * @throws {Error} where a declared cut lets influence pass by, or a step cannot be run as recorded: both
 * are mistakes of the family.
 */
export function record(forward: (build: Build) => Value): Graph {
  const steps: Step[] = [];
  const values: Value[] = [];
  const sites: Site[] = [];
  const cuts: Cut[] = [];
  const make = (width: number, lines: Lines): Value => {
    const value = { id: values.length, width, lines };
    values.push(value);
    return value;
  };
  const push = <S extends Step>(step: S): Value => {
    steps.push(step);
    return step.out;
  };
  /** The step that made the activated form of another value, by the id of that form. */
  const preactivations = new Map<number, Value>();

  const output = forward({
    embed: (embedding) =>
      push({ kind: "embed", out: make(embedding.words.shape[1], "token"), embedding }),
    linear(x, linear, site) {
      const out = make(linear.outputs, x.lines);
      if (site) sites.push({ ...site, value: out, step: steps.length });
      return push({
        ...{ kind: "linear", out, x, linear, site },
        preactivation: preactivations.get(x.id),
      });
    },
    norm: (x, norm, residual) =>
      push({ kind: "addNorm", out: make(x.width, x.lines), x, residual, norm }),
    activate(x, name) {
      if (name === "tanh") return push({ kind: "tanh", out: make(x.width, x.lines), x });
      const step = steps.pop();
      if (step?.kind !== "linear" || step.out !== x) {
        throw new Error("Cannot record gelu: expected what the linear just before made");
      }
      const activated = make(x.width, x.lines);
      preactivations.set(activated.id, x);
      steps.push({ ...step, activated });
      return activated;
    },
    attend(query, key, value, attention) {
      const out = make(query.width, query.lines);
      const lse = make(attention.heads, query.lines);
      return push({ kind: "attend", out, lse, query, key, value, attention });
    },
    take: (x) => push({ kind: "take", out: make(x.width, "sequence"), x }),
    cut: (name, ...at) => cuts.push({ name, values: at }),
  });
  const kept = [...new Set([...sites.map(({ value }) => value), ...cuts.flatMap((c) => c.values)])]
    .sort((a, b) => a.id - b.id);
  const differentiated = dependsOn(steps, kept);
  const graph: Graph = {
    ...{ steps, values, sites, cuts, output, kept, differentiated },
    lastRead: lastReads({ steps, values, output }),
    madeBy: values.map((value) => steps.findIndex((step) => outputsOf(step).includes(value))),
    readers: values.map((value) => steps.filter((step) => inputsOf(step).includes(value)).length),
    readByGradients: new Set(steps.flatMap((s, i) => differentiated[i] ? readByGradient(s) : [])),
  };
  checkCuts(graph);
  checkActivated(graph);
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

function lastReads({ steps, values, output }: Pick<Graph, "steps" | "values" | "output">) {
  const last = values.map(() => 0);
  steps.forEach((step, i) => {
    for (const { id } of [...outputsOf(step), ...inputsOf(step)]) last[id] = i;
  });
  last[output.id] = steps.length; // whoever runs the graph reads it
  return last;
}

/** Every path from the embeddings to the output must pass each cut. */
function checkCuts({ steps, cuts, output }: Pick<Graph, "steps" | "cuts" | "output">): void {
  const embedded = steps.flatMap((step) => step.kind === "embed" ? [step.out] : []);
  for (const { name, values } of cuts) {
    const closed = new Set(values);
    const reached = new Set(embedded.filter((value) => !closed.has(value)));
    for (const step of steps) {
      if (!inputsOf(step).some((value) => reached.has(value))) continue;
      for (const value of outputsOf(step)) if (!closed.has(value)) reached.add(value);
    }
    if (reached.has(output)) {
      throw new Error(`Cannot use cut ${name}: influence of the input passes it by`);
    }
  }
}

/** The gradient of an activated value goes on to what it was made of at once: one reader makes it. */
function checkActivated({ steps }: Pick<Graph, "steps">): void {
  for (const step of steps) {
    if (step.kind !== "linear" || !step.activated) continue;
    const readers = steps.filter((other) => inputsOf(other).includes(step.activated!));
    const others = steps.filter((other) => inputsOf(other).includes(step.out));
    if (readers.length !== 1 || readers[0].kind !== "linear" || others.length > 0) {
      throw new Error("Cannot record gelu: expected one linear to read it, and none what it is of");
    }
  }
}
