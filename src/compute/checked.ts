/** Shape checks in front of every backend of the contract, so that no backend repeats them. */

import { attention } from "./checked_attention.ts";
import type { Linear, Norm, Ops, Tensor, UnitMask } from "./ops.ts";
import { indexed, same, shaped } from "./shapes.ts";

/** The same operations, which throw a `TypeError` naming the operation where shapes do not fit. */
export function checked(backend: Ops): Ops {
  const { limits } = backend;
  const sized = (operation: string, rows: number, width: number, length = rows * width) => {
    if (!(Number.isInteger(rows) && Number.isInteger(width) && rows > 0 && width > 0)) {
      throw new RangeError(`Cannot make a tensor in ${operation}: got shape ${rows} x ${width}`);
    }
    if (length !== rows * width) {
      throw new TypeError(
        `Cannot make a tensor in ${operation}: expected ${rows} x ${width} numbers, got ${length}`,
      );
    }
    const bytes = rows * width * limits.floatBytes;
    if (bytes > limits.tensorBytes) {
      throw new RangeError(
        `Cannot make a tensor of ${bytes} bytes: ${backend.adapter} holds at most ${limits.tensorBytes}`,
      );
    }
  };
  return {
    ...backend,
    zeros: (rows, width) => (sized("zeros", rows, width), backend.zeros(rows, width)),
    empty: (rows, width) => (sized("empty", rows, width), backend.empty(rows, width)),
    floats: (rows, width, data) => (
      sized("floats", rows, width, data.length), backend.floats(rows, width, data)
    ),
    weights: (rows, width, data) => (
      sized("weights", rows, width, data.length), backend.weights(rows, width, data)
    ),
    indices: (rows, width, data) => (
      sized("indices", rows, width, data.length), backend.indices(rows, width, data)
    ),
    slice(x, start, count) {
      const aligned = start >= 0 && start % limits.rowAlignment === 0;
      if (!(aligned && Number.isInteger(count) && count > 0 && start + count <= x.rows)) {
        throw new RangeError(
          `Cannot slice ${count} rows from ${start}: ${x.rows} rows, alignment ${limits.rowAlignment}`,
        );
      }
      return backend.slice(x, start, count);
    },
    embed(out, e) {
      same("embed", "width", out.width, e.words.width);
      for (const table of [e.positions, e.types]) {
        if (table) same("embed", "width", out.width, table.width);
      }
      if (e.norm) layerNorm("embed", out, e.norm, "bias or none");
      same("embed", "rows", out.rows, e.rowOf.rows);
      same("embed", "path rows", e.t.rows, e.rows.rows);
      same("embed", "width of t", 1, e.t.width);
      indexed("embed", [e.tokens, 4], [e.rows, 4], [e.rowOf, 1]);
      backend.embed(out, e);
    },
    linear(out, x, weights, options = {}) {
      linear("linear", out, x, weights);
      if (options.activated) shaped("linear", out, options.activated);
      if (options.mask) mask("linear", out, options.mask);
      backend.linear(out, x, weights, options);
    },
    linearBackward(dx, dy, weights, options = {}) {
      linear("linearBackward", dy, dx, weights);
      if (options.plus) shaped("linearBackward", dx, options.plus);
      if (options.preactivation) shaped("linearBackward", dx, options.preactivation);
      backend.linearBackward(dx, dy, weights, options);
    },
    tanh: (out, x) => (shaped("tanh", out, x), backend.tanh(out, x)),
    tanhBackward: (
      dx,
      dy,
      y,
    ) => (shaped("tanhBackward", dx, dy, y), backend.tanhBackward(dx, dy, y)),
    norm(out, x, weights) {
      shaped("norm", out, x);
      norm("norm", out, weights);
      backend.norm(out, x, weights);
    },
    normBackward(dx, dy, x, weights, options = {}) {
      shaped("normBackward", dx, dy, x);
      if (options.plus) shaped("normBackward", dx, options.plus);
      norm("normBackward", dx, weights);
      backend.normBackward(dx, dy, x, weights, options);
    },
    add(out, x, y) {
      shaped("add", out, x, y);
      if (x === y && out === x) {
        throw new TypeError("Cannot run add: expected an output that is one of x and y, got both");
      }
      backend.add(out, x, y);
    },
    divide: (out, x, y) => (shaped("divide", out, x, y), backend.divide(out, x, y)),
    activate(out, x, activation) {
      shaped("activate", out, x, ...(activation.gate ? [activation.gate] : []));
      backend.activate(out, x, activation);
    },
    activateBackward(dx, dout, x, activation) {
      const { gate, dgate } = activation;
      shaped("activateBackward", dx, dout, x);
      for (const other of [gate, dgate]) if (other) shaped("activateBackward", dx, other);
      if (dgate && !gate) {
        throw new TypeError("Cannot run activateBackward: expected a gate with dgate, got none");
      }
      backend.activateBackward(dx, dout, x, activation);
    },
    rotate(out, x, rotation) {
      const { angles, positions } = rotation;
      shaped("rotate", out, x);
      same("rotate", "rows", x.rows, positions.rows);
      indexed("rotate", [positions, 1]);
      if (angles.width % 2 !== 0 || x.width % angles.width !== 0) {
        throw new TypeError(
          `Cannot run rotate: expected an even number of angles' columns that divides width ${x.width}, got ${angles.width}`,
        );
      }
      backend.rotate(out, x, rotation);
    },
    addNorm(out, x, residual, weights) {
      shaped("addNorm", out, x, residual);
      layerNorm("addNorm", out, weights);
      backend.addNorm(out, x, residual, weights);
    },
    addNormBackward(dx, dy, x, residual, weights) {
      shaped("addNormBackward", dx, dy, x, residual);
      layerNorm("addNormBackward", dx, weights);
      backend.addNormBackward(dx, dy, x, residual, weights);
    },
    attention(out, lse, inputs) {
      attention("attention", out, lse, inputs);
      backend.attention(out, lse, inputs);
    },
    attentionBackward(gradient, dout, out, lse, inputs) {
      attention("attentionBackward", out, lse, inputs);
      shaped("attentionBackward", inputs.query, gradient.query, dout);
      shaped("attentionBackward", inputs.key, gradient.key, gradient.value);
      backend.attentionBackward(gradient, dout, out, lse, inputs);
    },
    takeRows(out, x, index) {
      same("takeRows", "width", out.width, x.width);
      same("takeRows", "rows", out.rows, index.rows);
      indexed("takeRows", [index, 1]);
      backend.takeRows(out, x, index);
    },
    addRows(dx, dy, index) {
      same("addRows", "width", dx.width, dy.width);
      same("addRows", "rows", dy.rows, index.rows);
      indexed("addRows", [index, 1]);
      backend.addRows(dx, dy, index);
    },
    meanRows(out, x, groups) {
      same("meanRows", "width", out.width, x.width);
      same("meanRows", "groups", out.rows, groups.rows);
      indexed("meanRows", [groups, 2]);
      backend.meanRows(out, x, groups);
    },
    meanRowsBackward(dx, dout, groups, rowOf) {
      same("meanRowsBackward", "width", dx.width, dout.width);
      same("meanRowsBackward", "groups", dout.rows, groups.rows);
      same("meanRowsBackward", "rows", dx.rows, rowOf.rows);
      indexed("meanRowsBackward", [groups, 2], [rowOf, 1]);
      backend.meanRowsBackward(dx, dout, groups, rowOf);
    },
    similarity(out, x, kind) {
      same("similarity", "width of out", 1, out.width);
      same("similarity", "rows", 2 * out.rows, x.rows);
      backend.similarity(out, x, kind);
    },
    similarityBackward(dx, dout, x, kind) {
      shaped("similarityBackward", dx, x);
      same("similarityBackward", "width of dout", 1, dout.width);
      same("similarityBackward", "rows", 2 * dout.rows, x.rows);
      backend.similarityBackward(dx, dout, x, kind);
    },
    maxSim(out, best, x, pairs, counted) {
      same("maxSim", "width of out and best", 1, out.width, best.width);
      same("maxSim", "pairs", out.rows, pairs.rows);
      same("maxSim", "tokens", x.rows, best.rows, counted.rows);
      indexed("maxSim", [pairs, 4], [counted, 1]);
      backend.maxSim(out, best, x, pairs, counted);
    },
    maxSimBackward(dx, dout, x, best, { pairs, textOf }) {
      shaped("maxSimBackward", dx, x);
      same("maxSimBackward", "width of dout and best", 1, dout.width, best.width);
      same("maxSimBackward", "pairs", dout.rows, pairs.rows);
      same("maxSimBackward", "tokens", x.rows, best.rows, textOf.rows);
      indexed("maxSimBackward", [pairs, 4], [textOf, 1]);
      backend.maxSimBackward(dx, dout, x, best, { pairs, textOf });
    },
    termWeights(out, from, x, groups) {
      shaped("termWeights", out, from);
      same("termWeights", "width", out.width, x.width);
      same("termWeights", "groups", out.rows, groups.rows);
      indexed("termWeights", [groups, 2]);
      backend.termWeights(out, from, x, groups);
    },
    termWeightsBackward(dx, dout, out, from, { groups, rowOf }) {
      shaped("termWeightsBackward", dout, out, from);
      same("termWeightsBackward", "width", dx.width, dout.width);
      same("termWeightsBackward", "groups", dout.rows, groups.rows);
      same("termWeightsBackward", "rows", dx.rows, rowOf.rows);
      indexed("termWeightsBackward", [groups, 2], [rowOf, 1]);
      backend.termWeightsBackward(dx, dout, out, from, { groups, rowOf });
    },
    mask: (x, units) => (mask("mask", x, units), backend.mask(x, units)),
    objective(value, dlogits, logits, label, target) {
      shaped("objective", logits, dlogits);
      shaped("objective", value, label);
      same("objective", "rows", value.rows, logits.rows);
      same("objective", "width of value", 1, value.width);
      if (logits.width > 2) {
        throw new TypeError(`Cannot run objective: expected 1 or 2 logits, got ${logits.width}`);
      }
      backend.objective(value, dlogits, logits, label, target);
    },
    conductance(out, y, g, items, pairing) {
      shaped("conductance", y, g);
      same("conductance", "width", out.width, y.width);
      same("conductance", "intervals", out.rows, items.rows);
      indexed("conductance", [items, 3]);
      backend.conductance(out, y, g, items, pairing);
    },
    sumRows(out, x, groups, options) {
      same("sumRows", "width", out.width, x.width);
      within("sumRows", out, options.at, groups.rows);
      indexed("sumRows", [groups, 2]);
      backend.sumRows(out, x, groups, options);
    },
    sumColumns(out, x, options) {
      within("sumColumns", out, options.at, x.rows);
      same("sumColumns", "width", out.width, 1);
      backend.sumColumns(out, x, options);
    },
  };
}

