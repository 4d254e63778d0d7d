/** The contract in float32 on a GPU: which kernel each operation launches, and over what. */

import { checked } from "../checked.ts";
import { deviceError } from "../device_error.ts";
import { float16 } from "../float16.ts";
import { type Activation, activations, type Norm, type Ops, targets, type Tensor } from "../ops.ts";
import { attentionLaunches } from "./attention_launch.ts";
import type { Device } from "./device.ts";
import { kernelCache } from "./kernel.ts";
import { choiceOf, kernelNames, type Precision, productsOf } from "./kernel_choice.ts";
import { launches } from "./launches.ts";
import { type GpuTensor, ROW_ALIGNMENT, SPAN, WORKGROUP } from "./layout.ts";
import { bufferPool } from "./memory.ts";
import { recorder } from "./recorder.ts";
import { relativeLaunches } from "./relative_launch.ts";
import type { Tile, Tuning } from "./tile.ts";

/** Options of {@linkcode gpuOps}. */
export interface GpuOptions {
  /** Bytes that one batch may take; 1 GiB on a software adapter and 3 GiB on a GPU unless given. */
  readonly memoryBytes?: number;
  /**
   * `f16`: linears keep their weights in float16; `tf16`: products are of operands rounded to float16, on
   * matrix units (11 bits, as TensorFloat-32 has). All is summed in float32. f32 unless given.
   */
  readonly precision?: Precision;
  /** The matrix product's kernels by kind of product, as `tune` found them. */
  readonly tuning?: Tuning;
  /** Whether to measure time by kernel, for `timings`; the device needs timestamp-query. */
  readonly profile?: boolean;
  /** One kernel for all matrix products, whatever was tuned. */
  readonly tile?: Tile;
}

/** Bytes that buffers may take beside weights, as a part of a batch's: sizes are rounded up. */
const SPARE = 1.2;

/**
 * Opens the operations on a device of {@linkcode openDevice}.
 *
 * @throws {Error} from `read`: a kernel that does not compile, named; memory that is not there; a
 * lost device.
 * @throws {RangeError} where `tf16`, or a kernel on matrix units, is asked of a device without such units.
 */
