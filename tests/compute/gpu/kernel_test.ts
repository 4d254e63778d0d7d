/** Compilation: once for each set of constants, and errors that name the kernel. */

import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { openDevice } from "../../../src/compute/gpu/device.ts";
import { type KernelCache, kernelCache } from "../../../src/compute/gpu/kernel.ts";
import { matmul } from "../../../src/compute/gpu/matmul.ts";
import { shaders, writtenOut } from "../../../src/compute/gpu/shaders.ts";
import { candidates, type Tile, tileName, tileSize } from "../../../src/compute/gpu/tile.ts";
import { withOptions } from "../../../src/compute/gpu/tiled_options.ts";
import { hasGpu, root } from "../../backends.ts";

function withKernels(name: string, test: (kernels: KernelCache) => Promise<void>) {
  Deno.test({
    name,
    ignore: !hasGpu,
    async fn() {
      const { device } = await openDevice(navigator.gpu);
      try {
        await test(kernelCache(device));
      } finally {
        device.destroy();
      }
    },
  });
}

const double = `struct Params { count: u32, by: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@compute @workgroup_size(SIZE)
fn double_it(@builtin(global_invocation_id) id: vec3u) {
  if id.x < p.count { x[id.x] = p.by * y[id.x]; }
}`;

withKernels("kernelCache() compiles once for each name and set of constants", async (kernels) => {
  const source = (SIZE: number) => ({ name: "double", code: double, constants: { SIZE } });
  const kernel = kernels.get(source(64));
  assertStrictEquals(kernels.get(source(64)), kernel);
  assertEquals(kernels.get(source(32)) === kernel, false);
  await kernels.check();
  assertEquals(kernel.params, [{ name: "count", type: "u32" }, { name: "by", type: "f32" }]);
  assertEquals(kernel.bindings, 2);
});

withKernels(
  "kernelCache() names a kernel that does not compile and gives the compiler's text",
  async (kernels) => {
    const code = double.replace("p.by * y[id.x]", "p.by * undeclared_name");
    kernels.get({ name: "broken", code, constants: { SIZE: 64 } });
    const error = await assertRejects(() => kernels.check(), Error);
    assertMatch(error.message, /^Cannot compile kernel broken: .*undeclared_name/s);
  },
);

withKernels(
  "kernelCache() names a kernel whose workgroup is beyond the device",
  async (kernels) => {
    kernels.get({ name: "huge", code: double, constants: { SIZE: 1 << 20 } });
    const error = await assertRejects(() => kernels.check(), Error);
    assertMatch(error.message, /^Cannot compile kernel huge: .+/s);
  },
);

Deno.test("shaders bind their parameters at 0 and their tensors from 1 in order", () => {
  for (const [name, code] of Object.entries(shaders)) {
    const slots = [...code.matchAll(/@group\(0\) @binding\((\d+)\)/g)].map(([, slot]) => +slot);
    assertEquals(slots, slots.map((_, i) => i), name);
    assertMatch(code, /@binding\(0\) var<uniform> p: Params;/, name);
    assertEquals(code.match(/@compute/g)?.length, 1, name);
  }
});

Deno.test("withOptions() changes the text of tiled attention, and attention without options keeps it", async () => {
  const read = (name: string) => Deno.readTextFile(new URL(`shaders/${name}.wgsl`, root));
  const [tile, general] = [
    await read("shared/attention_tile"),
    await read("shared/attention_general"),
  ];
  for (const name of ["attention", "attention_backward_key", "attention_backward_query"] as const) {
    const text = await read(`${name}_tiled`);
    assertEquals(shaders[`${name}_tiled`], tile + text);
    assertEquals(shaders[name], await read(name));
    assertEquals(shaders[`${name}_tiled_general`], general + tile + withOptions(text, name));
    assertThrows(
      () => withOptions(text.replace("8u * SHARE", "16u * SHARE"), name),
      SyntaxError,
      `Cannot add options to ${name}: expected "for (var first = 0u;`,
    );
  }
});

Deno.test("writtenOut() writes loops over a head's depth out, and leaves all else", () => {
  const code = "for (var c = 0u; c < DEPTH; c++) { x[c] += y[at + c]; }\nlet count = c;";
  assertEquals(
    writtenOut(code, { DEPTH: 2 }),
    " x[0u] += y[at + 0u];  x[1u] += y[at + 1u]; \nlet count = c;",
  );
  assertEquals(writtenOut("let c = 1;", {}), "let c = 1;");
  for (const name of ["attention", "attention_backward_key", "attention_backward_query"] as const) {
    assertEquals(/c < DEPTH/.test(writtenOut(shaders[name], { DEPTH: 3 })), false, name);
  }
});

Deno.test("matmul() is another kernel for each direction, width of loads, epilogue and tile", () => {
  const names = new Set<string>();
  const either = [false, true];
  const tiles = [candidates.software[0], candidates.gpu[0]];
  for (const backward of either) {
    for (const wide of either) {
      for (const gelu of either) {
        for (const mask of either) {
          for (const [tile, half] of tiles.flatMap((t) => either.map((h) => [t, h] as const))) {
            names.add(matmul({ backward, wide, even: true, half, gelu, mask, tile }).name);
          }
        }
      }
    }
  }
  assertEquals(names.size, 2 ** 6);
});

Deno.test("tileSize() and tileName() say what a workgroup computes", () => {
  const lanes: Tile = { family: "lanes", rows: 8, columns: 4 };
  assertEquals(tileSize(lanes), { rows: 8, columns: 64 });
  assertEquals(tileName(lanes), "lanes 8x64, 8x4 a lane");
  const shared: Tile = { family: "shared", height: 128, width: 64, depth: 8, rows: 8, columns: 4 };
  assertEquals(tileSize(shared), { rows: 128, columns: 64 });
  assertEquals(tileName(shared), "shared 128x64x8, 8x4 a lane");
});
