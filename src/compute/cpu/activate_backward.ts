/** The gradients of activations. Twin of shaders/activate_backward.wgsl */

import type { Activation } from "../ops.ts";
import { activate } from "./activate.ts";
import { curves } from "./activation.ts";
import type { Matrix } from "./matrix.ts";

/** dx = dout ⊙ f′(x) (⊙ gate), dgate = dout ⊙ f(x). */
export function activateBackward(
  dx: Matrix,
  dout: Matrix,
  x: Matrix,
  { name, gate, dgate }: Activation & { readonly dgate?: Matrix },
): void {
  const { slope } = curves[name];
  const by = (gate as Matrix | undefined)?.data;
  for (let i = 0; i < x.data.length; i++) {
    const change = dout.data[i] * slope(x.data[i]);
    dx.data[i] = by ? change * by[i] : change;
  }
  if (dgate) activate(dgate, x, { name, gate: dout });
}