export function gpuOps(
  { device, adapter, software, matrix, matrixProducts }: Device,
  options: GpuOptions = {},
): Ops {
  const onMatrices = options.precision === "tf16" || productsOf(options) !== undefined;
  if (onMatrices && !matrixProducts) {
    throw new RangeError(
      `Cannot multiply matrices of float16 on ${adapter}: expected WebGPU with subgroup matrices, as Dawn has on GPUs with tensor cores`,
    );
  }
  const kernels = kernelCache(device);
  const memoryBytes = options.memoryBytes ?? (software ? 2 ** 30 : 3 * 2 ** 30);
  let weightBytes = 0;
  const pool = bufferPool(device, {
    // Else wgpu does so at a buffer's first use, and takes slices at offsets of a dispatch for unused.
    made: (buffer) => record.clear(buffer, buffer.size),
    most: () => weightBytes + SPARE * memoryBytes,
    release: () => record.release(),
  });
  if (options.profile && !device.features.has("timestamp-query")) {
    throw new Error(`Cannot measure kernels on ${adapter}: it has no timestamp-query`);
  }
  const record = recorder(device, options);
  const half = options.precision === "f16";
  const choice = choiceOf(options, { matrix, software });
  const products = half ? undefined : productsOf(choice);
  const planes = products && matrixProducts!.operands({ kernels, record }, {
    allocate: (rows, width) => allocate(rows, width, "float"),
    free: (...tensors) => free(...tensors),
    keeps: (bytes) => weightBytes += bytes,
  });
  const work = { kernels, record, software, matrixProducts, operands: planes };
  const laid = launches(work, choice);
  const { launch, byRow, byElement, byCell, product } = laid;
  const workgroupBytes = device.limits.maxComputeWorkgroupStorageSize;
  const attend = attentionLaunches(laid, { software, workgroupBytes });
  /** Tensors that own their buffer: no slices, and none that was freed. */
  const owners = new WeakSet<Tensor>();
  let closed = false;
  let fault: string | undefined;
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    fault ??= (event as GPUUncapturedErrorEvent).error.message;
  });
  device.lost.then(({ reason, message }) => {
    if (!closed) fault ??= `the device was lost: ${message || reason}`;
  });

  function allocate(rows: number, width: number, type: "float" | "index"): GpuTensor {
    const size = 4 * rows * width;
    const tensor = { rows, width, type, buffer: pool.take(size), offset: 0, size };
    owners.add(tensor);
    return tensor;
  }
  function floats(rows: number, width: number, data: Float32Array | Float64Array): GpuTensor {
    const tensor = allocate(rows, width, "float");
    record.write(tensor.buffer, 0, data instanceof Float32Array ? data : Float32Array.from(data));
    return tensor;
  }
  /** Numbers rounded to float16, two a word. */
  function halves(rows: number, width: number, data: Float32Array | Float64Array): GpuTensor {
    const words = new Uint32Array(Math.ceil(data.length / 2));
    float16(data, new Float16Array(words.buffer));
    const size = words.byteLength;
    const tensor: GpuTensor = {
      ...{ rows, width, type: "float", half: true, buffer: pool.take(size), offset: 0, size },
    };
    owners.add(tensor);
    record.write(tensor.buffer, 0, words);
    return tensor;
  }
  function normalize(out: Tensor, x: Tensor, residual: Tensor | undefined, norm: Norm) {
    byRow("add_norm", out.rows, {
      width: out.width,
      residuals: residual ? 1 : 0,
      epsilon: norm.epsilon,
    }, [out, x, residual ?? x, norm.gain, norm.bias!]);
  }
  function normalizeGroups(out: Tensor, x: Tensor, { gain, bias, epsilon, kind }: Norm) {
    const groups = x.rows * (x.width / gain.width);
    const flags = { rms: kind === "rms" ? 1 : 0, biased: bias ? 1 : 0 };
    byRow("norm", groups, { width: gain.width, ...flags, epsilon }, [out, x, gain, bias ?? gain]);
  }
  function activate(out: Tensor, x: Tensor, { name, gate }: Activation) {
    const params = { activation: activations.indexOf(name), gated: gate ? 1 : 0 };
    byElement("activate", [out, x, gate ?? x], params);
  }
  async function check() {
    await Promise.all([kernels.check(), pool.check()]);
    if (fault) throw deviceError(`Cannot go on with ${adapter}: ${fault}`);
  }
  async function read(x: Tensor, awaited: boolean): Promise<Float32Array | Float64Array> {
    if (closed) throw new Error("Cannot compute: the operations were closed");
    const [bytes] = await Promise.allSettled([record.read(x as GpuTensor, { awaited })]);
    await check(); // first: it knows why a read failed
    if (bytes.status === "rejected") {
      throw deviceError(`Cannot go on with ${adapter}: ${(bytes.reason as Error).message}`);
    }
    if ((x as GpuTensor).half) {
      return Float32Array.from(new Float16Array(bytes.value).subarray(0, x.rows * x.width));
    }
    return x.type === "float"
      ? new Float32Array(bytes.value)
      : Float64Array.from(new Uint32Array(bytes.value));
  }
  function slice(x: Tensor, start: number, count: number): Tensor {
    const { buffer, offset, width, half } = x as GpuTensor;
    const line = (half ? 2 : 4) * width;
    const part = { buffer, offset: offset + line * start, size: line * count };
    return { ...x, rows: count, ...part } as GpuTensor;
  }
  const free = (...tensors: readonly Tensor[]) => {
    for (const tensor of tensors as readonly GpuTensor[]) {
      if (owners.delete(tensor)) pool.give(tensor.buffer);
    }
    planes?.forget(...tensors);
  };

  const relate = relativeLaunches(laid, {
    software,
    allocate: (rows, width) => allocate(rows, width, "float"),
    slice,
    copy: (from, to) => record.copy(from as GpuTensor, to as GpuTensor),
    free,
  });

  return checked({
    kind: "gpu",
    adapter: [
      adapter,
      ...(half ? ["float16 weights"] : []),
      ...(products ? [`products in ${products.name}`] : []),
    ].join(", "),
    features: [...device.features].sort(),
    kernels: kernelNames(choice, software),
    ...(products ? { products } : {}),
    limits: {
      tensorBytes: Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize),
      memoryBytes,
      passTokens: software ? 1024 : 16_384,
      passes: software ? 1 : 3,
      floatBytes: 4,
      weightBytes: half ? 2 : 4,
      rowAlignment: ROW_ALIGNMENT,
    },
    ...(options.profile ? { timings: record.timings } : {}),
    zeros(rows, width) {
      const tensor = allocate(rows, width, "float");
      record.clear(tensor.buffer, tensor.size);
      return tensor;
    },
    empty: (rows, width) => allocate(rows, width, "float"),
    floats,
    weights(rows, width, data) {
      const tensor = half ? halves(rows, width, data) : floats(rows, width, data);
      planes?.know(tensor, data);
      weightBytes += tensor.size;
      return tensor;
    },
    indices(rows, width, data) {
      const tensor = allocate(rows, width, "index");
      record.write(tensor.buffer, 0, data);
      return tensor;
    },
    slice,
    read: (x) => read(x, false),
    readAwaited: (x) => read(x, true),
    free,
    close() {
      closed = true;
      record.flush();
      record.destroy();
      pool.destroy();
      device.destroy();
    },

    embed(out, { words, positions, types, tokens, rows, rowOf, t, norm }) {
      const sum = norm ? allocate(out.rows, out.width, "float") : out;
      const span = Math.min(out.rows, SPAN);
      const whole = positions && types;
      const some = { positions: positions ? 1 : 0, types: types ? 1 : 0 };
      launch(
        whole ? "embed" : "embed_some",
        { tokens: out.rows, width: out.width, span, ...(whole ? {} : some) },
        [sum, words, positions ?? words, types ?? words, tokens, rows, rowOf, t],
        [span, Math.ceil(out.rows / span), 1],
      );
      if (!norm) return;
      if (norm.bias) normalize(out, sum, undefined, norm);
      else normalizeGroups(out, sum, norm);
      free(sum);
    },
    linear: (out, x, { weight, bias }, { mask, activated } = {}) =>
      product(false, [out, x, weight, bias], { add: 1, gelu: activated, mask }),
    linearBackward(dx, dy, { weight, bias }, { plus, preactivation } = {}) {
      const apart = plus && plus !== dx;
      const add = apart ? 2 : plus ? 3 : 0;
      product(true, [dx, dy, weight, apart ? plus : bias], { add, gelu: preactivation });
    },
    tanh: (out, x) => byElement("tanh", [out, x]),
    tanhBackward: (dx, dy, y) => byElement("tanh_backward", [dx, dy, y]),
    norm: normalizeGroups,
    normBackward(dx, dy, x, { gain, epsilon, kind }, { plus } = {}) {
      const groups = x.rows * (x.width / gain.width);
      const apart = plus && plus !== dx;
      const flags = { rms: kind === "rms" ? 1 : 0, add: apart ? 1 : plus ? 2 : 0 };
      byRow("norm_backward", groups, { width: gain.width, ...flags, epsilon }, [
        ...[dx, dy, x, gain],
        apart ? plus : x,
      ]);
    },
    add(out, x, y) {
      if (out === x || out === y) byElement("add_to", [out, out === x ? y : x]);
      else byElement("add", [out, x, y]);
    },
    divide: (out, x, y) => byElement("divide", [out, x, y]),
    activate,
    activateBackward(dx, dout, x, { name, gate, dgate }) {
      const params = { activation: activations.indexOf(name), gated: gate ? 1 : 0 };
      byElement("activate_backward", [dx, dout, x, gate ?? x], params);
      if (dgate) activate(dgate, x, { name, gate: dout }); // dout ⊙ f(x)
    },
    rotate(out, x, { angles, positions, inverse }) {
      const params = {
        rows: x.rows,
        width: x.width,
        depth: angles.width,
        inverse: inverse ? 1 : 0,
      };
      const span = Math.min(x.rows, SPAN);
      launch("rotate", { ...params, span }, [out, x, angles, positions], [
        Math.ceil(x.width / 2 / WORKGROUP),
        span,
        Math.ceil(x.rows / span),
      ]);
    },
    addNorm: normalize,
    addNormBackward: (dx, dy, x, residual, { gain, epsilon }) =>
      byRow("add_norm_backward", dx.rows, { width: dx.width, epsilon }, [
        dx,
        dy,
        x,
        residual,
        gain,
      ]),
    attention(out, lse, inputs) {
      const { query, key, value, rows, rowOfQuery } = inputs;
      if (inputs.relative) return relate.attention(out, lse, inputs);
      attend("attention", [out, lse, query, key, value, rows], rowOfQuery, inputs);
    },
    attentionBackward(gradient, dout, out, lse, inputs) {
      const { query, key, value, rows, rowOfQuery, rowOfKey } = inputs;
      if (inputs.relative) return relate.attentionBackward(gradient, dout, out, lse, inputs);
      const delta = allocate(lse.rows, lse.width, "float");
      attend(
        "attention_backward_query",
        [gradient.query, delta, dout, out, lse, query, key, value, rows],
        rowOfQuery,
        inputs,
      );
      attend(
        "attention_backward_key",
        [gradient.key, gradient.value, dout, delta, lse, query, key, value, rows],
        rowOfKey,
        inputs,
      );
      free(delta);
    },
    takeRows: (out, x, index) => byCell("take_rows", out.rows, [out, x, index]),
    addRows: (dx, dy, index) => byCell("add_rows", dy.rows, [dx, dy, index]),
    meanRows: (out, x, groups) => byCell("mean_rows", out.rows, [out, x, groups]),
    meanRowsBackward: (dx, dout, groups, rowOf) =>
      byCell("mean_rows_backward", dx.rows, [dx, dout, groups, rowOf]),
    similarity: (out, x, kind) =>
      byRow("similarity", out.rows, { width: x.width, cosine: kind === "cosine" ? 1 : 0 }, [
        out,
        x,
      ]),
    similarityBackward: (dx, dout, x, kind) =>
      byRow("similarity_backward", dout.rows, {
        width: x.width,
        cosine: kind === "cosine" ? 1 : 0,
      }, [dx, dout, x]),
    maxSim: (out, best, x, pairs, counted) =>
      byRow("max_sim", out.rows, { width: x.width }, [out, best, x, pairs, counted]),
    maxSimBackward: (dx, dout, x, best, { pairs, textOf }) =>
      byCell("max_sim_backward", dx.rows, [dx, dout, x, best, pairs, textOf]),
    termWeights: (out, from, x, groups) => byCell("term_weights", out.rows, [out, from, x, groups]),
    termWeightsBackward: (dx, dout, out, from, { groups, rowOf }) =>
      byCell("term_weights_backward", dx.rows, [dx, dout, out, from, groups, rowOf]),
    mask: (x, { keep, maskOf }) => byCell("mask", x.rows, [x, keep, maskOf]),
    objective(value, dlogits, logits, label, target) {
      launch(
        "objective",
        { rows: value.rows, labels: logits.width, objective: targets.indexOf(target) },
        [value, dlogits, logits, label],
        [Math.ceil(value.rows / WORKGROUP), 1, 1],
      );
    },
    conductance: (out, y, g, items, { left, right }) =>
      byCell("conductance", out.rows, [out, y, g, items], { left, right }),
    sumRows: (out, x, groups, { accumulate, at }) =>
      byCell("sum_rows", groups.rows, [out, x, groups], { accumulate: accumulate ? 1 : 0, at }),
    sumColumns: (out, x, { at }) => byRow("sum_columns", x.rows, { width: x.width, at }, [out, x]),
  });
}
