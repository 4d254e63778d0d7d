/** The activations and their slopes in float64. Twin of shaders/shared/activation.wgsl */

import type { ActivationName } from "../ops.ts";
import { gelu, geluSlope } from "./normal.ts";

/** f and f′ by name. */
export const curves: Readonly<
  Record<ActivationName, { value(x: number): number; slope(x: number): number }>
> = {
  "gelu": { value: gelu, slope: geluSlope },
  "gelu-tanh": {
    // ½ (1 + tanh z) = σ(2z), z = √(2/π) (x + .044715 x³)   Hendrycks, Gimpel 2016, arXiv:1606.08415
    value: (x) => x * sigmoid(doubled(x)),
    slope: (x) =>
      sigmoid(doubled(x)) + x * sigmoid(doubled(x)) * (sigmoid(-doubled(x)) * doubledSlope(x)),
  },
  "silu": {
    value: (x) => x * sigmoid(x),
    slope: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
  },
  "relu": {
    value: (x) => x <= 0 ? 0 : x, // what is no number stays none
    slope: (x) => x <= 0 ? 0 : Number.isNaN(x) ? x : 1,
  },
};

/** σ(x) = 1 / (1 + e⁻ˣ), which never overflows. */
function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return (x < 0 ? small : 1) / (1 + small);
}

/** Beyond, gelu-tanh is 0 or x to more than float64 can tell: x is taken for it, that x³ be finite. */
const FAR = 30;
const near = (x: number) => Math.max(-FAR, Math.min(FAR, x));
const ROOT = Math.sqrt(2 / Math.PI);

/** 2z of gelu-tanh. */
function doubled(x: number): number {
  return 2 * ROOT * near(x) * (1 + 0.044715 * near(x) ** 2);
}

/** Its derivative. */
function doubledSlope(x: number): number {
  return 2 * ROOT * (1 + 3 * 0.044715 * near(x) ** 2);
}
