/** Choosing kernels: every candidate measured and checked, broken ones left out. */

import { assert, assertEquals } from "@std/assert";
import { openDevice } from "../../../src/compute/gpu/device.ts";
import { gpuOps } from "../../../src/compute/gpu/gpu_ops.ts";
import {
  candidates,
  sizeOf,
  type Tile,
  tileName,
  tileOf,
  type Tuning,
} from "../../../src/compute/gpu/tile.ts";
import { tune, tunedKernels } from "../../../src/compute/gpu/tuning.ts";
import { hasGpu } from "../../backends.ts";

const [good, broken]: readonly Tile[] = [
  { family: "lanes", rows: 4, columns: 4 },
  { family: "lanes", rows: 4, columns: 6 }, // no whole number of fours
];

Deno.test({
  name: "tune() measures every kind of product, and takes no kernel that is wrong",
  ignore: !hasGpu,
  async fn() {
    const tuning = await tune(() => openDevice(navigator.gpu), { tiles: [broken, good] });
    assertEquals(
      tuning.map(({ product, size }) => `${product}, ${size}`),
      ["few rows", "small", "medium", "large", "huge"].flatMap((
        s,
      ) => [`linear, ${s}`, `linearBackward, ${s}`]),
    );
    for (const { candidates: [wrong, right], chosen } of tuning) {
      assertEquals([wrong.gigaflops, chosen], [0, good]);
      assert(right.gigaflops > 0);
    }
    const ops = gpuOps(await openDevice(navigator.gpu), { tuning });
    assertEquals(ops.kernels?.["linear, large"], tileName(good));
    ops.close();
  },
});

Deno.test("tileOf() takes the tuned tile of a product's kind, else the first candidate", () => {
  const line = { shape: [1, 1, 1] as const, candidates: [{ tile: good, gigaflops: 1 }] };
  const tuning: Tuning = [{ ...line, product: "linear", size: "medium", chosen: good }];
  const out = { rows: 1280, width: 1024, software: true };
  assertEquals(tileOf(tuning, "linear", out), good);
  assertEquals(tileOf(tuning, "linearBackward", out), candidates.software[0]);
  assertEquals(tileOf(undefined, "linear", { ...out, software: false }), candidates.gpu[0]);
});

Deno.test("sizeOf() parts few rows from many, and outputs by their size", () => {
  const shapes = [[64, 4096], [65, 384], [1280, 1024], [5120, 1024], [5120, 4096]];
  const sizes = shapes.map(([rows, width]) => sizeOf(rows, width));
  assertEquals(sizes, ["few rows", "small", "medium", "large", "huge"]);
});

Deno.test("tunedKernels() is the text of the kernels that an adapter chooses from", () => {
  const [software, gpu] = [true, false].map((software) => tunedKernels({ software }));
  assert(software !== gpu && software.includes("fn matmul"));
});
