/** The contract in float32 WebAssembly SIMD on the cores of a machine without a GPU. */

import { checked } from "../checked.ts";
import { float16 } from "../float16.ts";
import { activations, type Ops, targets, type Tensor } from "../ops.ts";
import { attentionOperations } from "./attention.ts";
import { type Block, isHalf, place, placeOrNone } from "./block.ts";
import { sharedMemory } from "./memory.ts";
import { program, word } from "./program.ts";
import { kernels, maySend } from "./runtime.ts";
import { normBytes, productBytes } from "./scratch.ts";
import { RESERVED_BYTES, soloTeam, startTeam } from "./team.ts";

/** Options of {@linkcode simdOps}. */
export interface SimdOptions {
  /**
   * Workers; one a core unless given, and only the calling thread where workers cannot share memory.
   * The numbers computed do not depend on it.
   */
  readonly threads?: number;
  /** Bytes that one batch may take beside the weights; 1 GiB unless given. */
  readonly memoryBytes?: number;
  /** `plain` leaves out relaxed SIMD, which fuses products and sums, where the runtime has it. */
  readonly instructions?: "relaxed" | "plain";
  /**
   * `f16`: linears keep their weights in float16, half the memory; products and sums are float32's.
   * `f32` unless given.
   */
  readonly precision?: "f32" | "f16";
  /** Whether to measure time by operation, for `timings`. */
  readonly profile?: boolean;
}

/**
 * Starts the workers; only {@linkcode Ops.close} ends them. Together, tensors can take 4 GiB.
 * A `RangeError` tells when they would take more.
 */
