/** Names of a checkpoint's tensors, as PyTorch's modules give them. */

import type { LinearNames, NormNames, Value, WeightName } from "../steps.ts";
import type { Build } from "../record.ts";
import type { ModuleHead } from "../modules.ts";

/** Options of {@linkcode linear}. */
export interface LinearOptions {
  /** Whether there is a bias; true unless given. */
  readonly bias?: boolean;
  /** Which rows of a larger tensor of `of` rows are this linear's; all unless given. */
  readonly rows?: { readonly from: number; readonly of: number };
  /** Whether a row is a class. */
  readonly classes?: boolean;
}

/** `nn.Linear`: `<name>.weight` [outputs, inputs], `<name>.bias` [outputs]. */
export function linear(
  name: string,
  outputs: number,
  inputs: number,
  { bias = true, rows, classes }: LinearOptions = {},
): LinearNames {
  const all = rows?.of ?? outputs;
  const part = {
    ...(rows ? { rows: { from: rows.from, count: outputs } } : {}),
    ...(classes ? { classes } : {}),
  };
  return {
    ...{ inputs, outputs },
    weight: { name: `${name}.weight`, shape: [all, inputs], ...part },
    ...(bias ? { bias: { name: `${name}.bias`, shape: [all], ...part } } : {}),
  };
}

/** `nn.LayerNorm`, or an RMSNorm: `<name>.weight` and, of a LayerNorm, `<name>.bias` unless told otherwise. */
export function norm(
  name: string,
  width: number,
  { epsilon, kind = "layer", bias = kind === "layer" }: {
    readonly epsilon: number;
    readonly kind?: "layer" | "rms";
    readonly bias?: boolean;
  },
): NormNames {
  return {
    gain: { name: `${name}.weight`, shape: [width] },
    ...(bias ? { bias: { name: `${name}.bias`, shape: [width] } } : {}),
    ...{ epsilon, kind },
  };
}

/** `nn.Embedding`: `<name>.weight` [lines, width]. */
export function table(name: string, lines: number, width: number): WeightName {
  return { name: `${name}.weight`, shape: [lines, width] };
}

/** The modules of sentence-transformers behind a pooled vector; the last gives the logits, or the vector. */
export function moduleHead(b: Build, pooled: Value, { layers, similarity }: ModuleHead): Value {
  const last = layers.reduce((x, layer, i) => {
    if (layer.kind === "norm") {
      return b.norm(x, norm(`${layer.path}/norm`, layer.width, { epsilon: 1e-5 }));
    }
    const { path, outputs, inputs, bias, activation } = layer;
    const classes = !similarity && i === layers.length - 1;
    const name = path === "" ? "linear" : `${path}/linear`;
    const y = b.linear(x, linear(name, outputs, inputs, { bias, classes }));
    return activation === "none" ? y : b.activate(y, activation);
  }, pooled);
  if (similarity === "max-sim") return b.maxSim(b.norm(last, unit(last.width)));
  return similarity ? b.compare(last, similarity) : last;
}

/** Rows of length 1, as PyTorch's `normalize` makes them: an RMSNorm of all γ = 1/√width. */
function unit(width: number): NormNames {
  const gain = { name: `1/√${width}`, shape: [width], fill: 1 / Math.sqrt(width) };
  return { gain, epsilon: 1e-24, kind: "rms" };
}
