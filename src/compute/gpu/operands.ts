/** Operands of products on matrix units: planes of float16, made of inputs at each product and of weights once. */

import type { Tensor } from "../ops.ts";
import type { KernelCache } from "./kernel.ts";
import { type GpuTensor, SPAN } from "./layout.ts";
import { EIGHT, scaleOf, split } from "./matmul_matrix.ts";
import type { Recorder } from "./recorder.ts";

/** What tensors of the operands' own need. */
export interface OperandMemory {
  allocate(rows: number, width: number): GpuTensor;
  free(...tensors: readonly Tensor[]): void;
  /** Is told of bytes that stay as long as their weights. */
  keeps(bytes: number): void;
}

/** Planes of one device's tensors. */
export interface Operands {
  /** Looks through weights, once: only these can be operands. */
  know(weight: Tensor, data: Float32Array | Float64Array): void;
  /** Whether matrices can multiply with a weight: its sides are multiples of eight. */
  has(weight: Tensor): boolean;
  /** An input's planes and the inverse of its rows' scales, to be freed after their product. */
  ofInput(x: Tensor, parts: 1 | 2): { readonly planes: GpuTensor; readonly inverse: GpuTensor };
  /** A weight's planes, which stay, and the inverse of its scale. */
  ofWeight(weight: Tensor, parts: 1 | 2): { readonly planes: GpuTensor; readonly inverse: number };
  /** Frees an input's. */
  free(...tensors: readonly Tensor[]): void;
  /** Frees what is kept of weights. */
  forget(...weights: readonly Tensor[]): void;
}

/** Opens the operands of one device, none of which are known. */
export function operands(
  { kernels, record }: { readonly kernels: KernelCache; readonly record: Recorder },
  { allocate, free, keeps }: OperandMemory,
): Operands {
  const scales = new WeakMap<Tensor, number>();
  const kept = new WeakMap<Tensor, GpuTensor>();

  function planesOf(x: Tensor, parts: 1 | 2, fixed: number) {
    const planes = allocate(x.rows, x.width * parts / 2); // float16, in words of float32
    const inverse = allocate(x.rows, 1);
    const span = Math.min(x.rows, SPAN);
    record.dispatch(
      kernels.get(split),
      { rows: x.rows, width: x.width, span, parts, fixed },
      [planes, inverse, x as GpuTensor],
      [span, Math.ceil(x.rows / span), 1],
    );
    return { planes, inverse };
  }
  return {
    know(weight, data) {
      let largest = 0;
      for (const value of data) largest = Math.max(largest, Math.abs(value));
      scales.set(weight, scaleOf(largest));
    },
    has: (weight) => scales.has(weight) && weight.rows % EIGHT === 0 && weight.width % EIGHT === 0,
    ofInput: (x, parts) => planesOf(x, parts, 0),
    ofWeight(weight, parts) {
      const scale = scales.get(weight)!;
      let planes = kept.get(weight);
      if (!planes) {
        const made = planesOf(weight, parts, scale);
        free(made.inverse);
        kept.set(weight, planes = made.planes);
        keeps(planes.size);
      }
      return { planes, inverse: 1 / scale };
    },
    free,
    forget(...weights) {
      for (const weight of weights) {
        const planes = kept.get(weight);
        if (planes) free(planes);
        kept.delete(weight);
      }
    },
  };
}
