/** The contract in float64 on one core: the oracle, and the last resort where nothing faster runs. */

import { checked } from "../checked.ts";
import type { Ops, Tensor } from "../ops.ts";
import { timeTable } from "../time_table.ts";
import { activate } from "./activate.ts";
import { activateBackward } from "./activate_backward.ts";
import { add } from "./add.ts";
import { divide } from "./divide.ts";
import { addNorm } from "./add_norm.ts";
import { addNormBackward } from "./add_norm_backward.ts";
import { addRows } from "./add_rows.ts";
import { attention } from "./attention.ts";
import { attentionBackward } from "./attention_backward.ts";
import { conductance } from "./conductance.ts";
import { embed } from "./embed.ts";
import { linear } from "./linear.ts";
import { linearBackward } from "./linear_backward.ts";
import { mask } from "./mask.ts";
import type { IndexMatrix, Matrix } from "./matrix.ts";
import { maxSim } from "./max_sim.ts";
import { maxSimBackward } from "./max_sim_backward.ts";
import { meanRows } from "./mean_rows.ts";
import { meanRowsBackward } from "./mean_rows_backward.ts";
import { norm } from "./norm.ts";
import { normBackward } from "./norm_backward.ts";
import { objective } from "./objective.ts";
import { rotate } from "./rotate.ts";
import { similarity } from "./similarity.ts";
import { similarityBackward } from "./similarity_backward.ts";
import { sumColumns } from "./sum_columns.ts";
import { sumRows } from "./sum_rows.ts";
import { takeRows } from "./take_rows.ts";
import { tanh } from "./tanh.ts";
import { tanhBackward } from "./tanh_backward.ts";
import { termWeights } from "./term_weights.ts";
import { termWeightsBackward } from "./term_weights_backward.ts";

/** Options of {@linkcode cpuOps}. */
export interface CpuOptions {
  /** Bytes that one batch may take; 1 GiB unless given. */
  readonly memoryBytes?: number;
  /** Whether to measure time by operation, for `timings`. */
  readonly profile?: boolean;
}

/** Opens the float64 operations. */
export function cpuOps({ memoryBytes = 2 ** 30, profile }: CpuOptions = {}): Ops {
  const floats = (rows: number, width: number, data: Float64Array): Matrix => (
    { rows, width, type: "float", data }
  );
  // The twins take matrices; every tensor that reaches them was made here.
  const twins = {
    embed,
    linear,
    linearBackward,
    tanh,
    tanhBackward,
    norm,
    normBackward,
    add,
    divide,
    activate,
    activateBackward,
    rotate,
    addNorm,
    addNormBackward,
    attention,
    attentionBackward,
    takeRows,
    addRows,
    meanRows,
    meanRowsBackward,
    similarity,
    similarityBackward,
    maxSim,
    maxSimBackward,
    termWeights,
    termWeightsBackward,
    mask,
    objective,
    conductance,
    sumRows,
    sumColumns,
  } as unknown as Omit<Ops, keyof typeof memory>;
  const memory = {
    kind: "cpu" as const,
    adapter: "float64 twins",
    limits: {
      tensorBytes: 2 ** 32,
      memoryBytes,
      passTokens: 1024,
      passes: 1,
      floatBytes: 8 as const,
      weightBytes: 8 as const,
      rowAlignment: 1,
    },
    zeros: (rows: number, width: number) => floats(rows, width, new Float64Array(rows * width)),
    empty: (rows: number, width: number) => floats(rows, width, new Float64Array(rows * width)),
    floats: (rows: number, width: number, data: Float32Array | Float64Array) =>
      floats(rows, width, Float64Array.from(data)),
    weights: (rows: number, width: number, data: Float32Array | Float64Array) =>
      floats(rows, width, Float64Array.from(data)),
    indices: (rows: number, width: number, data: Uint32Array): IndexMatrix => (
      { rows, width, type: "index", data: data.slice() }
    ),
    slice: (x: Tensor, start: number, count: number): Tensor => {
      const { data, width } = x as Matrix;
      return { ...x, rows: count, data: data.subarray(start * width, (start + count) * width) } as
        | Matrix
        | IndexMatrix;
    },
    // Everything has run by now; signals, messages and timers come in before who reads goes on.
    read: async (x: Tensor) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      return Float64Array.from((x as Matrix | IndexMatrix).data);
    },
    free: () => {},
    close: () => {},
  };
  return checked({ ...memory, ...(profile ? measured(twins) : twins) });
}

/** The same operations, which note how long each takes. */
function measured<T extends object>(twins: T): T & Required<Pick<Ops, "timings">> {
  const table = timeTable();
  const operations = Object.entries(twins).map(([operation, run]) => [
    operation,
    (...given: readonly Matrix[]) => {
      const start = performance.now();
      run(...given);
      const [out, x] = given;
      const gigaflop = /^linear/.test(operation) ? 2e-9 * out.rows * out.width * x.width : 0;
      table.add(operation, { milliseconds: performance.now() - start, gigaflop });
    },
  ]);
  return { ...Object.fromEntries(operations), timings: table.timings };
}
