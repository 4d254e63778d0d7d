/** Activations, alone or with a gate. Twin of shaders/activate.wgsl */

import type { Activation } from "../ops.ts";
import { curves } from "./activation.ts";
import type { Matrix } from "./matrix.ts";

/** out = f(x) (⊙ gate). */
export function activate(out: Matrix, x: Matrix, { name, gate }: Activation): void {
  const { value } = curves[name];
  const by = (gate as Matrix | undefined)?.data;
  for (let i = 0; i < x.data.length; i++) {
    const activated = value(x.data[i]);
    out.data[i] = by ? activated * by[i] : activated;
  }
}
