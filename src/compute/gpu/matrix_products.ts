/** All that products on matrix units need, in one piece: openDevice() loads it where an adapter has such units. */

import { enables, matrixKernel } from "./matmul_matrix.ts";
import { operands } from "./operands.ts";

/** See above. */
export const matrixProducts = { enables, matrixKernel, operands };

/** See above. */
export type MatrixProducts = typeof matrixProducts;
