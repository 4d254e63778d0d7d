/**
 * Preloaded, it gives tests of the GPU Dawn's WebGPU in place of Deno's:
 *
 *     VK_ICD_FILENAMES=… deno test -A --no-lock --preload=tests/dawn.ts tests/compute/gpu
 */

import { openDawn } from "../src/deno/dawn.ts";

const gpu = await openDawn();
Object.defineProperty(navigator, "gpu", { value: gpu });