function within(operation: string, out: Tensor, at: number, count: number): void {
  if (!(Number.isInteger(at) && at >= 0 && at + count <= out.rows)) {
    throw new RangeError(
      `Cannot run ${operation}: ${count} lines from ${at} leave ${out.rows} rows`,
    );
  }
}

/** A norm over groups of γ's columns. */
function norm(operation: string, out: Tensor, { gain, bias }: Norm): void {
  if (bias) same(operation, "norm's width", gain.width, bias.width);
  if (out.width % gain.width !== 0) {
    throw new TypeError(
      `Cannot run ${operation}: groups of ${gain.width} columns do not divide width ${out.width}`,
    );
  }
}

/** A norm over whole rows, of the one kind that is computed together with a sum. */
function layerNorm(
  operation: string,
  out: Tensor,
  { gain, bias, kind }: Norm,
  wanted: "bias" | "bias or none" = "bias",
): void {
  if (kind === "rms" || (wanted === "bias" && !bias)) {
    const found = kind === "rms" ? "RMSNorm" : "one without";
    throw new TypeError(
      `Cannot run ${operation}: expected LayerNorm with a ${wanted}, got ${found}`,
    );
  }
  same(operation, "width", out.width, gain.width, ...(bias ? [bias.width] : []));
}

function linear(operation: string, out: Tensor, x: Tensor, { weight, bias }: Linear): void {
  same(operation, "rows", out.rows, x.rows);
  same(operation, "outputs", weight.rows, out.width, bias.width);
  same(operation, "inputs", weight.width, x.width);
}

function mask(operation: string, x: Tensor, { keep, maskOf }: UnitMask): void {
  same(operation, "units", x.width, keep.width);
  same(operation, "masked rows", x.rows, maskOf.rows);
  indexed(operation, [maskOf, 1]);
}
