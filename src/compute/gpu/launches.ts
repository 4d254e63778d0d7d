/** How operations are laid over workgroups: a lane or a workgroup a row, a cell, a tile. */

import type { Tensor, UnitMask } from "../ops.ts";
import type { Binding } from "./bind_groups.ts";
import type { KernelCache } from "./kernel.ts";
import { matmul } from "./matmul.ts";
import type { Recorder } from "./recorder.ts";
import { type ShaderName, shaders, writtenOut } from "./shaders.ts";
import { type Tile, tileOf, tileSize, type Tuning } from "./tile.ts";

/** A range of a GPU buffer. */
export interface GpuTensor extends Tensor, Binding {
  /** Whether its numbers are float16, two a word. */
  readonly half?: boolean;
}

/** Lanes of the workgroups that own a row of numbers or a piece of a list. */
export const WORKGROUP = 64;
/** Where slices begin: lines of any width then begin at a multiple of 256 bytes. */
export const ROW_ALIGNMENT = 256 / 4;
/** Workgroups along one dimension at most. */
export const SPAN = 65_535;

/** Launches on one device; `choice` is which kernels multiply matrices. */
export function launches(
  { kernels, record, software }: {
    readonly kernels: KernelCache;
    readonly record: Recorder;
    readonly software: boolean;
  },
  choice: { readonly tile?: Tile; readonly tuning?: Tuning },
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
    const [m, n, k] = [out.rows, out.width, a.width];
    const wide = n % 4 === 0 && k % 4 === 0;
    const tile = choice.tile ?? tileOf(
      choice.tuning,
      backward ? "linearBackward" : "linear",
      { rows: m, width: n, software },
    );
    const { rows, columns } = tileSize(tile);
    const kernel = kernels.get(
      matmul({
        ...{ backward, wide, tile },
        even: tile.family === "lanes" || k % tile.depth === 0,
        half: (weight as GpuTensor).half === true,
        gelu: gelu !== undefined,
        mask: mask !== undefined,
      }),
    );
    const high = Math.ceil(m / rows);
    const span = Math.min(high, SPAN);
    const tensors = [
      ...[out, a, weight, plus],
      ...(gelu ? [gelu] : []),
      ...(mask ? [mask.keep, mask.maskOf] : []),
    ];
    record.dispatch(kernel, { m, n, k, add, span }, tensors as GpuTensor[], [
      span,
      Math.ceil(high / span),
      Math.ceil(n / columns), // last: workgroups that follow one another share columns of W
    ]);
  }
  return { launch, byRow, byElement, byCell, product };
}
