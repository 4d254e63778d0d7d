/** What a tensor is on a GPU, and how far a launch reaches. */

import type { Tensor } from "../ops.ts";
import type { Binding } from "./bind_groups.ts";

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