export async function simdOps(
  {
    threads = maySend() ? navigator.hardwareConcurrency : 1,
    memoryBytes = 2 ** 30,
    instructions,
    precision = "f32",
    profile,
  }: SimdOptions = {},
): Promise<Ops> {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`Cannot start ${threads} threads: expected a whole number from 1`);
  }
  if (threads > 1 && !maySend()) {
    throw new RangeError(
      `Cannot start ${threads} threads: expected 1 where no worker may share memory (a page must be cross-origin isolated)`,
    );
  }
  const { module, name } = await kernels(instructions);
  const shared = sharedMemory(RESERVED_BYTES);
  const { memory } = shared;
  const team = maySend()
    ? await startTeam(module, memory, threads)
    : await soloTeam(module, memory);
  const { record, after, batch, completed, timings } = program(shared, team, { threads, profile });

  const freed = new WeakSet<Block>();
  const make = (rows: number, width: number, type: Tensor["type"], before: number): Block => {
    const bytes = 4 * rows * width;
    return { rows, width, type, at: shared.allocate(bytes, before), bytes };
  };
  const floats = (rows: number, width: number, data: Float32Array | Float64Array) => {
    const x = make(rows, width, "float", completed());
    new Float32Array(memory.buffer, x.at, data.length).set(data);
    return x;
  };
  const half = precision === "f16";
  const halves = (rows: number, width: number, data: Float32Array | Float64Array) => {
    const bytes = 2 * rows * width;
    const numbers = float16(data);
    const at = shared.allocate(bytes, completed());
    new Float16Array(memory.buffer, at, numbers.length).set(numbers);
    return { rows, width, type: "float", at, bytes, half } satisfies Block;
  };
  const product = (out: Tensor, x: Tensor) => (
    { scratchBytes: productBytes, gigaflop: 2e-9 * out.rows * out.width * x.width }
  );
  const size = ({ rows, width }: Tensor) => rows * width;
  const shape = ({ rows, width }: Tensor) => [rows, width];
  return checked({
    kind: "simd",
    adapter: [
      `WebAssembly ${name}, ${threads} thread${threads === 1 ? "" : "s"}`,
      ...(half ? ["float16 weights"] : []),
    ].join(", "),
    limits: {
      ...{ tensorBytes: 2 ** 31, memoryBytes, passTokens: 1024, passes: 1 },
      ...{ floatBytes: 4, weightBytes: half ? 2 : 4, rowAlignment: 1 },
    },
    ...(profile ? { timings } : {}),

    zeros(rows, width) {
      const x = make(rows, width, "float", Infinity);
      record("zeros", [x.at, rows * width]);
      return x;
    },
    empty: (rows, width) => make(rows, width, "float", Infinity),
    floats,
    weights: half ? halves : floats,
    indices(rows, width, data) {
      const x = make(rows, width, "index", completed());
      new Uint32Array(memory.buffer, x.at, data.length).set(data);
      return width === 4 ? { ...x, host: data.slice() } as Block : x;
    },
    slice(x, start, count) {
      const { host, width } = x as Block;
      const at = place(x) + (isHalf(x) ? 2 : 4) * start * width;
      const part = { ...x, rows: count, at, bytes: 0 } as Block;
      return host
        ? { ...part, host: host.subarray(4 * start, 4 * (start + count)) } as Block
        : part;
    },
    read: (x) =>
      after(() => {
        if (isHalf(x)) return Float32Array.from(new Float16Array(memory.buffer, place(x), size(x)));
        return x.type === "float"
          ? new Float32Array(memory.buffer, place(x), size(x)).slice()
          : Float64Array.from(new Uint32Array(memory.buffer, place(x), size(x)));
      }),
    free(...tensors) {
      for (const tensor of tensors as readonly Block[]) {
        if (tensor.bytes === 0 || freed.has(tensor)) continue; // a second time would free another's
        freed.add(tensor);
        shared.release(tensor.at, tensor.bytes, batch());
      }
    },
    close: () => team.close(),

    embed(out, { words, positions, types, norm, tokens, rows, rowOf, t }) {
      const tables = [out, words, positions, types, norm?.gain, norm?.bias].map(placeOrNone);
      const lines = [tokens, rows, rowOf, t].map(place);
      record("embed", [...tables, word(norm?.epsilon ?? 0), ...lines, ...shape(out)]);
    },
    linear(out, x, { weight, bias }, { mask, activated } = {}) {
      const operands = [...[out, x, weight, bias].map(place), x.rows, x.width, out.width];
      const after = [activated, mask?.keep, mask?.maskOf].map(placeOrNone);
      const masks = mask?.keep.rows ?? 0;
      record("linear", [...operands, ...after, masks, isHalf(weight)], product(out, x));
    },
    linearBackward(dx, dy, { weight }, { plus, preactivation } = {}) {
      const operands = [...[dx, dy, weight].map(place), placeOrNone(plus)];
      const sizes = [dy.rows, dy.width, dx.width];
      const after = [placeOrNone(preactivation), isHalf(weight)];
      record("linearBackward", [...operands, ...sizes, ...after], product(dx, dy));
    },
    tanh: (out, x) => record("tanh", [...[out, x].map(place), size(x)]),
    tanhBackward: (dx, dy, y) => record("tanhBackward", [...[dx, dy, y].map(place), size(y)]),
    norm(out, x, { gain, bias, epsilon, kind }) {
      const operands = [...[out, x, gain].map(place), placeOrNone(bias), word(epsilon)];
      record("norm", [...operands, size(x) / gain.width, gain.width, kind === "rms" ? 1 : 0]);
    },
    normBackward(dx, dy, x, { gain, epsilon, kind }, { plus } = {}) {
      const operands = [...[dx, dy, x, gain].map(place), placeOrNone(plus), word(epsilon)];
      const groups = [size(x) / gain.width, gain.width, kind === "rms" ? 1 : 0];
      record("normBackward", [...operands, ...groups], { scratchBytes: normBytes(gain.width) });
    },
    divide: (out, x, y) => record("divide", [...[out, x, y].map(place), size(out)]),
    add: (out, x, y) => record("add", [...[out, x, y].map(place), size(out)]),
    activate(out, x, { name, gate }) {
      const operands = [...[out, x].map(place), placeOrNone(gate), size(out)];
      record("activate", [...operands, activations.indexOf(name)]);
    },
    activateBackward(dx, dout, x, { name, gate, dgate }) {
      const operands = [...[dx, dout, x].map(place), ...[gate, dgate].map(placeOrNone)];
      record("activateBackward", [...operands, size(dx), activations.indexOf(name)]);
    },
    rotate(out, x, { angles, positions, inverse }) {
      const operands = [...[out, x, angles, positions].map(place), ...shape(x), ...shape(angles)];
      record("rotate", [...operands, inverse ? 1 : 0]);
    },
    addNorm(out, x, residual, { gain, bias, epsilon }) {
      const operands = [out, x, residual, gain, bias!].map(place);
      record("addNorm", [...operands, word(epsilon), ...shape(out)]);
    },
    addNormBackward(dx, dy, x, residual, { gain, epsilon }) {
      const operands = [...[dx, dy, x, residual, gain].map(place), word(epsilon)];
      record("addNormBackward", [...operands, ...shape(dx)], {
        scratchBytes: normBytes(dx.width),
      });
    },
    ...attentionOperations(record),
    takeRows(out, x, index) {
      record("takeRows", [...[out, x, index].map(place), out.rows, x.rows, x.width]);
    },
    addRows(dx, dy, index) {
      record("addRows", [...[dx, dy, index].map(place), dy.rows, dx.rows, dx.width]);
    },
    meanRows(out, x, groups) {
      record("meanRows", [...[out, x, groups].map(place), groups.rows, ...shape(x)]);
    },
    meanRowsBackward(dx, dout, groups, rowOf) {
      const operands = [dx, dout, groups, rowOf].map(place);
      record("meanRowsBackward", [...operands, groups.rows, ...shape(dx)]);
    },
    similarity(out, x, kind) {
      record("similarity", [
        ...[out, x].map(place),
        out.rows,
        x.width,
        kind === "cosine" ? 1 : 0,
      ]);
    },
    similarityBackward(dx, dout, x, kind) {
      const operands = [...[dx, dout, x].map(place), dout.rows, x.width];
      record("similarityBackward", [...operands, kind === "cosine" ? 1 : 0]);
    },
    maxSim(out, best, x, pairs, counted) {
      record("maxSim", [...[out, best, x, pairs, counted].map(place), out.rows, ...shape(x)]);
    },
    maxSimBackward(dx, dout, x, best, { pairs, textOf }) {
      const operands = [dx, dout, x, best, pairs, textOf].map(place);
      record("maxSimBackward", [...operands, dout.rows, ...shape(x)]);
    },
    termWeights(out, from, x, groups) {
      record("termWeights", [...[out, from, x, groups].map(place), groups.rows, ...shape(x)]);
    },
    termWeightsBackward(dx, dout, out, from, { groups, rowOf }) {
      const operands = [dx, dout, out, from, groups, rowOf].map(place);
      record("termWeightsBackward", [...operands, groups.rows, ...shape(dx)]);
    },
    mask(x, { keep, maskOf }) {
      record("mask", [...[x, keep, maskOf].map(place), x.rows, keep.rows, x.width]);
    },
    objective(value, dlogits, logits, label, target) {
      const operands = [value, dlogits, logits, label].map(place);
      record("objective", [...operands, ...shape(logits), targets.indexOf(target)]);
    },
    conductance(out, y, g, items, { left, right }) {
      const operands = [...[out, y, g, items].map(place), items.rows, y.width];
      record("conductance", [...operands, word(left), word(right)]);
    },
    sumRows(out, x, groups, { accumulate, at }) {
      const operands = [place(out) + 4 * at * x.width, ...[x, groups].map(place)];
      record("sumRows", [...operands, groups.rows, x.width, accumulate ? 1 : 0]);
    },
    sumColumns(out, x, { at }) {
      record("sumColumns", [place(out) + 4 * at, place(x), ...shape(x)]);
    },
  });
}
