/** How operations are laid over workgroups: a lane or a workgroup a row, a cell, a tile. */

import type { Tensor, UnitMask } from "../ops.ts";
import type { KernelCache } from "./kernel.ts";
import type { KernelChoice } from "./kernel_choice.ts";
import { type GpuTensor, SPAN, WORKGROUP } from "./layout.ts";
import { matmul } from "./matmul.ts";
import type { MatrixProducts } from "./matrix_products.ts";
import type { Recorder } from "./recorder.ts";
import type { Operands } from "./operands.ts";
import { type ShaderName, shaders, writtenOut } from "./shaders.ts";
import { type Tile, tileOf, tileSize } from "./tile.ts";

/** Launches on one device; `choice` is which kernels multiply matrices. */
export function launches(
  { kernels, record, operands, matrixProducts, software }: {
    readonly kernels: KernelCache;
    readonly record: Recorder;
    /** Where products may be on matrix units. */
    readonly operands?: Operands;
    readonly matrixProducts?: MatrixProducts;
    readonly software: boolean;
  },
  choice: KernelChoice,
) {
  /** `loops`: those to constants stay loops, which programs compile several times faster. */
  function launch(
    name: ShaderName,
    params: Readonly<Record<string, number>>,
    tensors: readonly Tensor[],
    groups: readonly [number, number, number],
    constants: Readonly<Record<string, number>> = {},
    { loops = false }: { readonly loops?: boolean } = {},
  ) {
    const source = {
      name,
      get code() {
        return loops ? shaders[name] : writtenOut(shaders[name], constants);
      },
      constants: { WORKGROUP, ...constants },
    };
    record.dispatch(kernels.get(source), params, tensors as GpuTensor[], groups);
  }
  /** A workgroup a row. */
  function byRow(
    name: ShaderName,
    rows: number,
    params: Readonly<Record<string, number>>,
    tensors: readonly Tensor[],
  ) {
    const span = Math.min(rows, SPAN);
    launch(name, { rows, span, ...params }, tensors, [span, Math.ceil(rows / span), 1]);
  }
  /** A lane a number of a list. */
  function byElement(
    name: ShaderName,
    tensors: readonly Tensor[],
    params: Readonly<Record<string, number>> = {},
  ) {
    const count = tensors[0].rows * tensors[0].width;
    const groups = Math.ceil(count / WORKGROUP);
    const span = Math.min(groups, SPAN);
    launch(name, { count, span, ...params }, tensors, [span, Math.ceil(groups / span), 1]);
  }
  /** A lane a number of a matrix [rows, width]. */
  function byCell(
    name: ShaderName,
    rows: number,
    tensors: readonly Tensor[],
    params: Readonly<Record<string, number>> = {},
  ) {
    const width = tensors[0].width;
    const span = Math.min(rows, SPAN);
    launch(name, { rows, width, span, ...params }, tensors, [
      Math.ceil(width / WORKGROUP),
      span,
      Math.ceil(rows / span),
    ]);
  }
  /** `add`: nothing, plus as a bias, plus, or what out holds. */
  function product(
    backward: boolean,
    [out, a, weight, plus]: readonly [Tensor, Tensor, Tensor, Tensor],
    { add, gelu, mask }: {
      readonly add: 0 | 1 | 2 | 3;
      readonly gelu?: Tensor;
      readonly mask?: UnitMask;
    },
  ) {
    const product = backward ? "linearBackward" : "linear";
    const size = { rows: out.rows, width: out.width, software };
    const tile = choice.tile ?? tileOf(choice.tuning, product, size);
    const rest = [plus, ...(gelu ? [gelu] : []), ...(mask ? [mask.keep, mask.maskOf] : [])];
    const shape = { backward, add, gelu: gelu !== undefined, mask: mask !== undefined };
    if (tile.family !== "matrix") {
      return multiply([out, a, weight, ...rest], { ...shape, tile });
    }
    if (!operands?.has(weight)) {
      const float = tileOf(choice.tuning, product, { ...size, isFloat: true });
      return multiply([out, a, weight, ...rest], { ...shape, tile: float });
    }
    const [ofA, ofW] = [operands.ofInput(a, tile.parts), operands.ofWeight(weight, tile.parts)];
    const tensors = [out, ofA.planes, ofW.planes, ...rest, ofA.inverse];
    multiply(tensors, { ...shape, tile, k: a.width, wInverse: ofW.inverse });
    operands.free(ofA.planes, ofA.inverse);
  }
  /** One product on given operands. */
  function multiply(
    tensors: readonly Tensor[],
    { tile, k = tensors[1].width, wInverse = 1, add, ...shape }: {
      readonly tile: Tile;
      readonly k?: number;
      readonly wInverse?: number;
      readonly add: 0 | 1 | 2 | 3;
      readonly backward: boolean;
      readonly gelu: boolean;
      readonly mask: boolean;
    },
  ) {
    const [out, , weight] = tensors;
    const [m, n] = [out.rows, out.width];
    const { rows, columns } = tileSize(tile);
    const kernel = kernels.get(
      matmul({
        ...{ ...shape, tile },
        wide: n % 4 === 0 && k % 4 === 0,
        even: tile.family === "lanes" || k % tile.depth === 0,
        half: (weight as GpuTensor).half === true,
      }, matrixProducts),
    );
    const high = Math.ceil(m / rows);
    const span = Math.min(high, SPAN);
    record.dispatch(kernel, { m, n, k, add, span, w_inverse: wInverse }, tensors as GpuTensor[], [
      span,
      Math.ceil(high / span),
      Math.ceil(n / columns), // last: workgroups that follow one another share columns of W
    ]);
  }
  return { launch, byRow, byElement, byCell, product };
}
