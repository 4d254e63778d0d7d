/** GELU and its slope alone, by a linear of one input and one output that leaves numbers as they are. */

import { activations, type Ops, type Tensor } from "../../src/compute/ops.ts";

/** gelu(x) and gelu′(x), one number a line. */
export function gelu(
  ops: Ops,
  x: Float32Array,
): { readonly activated: Tensor; readonly slope: Tensor } {
  const one = { weight: ops.floats(1, 1, Float32Array.of(1)), bias: ops.zeros(1, 1) };
  const [same, activated, slope] = Array.from({ length: 3 }, () => ops.empty(x.length, 1));
  const numbers = ops.floats(x.length, 1, x);
  ops.linear(same, numbers, one, { activated });
  const ones = ops.floats(x.length, 1, new Float32Array(x.length).fill(1));
  ops.linearBackward(slope, ones, one, { preactivation: numbers });
  return { activated, slope };
}

/** f(x), then f′(x), of every activation. */
export function everyActivation(ops: Ops, x: Float32Array): readonly Tensor[] {
  const numbers = ops.floats(x.length, 1, x);
  const ones = ops.floats(x.length, 1, new Float32Array(x.length).fill(1));
  return activations.flatMap((name) => {
    const [value, slope] = [ops.empty(x.length, 1), ops.empty(x.length, 1)];
    ops.activate(value, numbers, { name });
    ops.activateBackward(slope, ones, numbers, { name });
    return [value, slope];
  });
}
